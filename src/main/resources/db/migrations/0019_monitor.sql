-- Metrics, what is unusual in them, and who is told.
-- @up

create table metric_series (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  type varchar not null default 'GAUGE',
  unit varchar,
  description varchar,
  labels jsonb not null default '{}',
  fingerprint varchar not null,
  retention_days integer,
  last_at timestamptz,
  last_value double precision,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint metric_series_tenant_id_id_key unique (tenant_id, id),
  constraint metric_series_fingerprint_key unique (tenant_id, fingerprint),
  constraint metric_series_type_check check (type in ('COUNTER', 'GAUGE', 'HISTOGRAM', 'SUMMARY')),
  constraint metric_series_retention_days_check check (retention_days is null or retention_days >= 1)
);
create index metric_series_name_idx on metric_series (tenant_id, name, id);
comment on table metric_series is 'A named stream of values, one for each set of labels [monitor]';
comment on column metric_series.name is 'As Prometheus names it: http_requests_total';
comment on column metric_series.unit is 'By UCUM where there is one: s, By, %';
comment on column metric_series.labels is '{"host": "web-1"}; what tells series of one name apart';
comment on column metric_series.fingerprint is 'SHA-256 of the name and the sorted labels, hexadecimal: what uniqueness is judged by';
comment on column metric_series.retention_days is 'How long values stay; null: as the tenant''s policy says';
comment on column metric_series.last_at is 'When the newest value was measured [server]';
comment on column metric_series.last_value is 'The newest value, so that an overview reads no values [server]';

create table metrics (
  id uuid not null primary key,
  tenant_id uuid not null,
  series_id uuid not null references metric_series (id) on delete restrict,
  at timestamptz not null,
  value double precision not null
)
--@postgres partition by range (id)
;
create index metrics_tenant_idx on metrics (tenant_id, id);
create index metrics_series_idx on metrics (series_id, at);
comment on table metrics is 'One measured value; append-only, written by the monitor. On PostgreSQL partitioned by day [monitor; append; readonly]';
comment on column metrics.series_id is 'By id alone, to spare an index: the writer only ever holds series of the row''s tenant';
comment on column metrics.at is 'When it was measured, which the id''s time follows';

create table metric_rollups (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  series_id uuid not null,
  resolution varchar not null,
  period_start timestamptz not null,
  count bigint not null default 0,
  sum double precision not null default 0,
  min double precision not null,
  max double precision not null,
  last double precision not null,
  sketch jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint metric_rollups_series_fkey foreign key (tenant_id, series_id) references metric_series (tenant_id, id) on delete cascade,
  constraint metric_rollups_period_key unique (tenant_id, series_id, resolution, period_start),
  constraint metric_rollups_resolution_check check (resolution in ('1m', '1h', '1d')),
  constraint metric_rollups_count_check check (count >= 0)
);
create index metric_rollups_tenant_idx on metric_rollups (tenant_id, id);
comment on table metric_rollups is 'Values of a series summed over a minute, an hour or a day; upserted [monitor; readonly]';
comment on column metric_rollups.period_start is 'In UTC';
comment on column metric_rollups.last is 'The newest value of the period';
comment on column metric_rollups.sketch is 'Quantile sketch of the period''s values: {"gamma": 1.02, "bins": {"17": 3}, "zeros": 0}';

create table performance_metrics (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  component varchar not null,
  operation varchar not null,
  period_start timestamptz not null,
  count bigint not null default 0,
  errors bigint not null default 0,
  sum_micros bigint not null default 0,
  min_micros bigint not null default 0,
  max_micros bigint not null default 0,
  p50_micros bigint not null default 0,
  p95_micros bigint not null default 0,
  p99_micros bigint not null default 0,
  node varchar not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint performance_metrics_period_key unique (tenant_id, component, operation, period_start, node),
  constraint performance_metrics_count_check check (count >= 0),
  constraint performance_metrics_errors_check check (errors >= 0),
  constraint performance_metrics_sum_micros_check check (sum_micros >= 0),
  constraint performance_metrics_min_micros_check check (min_micros >= 0),
  constraint performance_metrics_max_micros_check check (max_micros >= 0),
  constraint performance_metrics_p50_micros_check check (p50_micros >= 0),
  constraint performance_metrics_p95_micros_check check (p95_micros >= 0),
  constraint performance_metrics_p99_micros_check check (p99_micros >= 0),
  constraint performance_metrics_errors_of_count_check check (errors <= count)
);
create index performance_metrics_tenant_idx on performance_metrics (tenant_id, id);
comment on table performance_metrics is 'How a component of the server did, by minute and operation; upserted [monitor; readonly]';
comment on column performance_metrics.component is 'The room: ledger, gateway, db';
comment on column performance_metrics.operation is 'settle, route, commit';
comment on column performance_metrics.period_start is 'The minute, in UTC';
comment on column performance_metrics.node is 'The node that measured it';

create table api_metrics (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  method varchar not null,
  route varchar not null,
  status_class integer not null,
  period_start timestamptz not null,
  count bigint not null default 0,
  errors bigint not null default 0,
  request_bytes bigint not null default 0,
  response_bytes bigint not null default 0,
  sum_micros bigint not null default 0,
  max_micros bigint not null default 0,
  p50_micros bigint not null default 0,
  p95_micros bigint not null default 0,
  p99_micros bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint api_metrics_period_key unique (tenant_id, route, method, status_class, period_start),
  constraint api_metrics_status_class_check check (status_class >= 1 and status_class <= 5),
  constraint api_metrics_count_check check (count >= 0),
  constraint api_metrics_errors_check check (errors >= 0),
  constraint api_metrics_request_bytes_check check (request_bytes >= 0),
  constraint api_metrics_response_bytes_check check (response_bytes >= 0),
  constraint api_metrics_sum_micros_check check (sum_micros >= 0),
  constraint api_metrics_max_micros_check check (max_micros >= 0),
  constraint api_metrics_p50_micros_check check (p50_micros >= 0),
  constraint api_metrics_p95_micros_check check (p95_micros >= 0),
  constraint api_metrics_p99_micros_check check (p99_micros >= 0),
  constraint api_metrics_errors_of_count_check check (errors <= count)
);
create index api_metrics_tenant_idx on api_metrics (tenant_id, id);
create index api_metrics_period_idx on api_metrics (tenant_id, period_start);
comment on table api_metrics is 'How a route of the API did, by minute; upserted [monitor; readonly]';
comment on column api_metrics.method is 'GET, POST, …';
comment on column api_metrics.route is 'The pattern, never the path: /api/v1/budgets/{id}';
comment on column api_metrics.status_class is 'The first digit of the status';
comment on column api_metrics.period_start is 'The minute, in UTC';

create table anomaly_predictions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  series_id uuid not null,
  metric_id uuid,
  at timestamptz not null,
  value double precision not null,
  expected double precision,
  lower_bound double precision,
  upper_bound double precision,
  score double precision not null,
  threshold double precision not null,
  severity varchar not null default 'LOW',
  is_anomaly boolean not null,
  detector varchar not null,
  model_version varchar not null,
  explanation jsonb not null default '{}',
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  resolved_by uuid,
  resolved_at timestamptz,
  resolution varchar,
  feedback varchar,
  feedback_by uuid,
  feedback_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint anomaly_predictions_tenant_id_id_key unique (tenant_id, id),
  constraint anomaly_predictions_series_fkey foreign key (tenant_id, series_id) references metric_series (tenant_id, id) on delete restrict,
  constraint anomaly_predictions_acknowledged_by_fkey foreign key (tenant_id, acknowledged_by) references users (tenant_id, id) on delete restrict,
  constraint anomaly_predictions_resolved_by_fkey foreign key (tenant_id, resolved_by) references users (tenant_id, id) on delete restrict,
  constraint anomaly_predictions_feedback_by_fkey foreign key (tenant_id, feedback_by) references users (tenant_id, id) on delete restrict,
  constraint anomaly_predictions_value_key unique (tenant_id, series_id, at, model_version),
  constraint anomaly_predictions_score_check check (score >= 0),
  constraint anomaly_predictions_threshold_check check (threshold >= 0),
  constraint anomaly_predictions_severity_check check (severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  constraint anomaly_predictions_feedback_check check (feedback in ('TRUE_POSITIVE', 'FALSE_POSITIVE', 'UNSURE')),
  constraint anomaly_predictions_acknowledged_check check ((acknowledged_at is null) = (acknowledged_by is null)),
  constraint anomaly_predictions_bounds_check check (lower_bound is null or upper_bound is null or lower_bound <= upper_bound)
);
create index anomaly_predictions_found_idx on anomaly_predictions (tenant_id, at) where is_anomaly;
create index anomaly_predictions_acknowledged_by_idx on anomaly_predictions (tenant_id, acknowledged_by, id);
create index anomaly_predictions_resolved_by_idx on anomaly_predictions (tenant_id, resolved_by, id);
create index anomaly_predictions_feedback_by_idx on anomaly_predictions (tenant_id, feedback_by, id);
comment on table anomaly_predictions is 'What a detector thought of a value, and what people made of it [monitor; readonly]';
comment on column anomaly_predictions.metric_id is 'The value (a partitioned table: no foreign key)';
comment on column anomaly_predictions.at is 'When the value was measured';
comment on column anomaly_predictions.expected is 'What the detector expected';
comment on column anomaly_predictions.lower_bound is 'What it would have taken for usual, from';
comment on column anomaly_predictions.upper_bound is 'and to';
comment on column anomaly_predictions.score is 'How unusual; comparable within one model version only';
comment on column anomaly_predictions.threshold is 'From which score on it was called an anomaly';
comment on column anomaly_predictions.detector is 'RANDOM_CUT_FOREST, SEASONAL, THRESHOLD, …';
comment on column anomaly_predictions.model_version is 'Of the detector';
comment on column anomaly_predictions.explanation is 'Which part of the value weighed how much: {"attribution": {"cpu": 0.8}}';
comment on column anomaly_predictions.feedback is 'A person''s verdict; detectors learn from it';

create table alert_rules (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  kind varchar not null default 'THRESHOLD',
  metric_name varchar,
  label_matchers jsonb not null default '[]',
  aggregation varchar not null default 'AVG',
  comparison varchar not null default 'GT',
  threshold double precision not null,
  window_seconds integer not null default 300,
  for_seconds integer not null default 0,
  repeat_seconds integer not null default 14400,
  severity varchar not null default 'WARNING',
  notify jsonb not null default '[]',
  runbook_url varchar,
  labels jsonb not null default '{}',
  is_active boolean not null default true,
  last_evaluated_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint alert_rules_kind_check check (kind in ('THRESHOLD', 'RATE', 'ABSENCE', 'ANOMALY', 'BUDGET')),
  constraint alert_rules_aggregation_check check (aggregation in ('AVG', 'SUM', 'MIN', 'MAX', 'LAST', 'COUNT', 'P50', 'P95', 'P99')),
  constraint alert_rules_comparison_check check (comparison in ('GT', 'GTE', 'LT', 'LTE', 'EQ', 'NEQ')),
  constraint alert_rules_window_seconds_check check (window_seconds >= 1),
  constraint alert_rules_for_seconds_check check (for_seconds >= 0),
  constraint alert_rules_repeat_seconds_check check (repeat_seconds >= 60),
  constraint alert_rules_severity_check check (severity in ('INFO', 'WARNING', 'CRITICAL')),
  constraint alert_rules_metric_check check (metric_name is not null or kind in ('ANOMALY', 'BUDGET'))
);
create index alert_rules_tenant_idx on alert_rules (tenant_id, id);
create unique index alert_rules_name_key on alert_rules (tenant_id, name) where deleted_at is null;
create index alert_rules_active_idx on alert_rules (is_active, tenant_id);
comment on table alert_rules is 'When somebody is to be told; rules of the tenant platform are judged for every tenant, over the tenant''s own series [monitor; shared]';
comment on column alert_rules.kind is 'THRESHOLD: the value itself; RATE: its change a second; ABSENCE: no value at all; ANOMALY: a detector''s verdict; BUDGET: the share of a budget spent';
comment on column alert_rules.metric_name is 'The series'' name, or a meter of the server itself (docs/metrics.md); null: every series for ANOMALY, none for BUDGET';
comment on column alert_rules.label_matchers is 'Which series: [{"name": "host", "op": "=~", "value": "web-.*"}]; ops =, !=, =~, !~ as in Prometheus';
comment on column alert_rules.aggregation is 'Over the window';
comment on column alert_rules.window_seconds is 'How far back values count';
comment on column alert_rules.for_seconds is 'How long it must hold before it fires';
comment on column alert_rules.repeat_seconds is 'How often a firing alert is told again';
comment on column alert_rules.notify is 'Who is told: [{"channel": "EMAIL", "to": "ops@example.com"}]; [] : the tenant''s owners, in the application';
comment on column alert_rules.labels is 'Given to the alerts';
comment on column alert_rules.last_evaluated_at is '[server]';

create table alert_silences (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  matchers jsonb not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  reason varchar not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint alert_silences_tenant_id_id_key unique (tenant_id, id),
  constraint alert_silences_window_check check (starts_at < ends_at)
);
create index alert_silences_window_idx on alert_silences (tenant_id, ends_at);
comment on table alert_silences is 'A time in which alerts that match are not told; they are kept [monitor]';
comment on column alert_silences.matchers is 'As an alert rule''s: all must match';

create table system_alerts (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  rule_id uuid references alert_rules (id) on delete restrict,
  series_id uuid,
  anomaly_id uuid,
  fingerprint varchar not null,
  title varchar not null,
  description varchar,
  severity varchar not null default 'WARNING',
  status varchar not null default 'PENDING',
  value double precision,
  threshold double precision,
  labels jsonb not null default '{}',
  started_at timestamptz not null,
  fired_at timestamptz,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  resolved_by uuid,
  resolved_at timestamptz,
  silence_id uuid,
  last_notified_at timestamptz,
  notification_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint system_alerts_tenant_id_id_key unique (tenant_id, id),
  constraint system_alerts_series_fkey foreign key (tenant_id, series_id) references metric_series (tenant_id, id) on delete restrict,
  constraint system_alerts_anomaly_fkey foreign key (tenant_id, anomaly_id) references anomaly_predictions (tenant_id, id) on delete restrict,
  constraint system_alerts_acknowledged_by_fkey foreign key (tenant_id, acknowledged_by) references users (tenant_id, id) on delete restrict,
  constraint system_alerts_resolved_by_fkey foreign key (tenant_id, resolved_by) references users (tenant_id, id) on delete restrict,
  constraint system_alerts_silence_fkey foreign key (tenant_id, silence_id) references alert_silences (tenant_id, id) on delete restrict,
  constraint system_alerts_severity_check check (severity in ('INFO', 'WARNING', 'CRITICAL')),
  constraint system_alerts_status_check check (status in ('PENDING', 'FIRING', 'ACKNOWLEDGED', 'RESOLVED', 'SILENCED')),
  constraint system_alerts_notification_count_check check (notification_count >= 0),
  constraint system_alerts_resolved_check check ((status = 'RESOLVED') = (resolved_at is not null))
);
create unique index system_alerts_open_key on system_alerts (tenant_id, fingerprint) where resolved_at is null;
create index system_alerts_status_idx on system_alerts (tenant_id, status, id);
create index system_alerts_rule_idx on system_alerts (rule_id, tenant_id, id);
create index system_alerts_series_idx on system_alerts (tenant_id, series_id, id);
create index system_alerts_anomaly_idx on system_alerts (tenant_id, anomaly_id, id);
create index system_alerts_acknowledged_by_idx on system_alerts (tenant_id, acknowledged_by, id);
create index system_alerts_resolved_by_idx on system_alerts (tenant_id, resolved_by, id);
create index system_alerts_silence_idx on system_alerts (tenant_id, silence_id, id);
comment on table system_alerts is 'Something that a rule, a detector or a health check found, until it is resolved [monitor; readonly]';
comment on column system_alerts.rule_id is 'Null: not of a rule';
comment on column system_alerts.fingerprint is 'SHA-256 of rule and labels: an alert that fires again is the open one';
comment on column system_alerts.value is 'The value that made it, or the newest';
comment on column system_alerts.started_at is 'When the condition began to hold';
comment on column system_alerts.resolved_at is 'Null: open';

create table services (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  kind varchar not null default 'API',
  url varchar,
  check_interval_seconds integer not null default 60,
  timeout_millis integer not null default 5000,
  expected_status integer not null default 200,
  status varchar not null default 'UNKNOWN',
  status_since timestamptz,
  owner_id uuid,
  tags jsonb not null default '[]',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint services_tenant_id_id_key unique (tenant_id, id),
  constraint services_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint services_kind_check check (kind in ('API', 'DATABASE', 'CACHE', 'QUEUE', 'STORAGE', 'MODEL_PROVIDER', 'WEBSITE', 'JOB', 'OTHER')),
  constraint services_check_interval_seconds_check check (check_interval_seconds >= 5),
  constraint services_timeout_millis_check check (timeout_millis >= 1),
  constraint services_expected_status_check check (expected_status >= 100 and expected_status <= 599),
  constraint services_status_check check (status in ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'))
);
create unique index services_name_key on services (tenant_id, name) where deleted_at is null;
create index services_owner_idx on services (tenant_id, owner_id, id);
comment on table services is 'A thing on which others depend and whose health is known [monitor]';
comment on column services.url is 'Where its health is asked';
comment on column services.status is '[server]';
comment on column services.status_since is '[server]';

create table health_checks (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  service_id uuid not null,
  status varchar not null,
  latency_micros bigint,
  http_status integer,
  message varchar,
  details jsonb not null default '{}',
  node varchar,
  created_at timestamptz not null,
  constraint health_checks_service_fkey foreign key (tenant_id, service_id) references services (tenant_id, id) on delete restrict,
  constraint health_checks_status_check check (status in ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN')),
  constraint health_checks_latency_micros_check check (latency_micros is null or latency_micros >= 0)
);
create index health_checks_tenant_idx on health_checks (tenant_id, id);
create index health_checks_service_idx on health_checks (tenant_id, service_id, id);
comment on table health_checks is 'What a check of a service said; append-only [monitor; append; readonly]';
comment on column health_checks.node is 'Which node asked';

create table service_dependencies (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  from_service_id uuid not null,
  to_service_id uuid not null,
  criticality varchar not null default 'REQUIRED',
  description varchar,
  last_status varchar not null default 'UNKNOWN',
  last_checked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint service_dependencies_from_service_fkey foreign key (tenant_id, from_service_id) references services (tenant_id, id) on delete cascade,
  constraint service_dependencies_to_service_fkey foreign key (tenant_id, to_service_id) references services (tenant_id, id) on delete cascade,
  constraint service_dependencies_pair_key unique (tenant_id, from_service_id, to_service_id),
  constraint service_dependencies_criticality_check check (criticality in ('OPTIONAL', 'DEGRADES', 'REQUIRED')),
  constraint service_dependencies_last_status_check check (last_status in ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN')),
  constraint service_dependencies_not_itself_check check (from_service_id <> to_service_id)
);
create index service_dependencies_tenant_idx on service_dependencies (tenant_id, id);
create index service_dependencies_to_service_idx on service_dependencies (tenant_id, to_service_id, id);
comment on table service_dependencies is 'Which service needs which; cycles are allowed, for real systems have them [monitor]';
comment on column service_dependencies.from_service_id is 'The one that needs';
comment on column service_dependencies.to_service_id is 'The one that is needed';
comment on column service_dependencies.criticality is 'What becomes of from if to is down';
comment on column service_dependencies.last_status is '[server]';
comment on column service_dependencies.last_checked_at is '[server]';

create view system_metrics as
  select m.id, m.tenant_id, s.name as metric_name, m.value as metric_value, s.unit, s.labels, m.at as recorded_at
  from metrics m join metric_series s on s.id = m.series_id and s.tenant_id = m.tenant_id;
comment on view system_metrics is 'Values under the names of an older schema [monitor; readonly]';

create
--@postgres materialized
view metric_daily as
  select s.tenant_id, s.id as series_id, s.name, s.unit, r.period_start as day, r.count as value_count, r.sum / r.count as average, r.min as lowest,
    r.max as highest, r.last as latest
  from metric_rollups r join metric_series s on s.tenant_id = r.tenant_id and s.id = r.series_id
  where r.resolution = '1d' and r.count > 0;
comment on
--@postgres materialized
view metric_daily is 'Each series by day; refreshed by the server [monitor; readonly; hidden]';

create
--@postgres materialized
view daily_costs as
  select tenant_id, period_start as day, provider, model, cast(sum(requests) as bigint) as requests, cast(sum(successes) as bigint) as successes,
    cast(sum(failures) as bigint) as failures, cast(sum(input_tokens) as bigint) as input_tokens, cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cost_nanos) as bigint) as cost_nanos, cast(sum(latency_micros) as bigint) as latency_micros,
    cast(sum(cache_hits) as bigint) as cache_hits, cast(sum(saved_nanos) as bigint) as saved_nanos
  from cost_tracking where period_kind = 'DAILY' group by tenant_id, period_start, provider, model;
comment on
--@postgres materialized
view daily_costs is 'Costs by tenant, day and model; refreshed by the server, the running day behind by as long [ledger; readonly; hidden]';

-- @down
drop
--@postgres materialized
view daily_costs;
drop
--@postgres materialized
view metric_daily;
drop view system_metrics;
drop table service_dependencies;
drop table health_checks;
drop table services;
drop table system_alerts;
drop table alert_silences;
drop table alert_rules;
drop table anomaly_predictions;
drop table api_metrics;
drop table performance_metrics;
drop table metric_rollups;
drop table metrics;
drop table metric_series;
-- @end
