-- What SQLite says its own way: triggers, full text and views.
-- @up

create trigger metrics_append_only_update before update on metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'metrics is append-only'); end;
create trigger metrics_append_only_delete before delete on metrics when not exists (select 1 from maintenance)
begin select raise(abort, 'metrics is append-only'); end;
create trigger system_alerts_rule_tenant_insert before insert on system_alerts
when new.rule_id is not null and not exists (select 1 from alert_rules where id = new.rule_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'system_alerts.rule_id points into another tenant'); end;
create trigger system_alerts_rule_tenant_update before update of rule_id, tenant_id on system_alerts
when new.rule_id is not null and not exists (select 1 from alert_rules where id = new.rule_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'system_alerts.rule_id points into another tenant'); end;
create trigger health_checks_append_only_update before update on health_checks when not exists (select 1 from maintenance)
begin select raise(abort, 'health_checks is append-only'); end;
create trigger health_checks_append_only_delete before delete on health_checks when not exists (select 1 from maintenance)
begin select raise(abort, 'health_checks is append-only'); end;

-- @down
-- @end
