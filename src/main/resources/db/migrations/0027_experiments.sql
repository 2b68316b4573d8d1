-- Product analytics and A/B tests.
-- @up

create table analytics_events (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  user_id uuid,
  anonymous_id varchar,
  session_key varchar,
  properties jsonb not null default '{}',
  page varchar,
  referrer varchar,
  device varchar,
  country varchar,
  at timestamptz not null,
  created_at timestamptz not null,
  constraint analytics_events_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict
);
create index analytics_events_tenant_idx on analytics_events (tenant_id, id);
create index analytics_events_name_idx on analytics_events (tenant_id, name, at);
create index analytics_events_anonymous_idx on analytics_events (tenant_id, anonymous_id, at);
create index analytics_events_user_idx on analytics_events (tenant_id, user_id, id);
comment on table analytics_events is 'Something that somebody did in a product; append-only [experiments; append]';
comment on column analytics_events.name is 'product_viewed, signup_finished';
comment on column analytics_events.anonymous_id is 'Who, before they were known';
comment on column analytics_events.country is 'ISO 3166-1 alpha-2';
comment on column analytics_events.at is 'When it happened, which may be before it was told';

create table ab_tests (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  key varchar not null,
  name varchar not null,
  hypothesis varchar,
  status varchar not null default 'DRAFT',
  unit varchar not null default 'USER',
  goal_event varchar not null,
  metric varchar not null default 'CONVERSION',
  value_property varchar,
  guardrails jsonb not null default '[]',
  traffic_percent double precision not null default 100,
  salt varchar not null,
  minimum_sample integer not null default 1000,
  confidence_level double precision not null default 0.95,
  audience jsonb not null default '{}',
  started_at timestamptz,
  ended_at timestamptz,
  winner_variant_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint ab_tests_tenant_id_id_key unique (tenant_id, id),
  constraint ab_tests_status_check check (status in ('DRAFT', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED')),
  constraint ab_tests_unit_check check (unit in ('USER', 'SESSION', 'CUSTOMER', 'TENANT')),
  constraint ab_tests_metric_check check (metric in ('CONVERSION', 'COUNT', 'SUM', 'MEAN')),
  constraint ab_tests_traffic_percent_check check (traffic_percent >= 0 and traffic_percent <= 100),
  constraint ab_tests_minimum_sample_check check (minimum_sample >= 1),
  constraint ab_tests_confidence_level_check check (confidence_level >= 0 and confidence_level <= 1)
);
create unique index ab_tests_key_key on ab_tests (tenant_id, key) where deleted_at is null;
create index ab_tests_status_idx on ab_tests (tenant_id, status, id);
comment on table ab_tests is 'A test of variants against each other [experiments]';
comment on column ab_tests.key is 'The name in code';
comment on column ab_tests.unit is 'What is assigned to a variant';
comment on column ab_tests.goal_event is 'The analytics event that counts as success';
comment on column ab_tests.value_property is 'Of the goal''s properties, for SUM and MEAN';
comment on column ab_tests.guardrails is 'Events that may not get worse';
comment on column ab_tests.traffic_percent is 'How many take part at all';
comment on column ab_tests.salt is 'Makes assignments of different tests independent';
comment on column ab_tests.minimum_sample is 'Units a variant before a verdict';
comment on column ab_tests.audience is 'Who can take part: {"country": ["DE"]}';
comment on column ab_tests.winner_variant_id is 'Held to this test''s variants by the service';

create table ab_test_variants (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  test_id uuid not null,
  key varchar not null,
  name varchar not null,
  description varchar,
  weight integer not null default 1,
  is_control boolean not null default false,
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint ab_test_variants_tenant_id_id_key unique (tenant_id, id),
  constraint ab_test_variants_test_fkey foreign key (tenant_id, test_id) references ab_tests (tenant_id, id) on delete cascade,
  constraint ab_test_variants_key_key unique (tenant_id, test_id, key),
  constraint ab_test_variants_weight_check check (weight >= 0)
);
create unique index ab_test_variants_control_key on ab_test_variants (tenant_id, test_id) where is_control;
comment on table ab_test_variants is 'One of the ways that a test compares [experiments]';
comment on column ab_test_variants.weight is 'Share of the traffic, relative to the others''';
comment on column ab_test_variants.payload is 'What code reads: {"headline": "…"}';

create table ab_test_assignments (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  test_id uuid not null,
  variant_id uuid not null,
  unit_key varchar not null,
  attributes jsonb not null default '{}',
  created_at timestamptz not null,
  constraint ab_test_assignments_test_fkey foreign key (tenant_id, test_id) references ab_tests (tenant_id, id) on delete restrict,
  constraint ab_test_assignments_variant_fkey foreign key (tenant_id, variant_id) references ab_test_variants (tenant_id, id) on delete restrict,
  constraint ab_test_assignments_unit_key unique (tenant_id, test_id, unit_key)
);
create index ab_test_assignments_tenant_idx on ab_test_assignments (tenant_id, id);
create index ab_test_assignments_variant_idx on ab_test_assignments (tenant_id, variant_id, id);
comment on table ab_test_assignments is 'Which variant somebody gets; append-only: once assigned, always assigned [experiments; append; readonly]';
comment on column ab_test_assignments.unit_key is 'The unit''s id';

create table ab_test_results (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  test_id uuid not null,
  variant_id uuid not null,
  at timestamptz not null,
  units bigint not null,
  conversions bigint not null default 0,
  value_sum double precision not null default 0,
  value_sum_squares double precision not null default 0,
  rate double precision,
  lift double precision,
  p_value double precision,
  lower_bound double precision,
  upper_bound double precision,
  is_significant boolean not null default false,
  created_at timestamptz not null,
  constraint ab_test_results_test_fkey foreign key (tenant_id, test_id) references ab_tests (tenant_id, id) on delete restrict,
  constraint ab_test_results_variant_fkey foreign key (tenant_id, variant_id) references ab_test_variants (tenant_id, id) on delete restrict,
  constraint ab_test_results_moment_key unique (tenant_id, test_id, variant_id, at),
  constraint ab_test_results_units_check check (units >= 0),
  constraint ab_test_results_conversions_check check (conversions >= 0),
  constraint ab_test_results_p_value_check check (p_value is null or (p_value >= 0 and p_value <= 1))
);
create index ab_test_results_tenant_idx on ab_test_results (tenant_id, id);
create index ab_test_results_variant_idx on ab_test_results (tenant_id, variant_id, id);
comment on table ab_test_results is 'The figures of a variant at a moment; append-only [experiments; append; readonly]';
comment on column ab_test_results.lift is 'Against the control: 0.05 is 5 % better';
comment on column ab_test_results.lower_bound is 'Of the lift''s confidence interval';

-- @down
drop table ab_test_results;
drop table ab_test_assignments;
drop table ab_test_variants;
drop table ab_tests;
drop table analytics_events;
-- @end
