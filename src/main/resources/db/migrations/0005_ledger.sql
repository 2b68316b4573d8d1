-- The ledger: one line an attempt, and what is summed from the lines.
-- @up

create table nodes (
  id uuid not null primary key,
  name varchar not null,
  version varchar not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  stopped_at timestamptz
);
comment on table nodes is 'A run of the server; one whose heartbeat is old is dead, and another settles what it left [system; hidden]';

create table ai_requests (
  id uuid not null primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  api_key_id uuid,
  session_id uuid,
  conversation_id uuid,
  agent_id uuid,
  service_config_id uuid,
  provider varchar not null,
  model varchar not null,
  requested_model varchar not null,
  task_type varchar not null default 'GENERAL',
  request_type varchar not null,
  status varchar not null,
  attempt integer not null default 1,
  parent_id uuid,
  is_stream boolean not null default false,
  cache_status varchar not null default 'NONE',
  saved_nanos bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  usage_source varchar,
  tags jsonb not null default '[]',
  node_id uuid not null,
  price_id uuid not null,
  held_nanos bigint not null default 0,
  budget_period_ids jsonb not null default '[]',
  is_over_hold boolean not null default false,
  input_cost_nanos bigint not null default 0,
  output_cost_nanos bigint not null default 0,
  cost_nanos bigint not null default 0,
  queue_micros bigint,
  first_token_micros bigint,
  total_micros bigint,
  tokens_per_second double precision,
  http_status integer,
  error_code varchar,
  error_message varchar,
  upstream_id varchar,
  finish_reason varchar,
  ip varchar,
  user_agent varchar,
  started_at timestamptz not null,
  finished_at timestamptz,
  constraint ai_requests_status_check check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT')),
  constraint ai_requests_request_type_check check (request_type in ('CHAT', 'COMPLETION', 'EMBEDDING', 'RESPONSE', 'MESSAGE', 'IMAGE', 'SPEECH', 'TRANSCRIPTION', 'MODERATION')),
  constraint ai_requests_cache_status_check check (cache_status in ('NONE', 'MISS', 'HIT', 'SEMANTIC_HIT', 'REFRESH', 'BYPASS')),
  constraint ai_requests_usage_source_check check (usage_source in ('REPORTED', 'ESTIMATED', 'ASSUMED')),
  constraint ai_requests_counts_check check (attempt > 0 and saved_nanos >= 0 and input_tokens >= 0 and output_tokens >= 0
    and cached_tokens >= 0 and cache_write_tokens >= 0 and reasoning_tokens >= 0 and held_nanos >= 0
    and input_cost_nanos >= 0 and output_cost_nanos >= 0 and cost_nanos >= 0)
)
--@postgres partition by range (id)
;
create index ai_requests_tenant_idx on ai_requests (tenant_id, id);
create index ai_requests_parent_idx on ai_requests (parent_id) where parent_id is not null;
create index ai_requests_pending_idx on ai_requests (node_id) where finished_at is null;
comment on table ai_requests is 'The ledger: one line an attempt, written before the upstream is called and settled before the caller sees the end; fixed once finished_at is set [ledger; readonly]';
comment on column ai_requests.user_id is 'As every reference of this table checked by the writer and by reconcile, not by foreign keys (docs/adr/0005)';
comment on column ai_requests.requested_model is 'What the caller wrote as model';
comment on column ai_requests.parent_id is 'The call''s first attempt; null on that one';
comment on column ai_requests.input_tokens is 'All of them, cached and cache-written ones included';
comment on column ai_requests.output_tokens is 'All of them, reasoning included';
comment on column ai_requests.usage_source is 'REPORTED by the upstream; ESTIMATED by a tokenizer; ASSUMED: the worst case, where nobody can know';
comment on column ai_requests.tags is 'From x-budget-tags; TAG budgets are held by them';
comment on column ai_requests.held_nanos is 'The worst case that was reserved: a line without finished_at is itself the hold on its budget periods (docs/adr/0003)';
comment on column ai_requests.budget_period_ids is 'The rows of budget_periods that hold, and then pay, this line';
comment on column ai_requests.is_over_hold is 'The upstream billed more than the worst case';
comment on column ai_requests.queue_micros is 'From the request''s arrival until the upstream was called';
comment on column ai_requests.upstream_id is 'The id by which the upstream knows the call';

create table ai_request_bodies (
  request_id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  input varchar,
  output varchar,
  is_redacted boolean not null default false,
  expires_at timestamptz not null,
  created_at timestamptz not null
);
create index ai_request_bodies_expires_idx on ai_request_bodies (expires_at);
create index ai_request_bodies_tenant_idx on ai_request_bodies (tenant_id, request_id);
comment on table ai_request_bodies is 'What was asked and answered, where the tenant keeps it (tenants.request_bodies) [ledger; readonly]';
comment on column ai_request_bodies.request_id is 'The ledger line (a partitioned table: no foreign key)';

create table idempotency_keys (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  api_key_id uuid not null,
  idempotency_key varchar not null,
  body_hash varchar not null,
  request_id uuid not null,
  status integer,
  content_type varchar,
  sealed_answer varchar,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  constraint idempotency_keys_key unique (tenant_id, api_key_id, idempotency_key)
);
create index idempotency_keys_expires_idx on idempotency_keys (expires_at);
create index idempotency_keys_request_idx on idempotency_keys (request_id);
comment on table idempotency_keys is 'A repeat of a call gets the first one''s answer [ledger; hidden]';
comment on column idempotency_keys.body_hash is 'SHA-256 of path and body: the same key with another body is refused';
comment on column idempotency_keys.sealed_answer is 'The answer''s bytes, sealed with the master key; null while the first call runs [secret]';

create table request_feedback (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  request_id uuid not null,
  user_id uuid not null,
  rating integer not null,
  comment varchar,
  labels jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint request_feedback_key unique (tenant_id, request_id, user_id),
  constraint request_feedback_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint request_feedback_rating_check check (rating >= 1 and rating <= 5)
);
create index request_feedback_user_idx on request_feedback (tenant_id, user_id);
comment on table request_feedback is 'What a person thought of an answer [ledger]';
comment on column request_feedback.request_id is 'The ledger line (a partitioned table: no foreign key)';
comment on column request_feedback.rating is '1, poor, to 5, very good';

create table request_scores (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  request_id uuid not null,
  scorer_kind varchar not null,
  scorer varchar not null,
  confidence double precision,
  safety double precision,
  relevance double precision,
  created_at timestamptz not null,
  constraint request_scores_key unique (tenant_id, request_id, scorer_kind, scorer),
  constraint request_scores_scorer_kind_check check (scorer_kind in ('MODEL', 'RULE', 'PERSON')),
  constraint request_scores_range_check check ((confidence is null or (confidence >= 0 and confidence <= 1))
    and (safety is null or (safety >= 0 and safety <= 1)) and (relevance is null or (relevance >= 0 and relevance <= 1)))
);
comment on table request_scores is 'How good an answer was, by a model, a rule or a person; 0 to 1 [ledger; append]';
comment on column request_scores.request_id is 'The ledger line (a partitioned table: no foreign key)';
comment on column request_scores.scorer is 'The model''s, the rule''s or the person''s name; who judges again does so under a new one';

create table budgets (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  scope_kind varchar not null,
  scope varchar not null default '',
  period varchar not null,
  custom_start timestamptz,
  custom_end timestamptz,
  limit_nanos bigint not null,
  alert_percents jsonb not null default '[80, 100]',
  is_hard boolean not null default false,
  timezone varchar not null default 'UTC',
  rollover boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint budgets_tenant_id_id_key unique (tenant_id, id),
  constraint budgets_name_key unique (tenant_id, name),
  constraint budgets_scope_kind_check check (scope_kind in ('TENANT', 'USER', 'API_KEY', 'SERVICE', 'MODEL', 'AGENT', 'TAG', 'CUSTOM')),
  constraint budgets_period_check check (period in ('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'TOTAL', 'CUSTOM')),
  constraint budgets_custom_check check (period <> 'CUSTOM' or (custom_start is not null and custom_end is not null and custom_end > custom_start)),
  constraint budgets_limit_check check (limit_nanos >= 0)
);
comment on table budgets is 'How much may be spent, on what, in which time [ledger; readonly]';
comment on column budgets.scope is 'TENANT: empty; USER, API_KEY, SERVICE, AGENT: the row''s id; MODEL: provider/model or a model''s name; TAG: a tag; CUSTOM: key=value tags that must all be there, joined by commas';
comment on column budgets.limit_nanos is 'Of each period';
comment on column budgets.alert_percents is 'Percentages of the limit at which an alert and an event are written, once a period each';
comment on column budgets.is_hard is 'A call whose worst case does not fit is refused; else it is let through and the alerts tell';
comment on column budgets.timezone is 'IANA name: where days, weeks (from Monday), months and years begin';
comment on column budgets.rollover is 'What a period leaves is added to the next one, once';

create table budget_periods (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  budget_id uuid not null,
  period_start timestamptz not null,
  period_end timestamptz,
  carried_nanos bigint not null default 0,
  spent_nanos bigint not null default 0,
  held_nanos bigint not null default 0,
  updated_at timestamptz not null,
  constraint budget_periods_key unique (tenant_id, budget_id, period_start),
  constraint budget_periods_budget_fkey foreign key (tenant_id, budget_id) references budgets (tenant_id, id) on delete restrict,
  constraint budget_periods_amounts_check check (spent_nanos >= 0 and held_nanos >= 0 and carried_nanos >= 0)
);
comment on table budget_periods is 'What a budget''s period has spent and holds for calls that run [ledger; readonly]';
comment on column budget_periods.period_end is 'Exclusive; null: a TOTAL budget has no end';
comment on column budget_periods.carried_nanos is 'Brought over from the period before [server]';
comment on column budget_periods.spent_nanos is 'Settled calls [server]';
comment on column budget_periods.held_nanos is 'Worst cases of calls that run [server]';

create table budget_alerts (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  budget_period_id uuid not null references budget_periods (id) on delete restrict,
  threshold_percent integer not null,
  spent_nanos bigint not null,
  limit_nanos bigint not null,
  at timestamptz not null,
  constraint budget_alerts_key unique (tenant_id, budget_period_id, threshold_percent)
);
create index budget_alerts_period_idx on budget_alerts (budget_period_id);
comment on table budget_alerts is 'A threshold that was passed, once a period; append-only [ledger; append; readonly]';

create table cost_tracking (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  period_kind varchar not null,
  period_start timestamptz not null,
  user_id uuid not null,
  api_key_id uuid not null,
  service_config_id uuid not null,
  provider varchar not null,
  model varchar not null,
  task_type varchar not null,
  status varchar not null,
  endpoint varchar not null,
  requests bigint not null default 0,
  successes bigint not null default 0,
  failures bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_nanos bigint not null default 0,
  latency_micros bigint not null default 0,
  latency_le_100ms bigint not null default 0,
  latency_le_300ms bigint not null default 0,
  latency_le_1s bigint not null default 0,
  latency_le_3s bigint not null default 0,
  latency_le_10s bigint not null default 0,
  latency_le_30s bigint not null default 0,
  latency_le_100s bigint not null default 0,
  cache_hits bigint not null default 0,
  saved_nanos bigint not null default 0,
  updated_at timestamptz not null,
  constraint cost_tracking_key unique (tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id, provider, model, task_type, status, endpoint),
  constraint cost_tracking_period_kind_check check (period_kind in ('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'))
);
comment on table cost_tracking is 'Sums of the ledger by time and dimension, written in the transaction of the lines they sum; periods begin in UTC, weeks on Monday [ledger; readonly]';
comment on column cost_tracking.id is 'Made from the unique key (UUIDv8 of its SHA-256), so that one look-up finds the row to add to';
comment on column cost_tracking.api_key_id is 'Of what a call does not have (key, service): the nil UUID, for null would defeat the unique key';
comment on column cost_tracking.latency_micros is 'Sum over the requests';
comment on column cost_tracking.latency_le_100ms is 'How many took at most so long, each counted in its own bucket alone; longer ones: requests less the buckets';

create view api_key_usage as
  select tenant_id, api_key_id, period_start as hour, endpoint, cast(sum(requests) as bigint) as requests, cast(sum(failures) as bigint) as errors,
    cast(sum(input_tokens) as bigint) as input_tokens, cast(sum(output_tokens) as bigint) as output_tokens, cast(sum(cost_nanos) as bigint) as cost_nanos,
    cast(sum(latency_micros) as bigint) as latency_micros, max(updated_at) as updated_at
  from cost_tracking
  where period_kind = 'HOURLY' and api_key_id <> '00000000-0000-0000-0000-000000000000'
  group by tenant_id, api_key_id, period_start, endpoint;
comment on view api_key_usage is 'What each key did, by hour and endpoint, attempts counted one by one [identity; readonly]';

-- @down
drop view api_key_usage;
drop table cost_tracking;
drop table budget_alerts;
drop table budget_periods;
drop table budgets;
drop table request_scores;
drop table request_feedback;
drop table idempotency_keys;
drop table ai_request_bodies;
drop table ai_requests;
drop table nodes;
-- @end
