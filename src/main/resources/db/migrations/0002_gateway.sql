-- Providers, models, prices, service configs, prompts, agents, cache and limits.
-- @up

create table ai_providers (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  provider varchar not null,
  base_url varchar,
  credential varchar,
  headers jsonb not null default '{}',
  connect_timeout_millis integer not null default 5000,
  first_token_timeout_millis integer not null default 120000,
  total_timeout_millis integer not null default 600000,
  status varchar not null default 'ACTIVE',
  health varchar not null default 'UNKNOWN',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint ai_providers_tenant_id_id_key unique (tenant_id, id),
  constraint ai_providers_provider_check check (provider in ('OPENAI', 'ANTHROPIC', 'GOOGLE', 'META', 'Z_AI', 'OPENROUTER', 'LOCAL', 'CUSTOM')),
  constraint ai_providers_status_check check (status in ('ACTIVE', 'DISABLED')),
  constraint ai_providers_health_check check (health in ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN')),
  constraint ai_providers_timeouts_check check (connect_timeout_millis > 0 and first_token_timeout_millis > 0 and total_timeout_millis > 0)
);
create unique index ai_providers_name_key on ai_providers (tenant_id, name) where deleted_at is null;
comment on table ai_providers is 'Where model calls go; those of the tenant platform serve every tenant [gateway; readonly; shared]';
comment on column ai_providers.name is 'The part before the slash in provider/model';
comment on column ai_providers.provider is 'Which dialect and price list the provider has';
comment on column ai_providers.base_url is 'With the version, without a slash at the end: https://api.openai.com/v1; null for LOCAL built-in models';
comment on column ai_providers.credential is 'The API key, sealed with the master key; never served [secret]';
comment on column ai_providers.headers is 'Sent with every call';
comment on column ai_providers.first_token_timeout_millis is 'From the call to the first byte of the answer';
comment on column ai_providers.total_timeout_millis is 'From the call to the last byte';
comment on column ai_providers.health is 'As the last calls and probes found it [server]';

create table ai_models (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  provider varchar not null,
  model varchar not null,
  display_name varchar not null,
  model_type varchar not null default 'LANGUAGE',
  context_window bigint,
  max_output_tokens bigint,
  capabilities jsonb not null default '{}',
  deprecated_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint ai_models_model_key unique (tenant_id, provider, model),
  constraint ai_models_model_type_check check (model_type in ('LANGUAGE', 'VISION', 'MULTIMODAL', 'CODE', 'AUDIO', 'EMBEDDING', 'REASONING', 'CREATIVE')),
  constraint ai_models_bounds_check check ((context_window is null or context_window > 0) and (max_output_tokens is null or max_output_tokens > 0))
);
comment on table ai_models is 'What is known of each model; the catalogue belongs to the tenant platform, a row of a tenant''s own goes before it [gateway; shared]';
comment on column ai_models.provider is 'A provider''s name';
comment on column ai_models.max_output_tokens is 'What a call without max_tokens can cost at most; null: the setting gateway.default_max_output_tokens';
comment on column ai_models.capabilities is 'What it takes and gives: {"vision": true, "tools": true}';

create table model_prices (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  provider varchar not null,
  model varchar not null,
  tier varchar not null default 'standard',
  above_input_tokens bigint not null default 0,
  valid_from timestamptz not null,
  input_picos bigint not null,
  output_picos bigint not null,
  cached_input_picos bigint,
  cache_write_picos bigint,
  cache_write_1h_picos bigint,
  reasoning_picos bigint,
  input_audio_picos bigint,
  output_audio_picos bigint,
  image_picos bigint,
  request_picos bigint not null default 0,
  source varchar,
  created_at timestamptz not null,
  created_by uuid,
  constraint model_prices_key unique (tenant_id, provider, model, tier, above_input_tokens, valid_from),
  constraint model_prices_amounts_check check (input_picos >= 0 and output_picos >= 0 and request_picos >= 0
    and (cached_input_picos is null or cached_input_picos >= 0) and (cache_write_picos is null or cache_write_picos >= 0)
    and (cache_write_1h_picos is null or cache_write_1h_picos >= 0) and (reasoning_picos is null or reasoning_picos >= 0)
    and (input_audio_picos is null or input_audio_picos >= 0) and (output_audio_picos is null or output_audio_picos >= 0)
    and (image_picos is null or image_picos >= 0)),
  constraint model_prices_above_check check (above_input_tokens >= 0)
);
comment on table model_prices is 'Prices in pico-dollars (10^-12) per token or unit; append-only: a new price is a new row with its own valid_from, and each ledger line names the row that it used [gateway; append; shared]';
comment on column model_prices.above_input_tokens is 'The row holds for calls with more input tokens than this; the highest bound that is passed counts, for the whole call';
comment on column model_prices.cached_input_picos is 'Per input token read from the provider''s cache; null: as input';
comment on column model_prices.cache_write_picos is 'Per input token written to the provider''s cache; null: as input';
comment on column model_prices.cache_write_1h_picos is 'The same for a cache that lasts an hour; null: as cache_write';
comment on column model_prices.reasoning_picos is 'Per output token spent on reasoning; null: as output';
comment on column model_prices.request_picos is 'Per call, whatever its size';
comment on column model_prices.tier is 'The service tier that the provider names: standard, batch, flex, priority';
comment on column model_prices.source is 'Where the price was read';

create table ai_service_configs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  provider varchar not null,
  model varchar not null,
  model_type varchar not null default 'LANGUAGE',
  task_types jsonb not null default '[]',
  priority integer not null default 100,
  weight integer not null default 1,
  routing_strategy varchar not null default 'PRIORITY',
  fallbacks jsonb not null default '[]',
  parameters jsonb not null default '{}',
  configuration jsonb not null default '{}',
  timeout_millis integer,
  max_retries integer not null default 1,
  max_concurrency integer,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint ai_service_configs_tenant_id_id_key unique (tenant_id, id),
  constraint ai_service_configs_model_type_check check (model_type in ('LANGUAGE', 'VISION', 'MULTIMODAL', 'CODE', 'AUDIO', 'EMBEDDING', 'REASONING', 'CREATIVE')),
  constraint ai_service_configs_routing_check check (routing_strategy in ('PRIORITY', 'WEIGHTED', 'CHEAPEST', 'FASTEST', 'BEST_RATED', 'RULE')),
  constraint ai_service_configs_bounds_check check (weight >= 0 and max_retries >= 0 and max_retries <= 10
    and (timeout_millis is null or timeout_millis > 0) and (max_concurrency is null or max_concurrency > 0))
);
create unique index ai_service_configs_name_key on ai_service_configs (tenant_id, name) where deleted_at is null;
comment on table ai_service_configs is 'A named way to call a model: what callers write as model [gateway; shared]';
comment on column ai_service_configs.provider is 'A provider''s name';
comment on column ai_service_configs.task_types is 'Of GENERAL, CODE_GENERATION, TEXT_ANALYSIS, IMAGE_GENERATION, DATA_ANALYSIS, TRANSLATION, SUMMARIZATION, CREATIVE_WRITING, RESEARCH, CHAT, DOCUMENT_PROCESSING: the tasks for which model auto picks it';
comment on column ai_service_configs.priority is 'Lower goes first';
comment on column ai_service_configs.fallbacks is 'Names of services to try, in order, when this one does not answer';
comment on column ai_service_configs.parameters is 'Defaults for what the request leaves open: {"temperature": 0.2, "max_tokens": 1000, "thinking": {"type": "enabled"}}';
comment on column ai_service_configs.max_retries is 'Further tries of the same model after one that was not answered';
comment on column ai_service_configs.weight is 'Share of the calls under WEIGHTED routing';
comment on column ai_service_configs.configuration is 'What the feature that reads it wants; the gateway passes over it';

create table prompt_templates (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint prompt_templates_tenant_id_id_key unique (tenant_id, id)
);
create unique index prompt_templates_name_key on prompt_templates (tenant_id, name) where deleted_at is null;
comment on table prompt_templates is 'A named prompt; its text stands in prompt_versions [gateway; shared]';

create table prompt_versions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  template_id uuid not null,
  number integer not null,
  body varchar not null,
  variables jsonb not null default '[]',
  labels jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint prompt_versions_number_key unique (tenant_id, template_id, number),
  constraint prompt_versions_template_fkey foreign key (tenant_id, template_id) references prompt_templates (tenant_id, id) on delete cascade,
  constraint prompt_versions_number_check check (number > 0)
);
comment on table prompt_versions is 'A prompt''s text at one version: body and variables never change, labels such as production move [gateway; shared]';
comment on column prompt_versions.number is 'From 1, without gaps';
comment on column prompt_versions.variables is 'Names that stand in braces in the body';

create table agents (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  system_prompt varchar,
  service_config_id uuid,
  tools jsonb not null default '[]',
  temperature double precision,
  limits jsonb not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint agents_tenant_id_id_key unique (tenant_id, id),
  constraint agents_service_config_fkey foreign key (tenant_id, service_config_id) references ai_service_configs (tenant_id, id) on delete restrict,
  constraint agents_temperature_check check (temperature is null or (temperature >= 0 and temperature <= 2))
);
create unique index agents_name_key on agents (tenant_id, name) where deleted_at is null;
create index agents_service_config_idx on agents (tenant_id, service_config_id);
comment on table agents is 'A named prompt with a service, tools and limits [gateway; shared]';
comment on column agents.tools is 'As OpenAI writes them: [{"type": "function", "function": {…}}]';
comment on column agents.limits is 'Bounds of one run: {"max_steps": 8, "max_cost_nanos": 50000000}';

create table response_cache_entries (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  key_hash varchar not null,
  provider varchar not null,
  model varchar not null,
  embedding jsonb,
  response varchar not null,
  tags jsonb not null default '[]',
  hits bigint not null default 0,
  saved_nanos bigint not null default 0,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint response_cache_entries_key unique (tenant_id, key_hash),
  constraint response_cache_entries_counts_check check (hits >= 0 and saved_nanos >= 0)
);
create index response_cache_entries_expires_idx on response_cache_entries (expires_at);
comment on table response_cache_entries is 'Answers that can be given again [gateway; readonly]';
comment on column response_cache_entries.key_hash is 'SHA-256 over tenant, model and the request; the tenant is inside as well as beside it';
comment on column response_cache_entries.embedding is 'Of the request, where the cache answers similar ones; numbers in an array';
comment on column response_cache_entries.hits is 'How often it was given again [server]';
comment on column response_cache_entries.saved_nanos is 'What those calls would have cost [server]';

create table rate_limit_policies (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  subject_kind varchar not null,
  subject varchar not null default '*',
  quota bigint not null,
  window_millis bigint not null default 60000,
  unit varchar not null default 'REQUESTS',
  burst bigint,
  dynamic_adjustment jsonb not null default '{}',
  priority integer not null default 100,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint rate_limit_policies_key unique (tenant_id, subject_kind, subject, unit, window_millis),
  constraint rate_limit_policies_subject_kind_check check (subject_kind in ('TENANT', 'USER', 'API_KEY', 'IP', 'MODEL', 'GLOBAL')),
  constraint rate_limit_policies_unit_check check (unit in ('REQUESTS', 'TOKENS', 'NANOS', 'CONCURRENT')),
  constraint rate_limit_policies_bounds_check check (quota > 0 and window_millis > 0 and (burst is null or burst >= 0))
);
comment on table rate_limit_policies is 'How much a subject may do in a window [gateway]';
comment on column rate_limit_policies.subject is 'The subject''s id, address or model name; *: each subject of the kind has a quota of its own';
comment on column rate_limit_policies.burst is 'How much more than the quota may come at once after a quiet time';
comment on column rate_limit_policies.dynamic_adjustment is 'How the quota follows behaviour: {"min": 0.5, "max": 2.0}';
comment on column rate_limit_policies.priority is 'Lower goes first where several hold one subject';

create table rate_limit_bypasses (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  subject_kind varchar not null,
  subject varchar not null,
  reason varchar not null,
  until timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint rate_limit_bypasses_key unique (tenant_id, subject_kind, subject, until),
  constraint rate_limit_bypasses_subject_kind_check check (subject_kind in ('TENANT', 'USER', 'API_KEY', 'IP', 'MODEL', 'GLOBAL'))
);
comment on table rate_limit_bypasses is 'Whom no limit holds, why, and until when [gateway]';

-- @down
drop table rate_limit_bypasses;
drop table rate_limit_policies;
drop table response_cache_entries;
drop table agents;
drop table prompt_versions;
drop table prompt_templates;
drop table ai_service_configs;
drop table model_prices;
drop table ai_models;
drop table ai_providers;
-- @end
