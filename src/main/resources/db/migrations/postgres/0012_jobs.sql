-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

create trigger job_attempts_append_only before update or delete on job_attempts for each row execute function refuse_change();

create index jobs_payload_idx on jobs using gin (payload jsonb_path_ops);

-- @down
-- @end
