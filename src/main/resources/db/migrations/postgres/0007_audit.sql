-- What PostgreSQL says its own way: triggers, partitions, indexes of its own kinds.
-- @up

-- Catches what no month's partition was made for; the server makes those ahead.
create table audit_logs_default partition of audit_logs default;

create trigger audit_logs_append_only before update or delete on audit_logs for each row execute function refuse_change();
create trigger audit_seals_append_only before update or delete on audit_seals for each row execute function refuse_change();

-- Its resolution is written once; all else is fixed.
create trigger security_events_append_only_update before update on security_events for each row
when (old.resolved_at is not null
  or (new.id, new.tenant_id, new.kind, new.severity, new.subject_kind, new.subject, new.user_id, new.ip, new.user_agent, new.details, new.created_at)
    is distinct from
    (old.id, old.tenant_id, old.kind, old.severity, old.subject_kind, old.subject, old.user_id, old.ip, old.user_agent, old.details, old.created_at))
execute function refuse_change();
create trigger security_events_append_only_delete before delete on security_events for each row execute function refuse_change();

create index security_events_details_idx on security_events using gin (details jsonb_path_ops);

-- @down
-- @end
