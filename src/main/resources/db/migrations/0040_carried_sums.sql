-- Lines of the ledger may go: what they sum to stays, and so does up to when they may be gone.
-- @up

create table retention_horizons (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  table_name varchar not null,
  horizon timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint retention_horizons_key unique (tenant_id, table_name)
);
comment on table retention_horizons is 'Up to when rows of a table by which others are proved may be gone, tenant by tenant; set before the first one goes [audit; readonly]';
comment on column retention_horizons.table_name is 'ai_requests or events';
comment on column retention_horizons.horizon is 'Of lines: by the time in their id';

create table carried_costs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  hour timestamptz not null,
  user_id uuid not null,
  api_key_id uuid not null,
  service_config_id uuid not null,
  provider varchar not null,
  model varchar not null,
  task_type varchar not null,
  status varchar not null,
  endpoint varchar not null,
  requests bigint not null,
  successes bigint not null,
  failures bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cost_nanos bigint not null,
  latency_micros bigint not null,
  latency_le_100ms bigint not null,
  latency_le_300ms bigint not null,
  latency_le_1s bigint not null,
  latency_le_3s bigint not null,
  latency_le_10s bigint not null,
  latency_le_30s bigint not null,
  latency_le_100s bigint not null,
  cache_hits bigint not null,
  saved_nanos bigint not null,
  updated_at timestamptz not null
);
create index carried_costs_tenant_idx on carried_costs (tenant_id, hour);
comment on table carried_costs is 'What lines that retention has let go had summed to, by the hour, from which days to years follow; reconcile adds it to the lines that are there [ledger; readonly]';
comment on column carried_costs.id is 'That of the hour''s row of cost_tracking';
comment on column carried_costs.api_key_id is 'Of what a call does not have (key, service): the nil UUID';
comment on column carried_costs.latency_micros is 'Sum over the requests';
comment on column carried_costs.latency_le_100ms is 'How many took at most so long, each counted in its own bucket alone; longer ones: requests less the buckets';

create table carried_periods (
  budget_period_id uuid not null primary key references budget_periods (id) on delete restrict,
  tenant_id uuid not null references tenants (id) on delete restrict,
  spent_nanos bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint carried_periods_spent_nanos_check check (spent_nanos >= 0)
);
create index carried_periods_tenant_idx on carried_periods (tenant_id);
comment on table carried_periods is 'What lines that retention has let go had paid into a budget period [ledger; readonly]';

-- @down
drop table carried_periods;
drop table carried_costs;
drop table retention_horizons;
-- @end
