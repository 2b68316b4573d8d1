-- What SQLite says its own way: triggers.
-- @up

create trigger event_records_append_only_update before update on event_records when not exists (select 1 from maintenance)
begin select raise(abort, 'event_records is append-only'); end;
-- A record whose time is over may go without further ado.
create trigger event_records_append_only_delete before delete on event_records
when (old.expires_at is null or old.expires_at > strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')) and not exists (select 1 from maintenance)
begin select raise(abort, 'event_records is append-only'); end;

-- @down
-- @end
