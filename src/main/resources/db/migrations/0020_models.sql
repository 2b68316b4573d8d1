-- Models of one's own: versions, metrics, deployments, predictions, and what they were trained on.
-- @up

create table training_datasets (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  dataset_version varchar not null default '1',
  description varchar,
  kind varchar not null default 'OTHER',
  data_source varchar not null default 'PUBLIC_ONLY',
  has_personal_data boolean not null default false,
  license varchar,
  format varchar,
  file_id uuid,
  checksum varchar,
  split jsonb not null default '{}',
  tags jsonb not null default '[]',
  metadata jsonb not null default '{}',
  status varchar not null default 'DRAFT',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint training_datasets_tenant_id_id_key unique (tenant_id, id),
  constraint training_datasets_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint training_datasets_kind_check check (kind in ('CONVERSATION', 'SIMULATION', 'CODE', 'CLASSIFICATION', 'REGRESSION', 'EMBEDDING', 'PREFERENCE', 'OTHER')),
  constraint training_datasets_data_source_check check (data_source in ('PUBLIC_ONLY', 'OWN_CODEBASE', 'MIXED')),
  constraint training_datasets_status_check check (status in ('DRAFT', 'READY', 'ARCHIVED'))
);
create unique index training_datasets_version_key on training_datasets (tenant_id, name, dataset_version) where deleted_at is null;
create index training_datasets_file_idx on training_datasets (tenant_id, file_id, id);
comment on table training_datasets is 'A version of a set of examples [models]';
comment on column training_datasets.dataset_version is 'A new content is a new version, never a changed one';
comment on column training_datasets.data_source is 'Where the examples come from';
comment on column training_datasets.has_personal_data is 'Somebody judged it; training refuses true without a reason';
comment on column training_datasets.format is 'jsonl, csv, parquet';
comment on column training_datasets.checksum is 'SHA-256 of the file, hexadecimal';
comment on column training_datasets.split is 'Shares: {"train": 0.8, "validation": 0.1, "test": 0.1}';

create table training_dataset_items (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  dataset_id uuid not null,
  ordinal bigint not null,
  split varchar not null default 'TRAIN',
  input jsonb not null,
  expected jsonb,
  weight double precision not null default 1,
  metadata jsonb not null default '{}',
  checksum varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint training_dataset_items_dataset_fkey foreign key (tenant_id, dataset_id) references training_datasets (tenant_id, id) on delete cascade,
  constraint training_dataset_items_ordinal_key unique (tenant_id, dataset_id, ordinal),
  constraint training_dataset_items_ordinal_check check (ordinal >= 0),
  constraint training_dataset_items_split_check check (split in ('TRAIN', 'VALIDATION', 'TEST')),
  constraint training_dataset_items_weight_check check (weight >= 0)
);
create index training_dataset_items_tenant_idx on training_dataset_items (tenant_id, id);
create index training_dataset_items_checksum_idx on training_dataset_items (tenant_id, dataset_id, checksum);
comment on table training_dataset_items is 'One example of a dataset [models]';
comment on column training_dataset_items.expected is 'The answer that was wanted';
comment on column training_dataset_items.checksum is 'SHA-256 of the input, hexadecimal: finds doubles';

create table ml_models (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  task varchar not null default 'OTHER',
  framework varchar,
  owner_id uuid,
  tags jsonb not null default '[]',
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint ml_models_tenant_id_id_key unique (tenant_id, id),
  constraint ml_models_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint ml_models_task_check check (task in ('LANGUAGE', 'CLASSIFICATION', 'REGRESSION', 'ANOMALY_DETECTION', 'FORECASTING', 'EMBEDDING', 'RECOMMENDATION', 'RANKING', 'OTHER'))
);
create unique index ml_models_name_key on ml_models (tenant_id, name) where deleted_at is null;
create index ml_models_owner_idx on ml_models (tenant_id, owner_id, id);
comment on table ml_models is 'A registered model: a name that has versions [models]';
comment on column ml_models.framework is 'onnx, pytorch, scikit-learn, …';

create table experiment_runs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  experiment varchar not null,
  name varchar not null,
  status varchar not null default 'RUNNING',
  user_id uuid,
  parent_run_id uuid,
  dataset_id uuid,
  source_name varchar,
  source_version varchar,
  artifact_uri varchar,
  tags jsonb not null default '{}',
  started_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint experiment_runs_tenant_id_id_key unique (tenant_id, id),
  constraint experiment_runs_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint experiment_runs_parent_run_fkey foreign key (tenant_id, parent_run_id) references experiment_runs (tenant_id, id) on delete cascade,
  constraint experiment_runs_dataset_fkey foreign key (tenant_id, dataset_id) references training_datasets (tenant_id, id) on delete restrict,
  constraint experiment_runs_status_check check (status in ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')),
  constraint experiment_runs_ended_check check (ended_at is null or ended_at >= started_at)
);
create index experiment_runs_experiment_idx on experiment_runs (tenant_id, experiment, id);
create index experiment_runs_user_idx on experiment_runs (tenant_id, user_id, id);
create index experiment_runs_parent_run_idx on experiment_runs (tenant_id, parent_run_id, id);
create index experiment_runs_dataset_idx on experiment_runs (tenant_id, dataset_id, id);
comment on table experiment_runs is 'One training or evaluation run, as MLflow keeps them [models]';
comment on column experiment_runs.experiment is 'The experiment''s name';
comment on column experiment_runs.source_name is 'The program that ran';
comment on column experiment_runs.source_version is 'Its commit';
comment on column experiment_runs.tags is 'MLflow''s tags: {"mlflow.source.type": "LOCAL"}';

create table ml_model_versions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  model_id uuid not null,
  version_number integer not null,
  model_type varchar not null default 'LANGUAGE',
  training_strategy varchar not null default 'PRETRAINED',
  external_service varchar not null default 'SELF_HOSTED',
  external_model varchar,
  stage varchar not null default 'NONE',
  aliases jsonb not null default '[]',
  description varchar,
  artifact_file_id uuid,
  artifact_uri varchar,
  checksum varchar,
  run_id uuid,
  dataset_id uuid,
  parameters jsonb not null default '{}',
  metrics jsonb not null default '{}',
  signature jsonb,
  is_active boolean not null default false,
  trained_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint ml_model_versions_tenant_id_id_key unique (tenant_id, id),
  constraint ml_model_versions_model_fkey foreign key (tenant_id, model_id) references ml_models (tenant_id, id) on delete restrict,
  constraint ml_model_versions_artifact_file_fkey foreign key (tenant_id, artifact_file_id) references files (tenant_id, id) on delete restrict,
  constraint ml_model_versions_run_fkey foreign key (tenant_id, run_id) references experiment_runs (tenant_id, id) on delete restrict,
  constraint ml_model_versions_dataset_fkey foreign key (tenant_id, dataset_id) references training_datasets (tenant_id, id) on delete restrict,
  constraint ml_model_versions_number_key unique (tenant_id, model_id, version_number),
  constraint ml_model_versions_version_number_check check (version_number >= 1),
  constraint ml_model_versions_model_type_check check (model_type in ('LANGUAGE', 'VISION', 'MULTIMODAL', 'CODE', 'AUDIO', 'EMBEDDING', 'REASONING', 'CREATIVE', 'TABULAR', 'TIME_SERIES')),
  constraint ml_model_versions_training_strategy_check check (training_strategy in ('PRETRAINED', 'FINE_TUNED', 'CUSTOM')),
  constraint ml_model_versions_external_service_check check (external_service in ('OPENAI', 'ANTHROPIC', 'SELF_HOSTED', 'HYBRID')),
  constraint ml_model_versions_stage_check check (stage in ('NONE', 'STAGING', 'PRODUCTION', 'ARCHIVED'))
);
create index ml_model_versions_active_idx on ml_model_versions (tenant_id, model_type, is_active);
create index ml_model_versions_artifact_file_idx on ml_model_versions (tenant_id, artifact_file_id, id);
create index ml_model_versions_run_idx on ml_model_versions (tenant_id, run_id, id);
create index ml_model_versions_dataset_idx on ml_model_versions (tenant_id, dataset_id, id);
comment on table ml_model_versions is 'A version of a model: where it comes from, what it is made of and which stage it has reached [models]';
comment on column ml_model_versions.external_model is 'The name by which the external service knows it';
comment on column ml_model_versions.aliases is 'Names that point here: ["champion"]';
comment on column ml_model_versions.checksum is 'SHA-256 of the artifact, hexadecimal';
comment on column ml_model_versions.run_id is 'The run that made it';
comment on column ml_model_versions.metrics is 'Final figures: {"f1": 0.91}; what is measured later is in model_metrics';
comment on column ml_model_versions.signature is 'Names and types of inputs and outputs';

create table model_metrics (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  model_version_id uuid not null,
  name varchar not null,
  value double precision not null,
  dataset_id uuid,
  slice jsonb not null default '{}',
  at timestamptz not null,
  created_at timestamptz not null,
  created_by uuid,
  constraint model_metrics_model_version_fkey foreign key (tenant_id, model_version_id) references ml_model_versions (tenant_id, id) on delete restrict,
  constraint model_metrics_dataset_fkey foreign key (tenant_id, dataset_id) references training_datasets (tenant_id, id) on delete restrict
);
create index model_metrics_tenant_idx on model_metrics (tenant_id, id);
create index model_metrics_name_idx on model_metrics (tenant_id, model_version_id, name, at);
create index model_metrics_dataset_idx on model_metrics (tenant_id, dataset_id, id);
comment on table model_metrics is 'A figure measured of a model version; append-only [models; append]';
comment on column model_metrics.name is 'accuracy, f1, p95_latency_ms, drift_psi';
comment on column model_metrics.slice is 'Of which part of the data: {"country": "DE"}';
comment on column model_metrics.at is 'When it was measured';

create table model_deployments (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  model_version_id uuid not null,
  environment varchar not null default 'DEVELOPMENT',
  name varchar not null,
  traffic_percent double precision not null default 0,
  status varchar not null default 'PENDING',
  endpoint varchar,
  service_config_id uuid,
  replicas integer not null default 1,
  configuration jsonb not null default '{}',
  deployed_at timestamptz,
  retired_at timestamptz,
  error varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint model_deployments_tenant_id_id_key unique (tenant_id, id),
  constraint model_deployments_model_version_fkey foreign key (tenant_id, model_version_id) references ml_model_versions (tenant_id, id) on delete restrict,
  constraint model_deployments_service_config_fkey foreign key (tenant_id, service_config_id) references ai_service_configs (tenant_id, id) on delete restrict,
  constraint model_deployments_environment_check check (environment in ('DEVELOPMENT', 'STAGING', 'PRODUCTION', 'SHADOW')),
  constraint model_deployments_traffic_percent_check check (traffic_percent >= 0 and traffic_percent <= 100),
  constraint model_deployments_status_check check (status in ('PENDING', 'DEPLOYING', 'ACTIVE', 'FAILED', 'RETIRED')),
  constraint model_deployments_replicas_check check (replicas >= 0),
  constraint model_deployments_retired_check check ((status = 'RETIRED') = (retired_at is not null))
);
create unique index model_deployments_name_key on model_deployments (tenant_id, environment, name) where retired_at is null;
create index model_deployments_model_version_idx on model_deployments (tenant_id, model_version_id, id);
create index model_deployments_service_config_idx on model_deployments (tenant_id, service_config_id, id);
comment on table model_deployments is 'Where a version runs and how much traffic it gets; that the shares of an environment sum to 100 is the service''s rule [models]';
comment on column model_deployments.endpoint is 'Where it answers; null: in this server';
comment on column model_deployments.service_config_id is 'The service by which callers reach it';

create table model_predictions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  model_version_id uuid not null,
  deployment_id uuid,
  request_id uuid,
  user_id uuid,
  input jsonb not null,
  output jsonb not null,
  confidence double precision,
  latency_micros bigint,
  actual jsonb,
  is_correct boolean,
  feedback jsonb not null default '{}',
  feedback_at timestamptz,
  status varchar not null default 'COMPLETED',
  error varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint model_predictions_tenant_id_id_key unique (tenant_id, id),
  constraint model_predictions_model_version_fkey foreign key (tenant_id, model_version_id) references ml_model_versions (tenant_id, id) on delete restrict,
  constraint model_predictions_deployment_fkey foreign key (tenant_id, deployment_id) references model_deployments (tenant_id, id) on delete restrict,
  constraint model_predictions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint model_predictions_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1)),
  constraint model_predictions_latency_micros_check check (latency_micros is null or latency_micros >= 0),
  constraint model_predictions_status_check check (status in ('COMPLETED', 'FAILED'))
);
create index model_predictions_judged_idx on model_predictions (tenant_id, model_version_id, is_correct, id);
create index model_predictions_deployment_idx on model_predictions (tenant_id, deployment_id, id);
create index model_predictions_user_idx on model_predictions (tenant_id, user_id, id);
comment on table model_predictions is 'What a model said, and what turned out to be so [models; readonly]';
comment on column model_predictions.request_id is 'The ledger line, where a call was paid (a partitioned table: no foreign key)';
comment on column model_predictions.actual is 'What turned out to be so; told later';
comment on column model_predictions.feedback is '{"rating": 4, "comment": "…"}';

create table run_params (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  run_id uuid not null,
  name varchar not null,
  value varchar not null,
  created_at timestamptz not null,
  constraint run_params_run_fkey foreign key (tenant_id, run_id) references experiment_runs (tenant_id, id) on delete restrict,
  constraint run_params_name_key unique (tenant_id, run_id, name)
);
create index run_params_tenant_idx on run_params (tenant_id, id);
comment on table run_params is 'A parameter of a run, as MLflow keeps them; written once [models; append]';

create table run_metrics (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  run_id uuid not null,
  name varchar not null,
  value double precision not null,
  step bigint not null default 0,
  at timestamptz not null,
  created_at timestamptz not null,
  constraint run_metrics_run_fkey foreign key (tenant_id, run_id) references experiment_runs (tenant_id, id) on delete restrict
);
create index run_metrics_tenant_idx on run_metrics (tenant_id, id);
create index run_metrics_name_idx on run_metrics (tenant_id, run_id, name, step);
comment on table run_metrics is 'A measured value of a run; append-only [models; append]';

create view model_versions as
  select v.id, v.tenant_id, m.name as model_name, v.model_type, cast(v.version_number as varchar) as version, v.training_strategy, v.external_service,
    v.artifact_uri as model_path, v.parameters as configuration, v.metrics as performance_metrics, v.dataset_id as training_dataset_id,
    v.stage, v.is_active, v.trained_at, v.created_at, v.updated_at
  from ml_model_versions v join ml_models m on m.tenant_id = v.tenant_id and m.id = v.model_id
  where m.deleted_at is null;
comment on view model_versions is 'Versions of models under the names of an older schema [models; readonly]';

-- @down
drop view model_versions;
drop table run_metrics;
drop table run_params;
drop table model_predictions;
drop table model_deployments;
drop table model_metrics;
drop table ml_model_versions;
drop table experiment_runs;
drop table ml_models;
drop table training_dataset_items;
drop table training_datasets;
-- @end
