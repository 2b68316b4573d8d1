-- Views under the names by which clients of older schemas read. Views over later tables come with those tables.
-- @up

create view companies as
  select id, slug, name, plan_type, max_users, features, business_hours, timezone, status, created_at, updated_at from tenants;

create view ai_service_config as
  select id, tenant_id, name, provider, model, model_type, task_types, configuration, is_active, created_at, updated_at
  from ai_service_configs where deleted_at is null;

create view ai_request_log as
  select id, tenant_id, user_id, service_config_id, task_type as request_type, input_tokens + output_tokens as tokens_used,
    total_micros / 1000 as processing_time, cost_nanos / 1000000000.0 as cost, status, started_at as created_at
  from ai_requests;

create view usage_logs as
  select id, tenant_id, user_id, conversation_id, provider, model, input_tokens, output_tokens, cost_nanos / 1000000000.0 as cost,
    total_micros / 1000 as response_time, status, started_at as created_at
  from ai_requests;

create view user_budgets as
  select b.id, b.tenant_id, b.scope as user_id, b.name, b.period, b.limit_nanos / 1000000000.0 as budget_limit,
    coalesce(p.spent_nanos, 0) / 1000000000.0 as current_spend, b.alert_percents, b.is_active, p.period_start, p.period_end
  from budgets b
  left join budget_periods p on p.budget_id = b.id and p.tenant_id = b.tenant_id
    and p.period_start = (select max(q.period_start) from budget_periods q where q.budget_id = b.id and q.tenant_id = b.tenant_id)
  where b.scope_kind = 'USER';

comment on view companies is 'tenants, by the name of an older schema [identity; readonly]';
comment on column companies.id is 'Itself what tenant_id is in other tables [tenant]';
comment on view ai_service_config is 'ai_service_configs, by the name of an older schema [gateway; readonly; shared]';
comment on view ai_request_log is 'ai_requests, by the names of an older schema [ledger; readonly]';
comment on column ai_request_log.processing_time is 'Milliseconds';
comment on column ai_request_log.cost is 'US dollars';
comment on view usage_logs is 'ai_requests, by the names of an older schema [ledger; readonly]';
comment on column usage_logs.response_time is 'Milliseconds';
comment on column usage_logs.cost is 'US dollars';
comment on view user_budgets is 'USER budgets with their running period, by the names of an older schema [ledger; readonly]';
comment on column user_budgets.budget_limit is 'US dollars';
comment on column user_budgets.current_spend is 'US dollars';

-- @down
drop view user_budgets;
drop view usage_logs;
drop view ai_request_log;
drop view ai_service_config;
drop view companies;
-- @end
