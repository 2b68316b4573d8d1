-- What SQLite says its own way: triggers.
-- @up

create trigger file_access_logs_append_only_update before update on file_access_logs when not exists (select 1 from maintenance)
begin select raise(abort, 'file_access_logs is append-only'); end;
create trigger file_access_logs_append_only_delete before delete on file_access_logs when not exists (select 1 from maintenance)
begin select raise(abort, 'file_access_logs is append-only'); end;

-- @down
-- @end
