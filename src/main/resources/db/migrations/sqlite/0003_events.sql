-- What SQLite says its own way: triggers.
-- @up

create trigger events_append_only_update before update on events when not exists (select 1 from maintenance)
begin select raise(abort, 'events is append-only'); end;
create trigger events_append_only_delete before delete on events when not exists (select 1 from maintenance)
begin select raise(abort, 'events is append-only'); end;

-- @down
-- @end
