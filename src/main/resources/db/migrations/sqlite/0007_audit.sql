-- What SQLite says its own way: triggers.
-- @up

create trigger audit_logs_append_only_update before update on audit_logs when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_logs is append-only'); end;
create trigger audit_logs_append_only_delete before delete on audit_logs when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_logs is append-only'); end;
create trigger audit_seals_append_only_update before update on audit_seals when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_seals is append-only'); end;
create trigger audit_seals_append_only_delete before delete on audit_seals when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_seals is append-only'); end;

-- Its resolution is written once; all else is fixed.
create trigger security_events_append_only_update before update on security_events
when not exists (select 1 from maintenance) and (old.resolved_at is not null
  or new.id is not old.id or new.tenant_id is not old.tenant_id or new.kind is not old.kind or new.severity is not old.severity
  or new.subject_kind is not old.subject_kind or new.subject is not old.subject or new.user_id is not old.user_id or new.ip is not old.ip
  or new.user_agent is not old.user_agent or new.details is not old.details or new.created_at is not old.created_at)
begin select raise(abort, 'security_events is append-only'); end;
create trigger security_events_append_only_delete before delete on security_events when not exists (select 1 from maintenance)
begin select raise(abort, 'security_events is append-only'); end;

-- @down
-- @end
