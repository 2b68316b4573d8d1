-- More views under the names by which clients of older schemas read.
-- @up

create view tasks as
  select id, tenant_id, user_id, kind as name, queue, payload as args, state as status, priority, attempts as retries,
    max_attempts as max_retries, progress_percent as progress, result, error as error_message, run_at as scheduled_at,
    started_at, finished_at as completed_at, created_at, updated_at
  from jobs;
comment on view tasks is 'jobs, by the names of an older schema [jobs; readonly]';

create view file_storage as
  select id, tenant_id, owner_id as user_id, filename, original_name, path, size, mime_type, checksum, status, tags, metadata,
    expires_at, created_at, updated_at
  from files where deleted_at is null;
comment on view file_storage is 'files, by the names of an older schema [files; readonly]';
comment on column file_storage.size is 'Bytes';

create view access_audit_logs as
  select a.id, a.tenant_id, s.user_id, a.action, 'SESSION' as resource_kind, a.session_id as resource_id, 'SUCCESS' as outcome,
    a.ip as ip_address, s.user_agent, a.at as created_at
  from session_activities a join user_sessions s on s.tenant_id = a.tenant_id and s.id = a.session_id
  union all
  select id, tenant_id, user_id, action, 'FILE', file_id, outcome, ip, user_agent, created_at from file_access_logs
  union all
  select id, tenant_id, user_id, kind, subject_kind, null, severity, ip, user_agent, created_at from security_events;
comment on view access_audit_logs is 'Sign-ins, touched files and security events in one list [audit; readonly]';
comment on column access_audit_logs.outcome is 'Of a security event: its severity';

-- @down
drop view access_audit_logs;
drop view file_storage;
drop view tasks;
-- @end
