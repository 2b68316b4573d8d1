-- What SQLite says its own way: triggers.
-- @up

create trigger job_attempts_append_only_update before update on job_attempts when not exists (select 1 from maintenance)
begin select raise(abort, 'job_attempts is append-only'); end;
create trigger job_attempts_append_only_delete before delete on job_attempts when not exists (select 1 from maintenance)
begin select raise(abort, 'job_attempts is append-only'); end;

-- @down
-- @end
