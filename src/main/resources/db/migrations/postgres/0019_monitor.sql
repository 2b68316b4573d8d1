-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

-- A row of the platform may be named by every tenant, so the key is its id alone; this keeps other tenants' rows out.
create function refuse_other_tenant() returns trigger language plpgsql as $$
declare
  is_ours boolean;
begin
  execute format('select exists (select 1 from %I where id = $1 and tenant_id in ($2, $3))', tg_argv[1])
    into is_ours
    using (to_jsonb(new) ->> tg_argv[0])::uuid, new.tenant_id, '00000000-0000-7000-8000-000000000001'::uuid;
  if not is_ours then
    raise exception '%.% names no row of its tenant or of the platform', tg_table_name, tg_argv[0] using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create index metric_series_labels_gin on metric_series using gin (labels);
-- Catches what no day's partition was made for; the server makes those ahead.
create table metrics_default partition of metrics default;

create trigger metrics_append_only before update or delete on metrics for each row execute function refuse_change();
create trigger system_alerts_rule_tenant before insert or update of rule_id, tenant_id on system_alerts
  for each row when (new.rule_id is not null) execute function refuse_other_tenant('rule_id', 'alert_rules');
create trigger health_checks_append_only before update or delete on health_checks for each row execute function refuse_change();
alter view system_metrics set (security_invoker = true);

-- Materialized views: policies do not reach them, so only code that adds the tenant reads them.
create unique index metric_daily_key on metric_daily (tenant_id, series_id, day);
create unique index daily_costs_key on daily_costs (tenant_id, day, provider, model);

-- @down
drop function refuse_other_tenant() cascade;
-- @end
