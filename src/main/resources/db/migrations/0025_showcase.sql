-- The showcase: industries, use cases, discovery tools, and the examples that drive them.
-- @up

create table industries (
  id uuid not null primary key,
  slug varchar not null,
  name varchar not null,
  description varchar not null,
  icon varchar,
  color varchar,
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint industries_slug_key unique (slug)
);
comment on table industries is 'A branch of business [showcase; global]';

create table use_case_categories (
  id uuid not null primary key,
  slug varchar not null,
  name varchar not null,
  description varchar not null,
  icon varchar,
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint use_case_categories_slug_key unique (slug)
);
comment on table use_case_categories is 'What a use case is about [showcase; global]';

create table use_cases (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  slug varchar not null,
  title varchar not null,
  summary varchar not null,
  description varchar,
  industry_id uuid not null references industries (id) on delete restrict,
  category_id uuid not null references use_case_categories (id) on delete restrict,
  is_dynamic boolean not null default false,
  api_endpoint varchar,
  input_schema jsonb not null default '{}',
  output_schema jsonb not null default '{}',
  prompt varchar,
  system_prompt varchar,
  service_config_id uuid,
  task_type varchar not null default 'GENERAL',
  benefits jsonb not null default '[]',
  metrics jsonb not null default '{}',
  tags jsonb not null default '[]',
  difficulty varchar not null default 'BEGINNER',
  position integer not null default 0,
  is_featured boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint use_cases_tenant_id_id_key unique (tenant_id, id),
  constraint use_cases_difficulty_check check (difficulty in ('BEGINNER', 'INTERMEDIATE', 'ADVANCED'))
);
create unique index use_cases_slug_key on use_cases (tenant_id, slug) where deleted_at is null;
create index use_cases_industry_idx on use_cases (industry_id, tenant_id, position);
create index use_cases_category_idx on use_cases (category_id, tenant_id, position);
comment on table use_cases is 'Something that AI does for an industry; those of the tenant platform are everyone''s [showcase; shared]';
comment on column use_cases.description is 'Markdown';
comment on column use_cases.is_dynamic is 'Answered by a model when it is run, not from stored examples';
comment on column use_cases.api_endpoint is 'Where it is run: /api/v1/showcase/use-cases/{slug}/execute';
comment on column use_cases.input_schema is 'JSON Schema of what a run takes';
comment on column use_cases.output_schema is 'and of what it gives';
comment on column use_cases.prompt is 'With {{names}} of the input schema';
comment on column use_cases.service_config_id is 'The service that answers; null: the one for the task';
comment on column use_cases.task_type is 'As ai_service_configs.task_types';
comment on column use_cases.benefits is 'What it brings, in sentences';
comment on column use_cases.metrics is 'Figures that are aimed at: {"time_saved_percent": 60}';

create table use_case_executions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  use_case_id uuid not null references use_cases (id) on delete restrict,
  user_id uuid,
  request_id uuid,
  status varchar not null default 'PENDING',
  input jsonb not null default '{}',
  output jsonb,
  cost_nanos bigint not null default 0,
  took_micros bigint,
  rating integer,
  error varchar,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint use_case_executions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint use_case_executions_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  constraint use_case_executions_cost_nanos_check check (cost_nanos >= 0),
  constraint use_case_executions_took_micros_check check (took_micros is null or took_micros >= 0),
  constraint use_case_executions_rating_check check (rating is null or (rating >= 1 and rating <= 5))
);
create index use_case_executions_tenant_idx on use_case_executions (tenant_id, id);
create index use_case_executions_use_case_idx on use_case_executions (use_case_id, tenant_id, id);
create index use_case_executions_user_idx on use_case_executions (tenant_id, user_id, id);
comment on table use_case_executions is 'One run of a use case [showcase; readonly]';
comment on column use_case_executions.request_id is 'The ledger line (a partitioned table: no foreign key)';

create table discovery_tools (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  slug varchar not null,
  name varchar not null,
  tagline varchar not null,
  description varchar not null,
  interaction jsonb not null default '{}',
  model jsonb not null default '{}',
  visualization jsonb not null default '{}',
  surprise jsonb not null default '{}',
  input_schema jsonb not null default '{}',
  tags jsonb not null default '[]',
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint discovery_tools_tenant_id_id_key unique (tenant_id, id)
);
create unique index discovery_tools_slug_key on discovery_tools (tenant_id, slug) where deleted_at is null;
comment on table discovery_tools is 'Something to play with, to see what a model can do; those of the tenant platform are everyone''s [showcase; shared]';
comment on column discovery_tools.interaction is 'How one plays: {"kind": "text", "prompt": "…", "examples": ["…"]}';
comment on column discovery_tools.model is 'What answers: {"task_type": "CREATIVE_WRITING", "temperature": 0.9, "system": "…"}';
comment on column discovery_tools.visualization is 'How it is shown: {"kind": "graph"}';
comment on column discovery_tools.surprise is 'What one does not expect: {"kind": "twist", "chance": 0.2}';
comment on column discovery_tools.input_schema is 'JSON Schema of what a run takes';

create table discovery_tool_executions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  tool_id uuid not null references discovery_tools (id) on delete restrict,
  user_id uuid,
  request_id uuid,
  status varchar not null default 'PENDING',
  input jsonb not null default '{}',
  output jsonb,
  surprised boolean not null default false,
  cost_nanos bigint not null default 0,
  took_micros bigint,
  rating integer,
  error varchar,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint discovery_tool_executions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint discovery_tool_executions_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  constraint discovery_tool_executions_cost_nanos_check check (cost_nanos >= 0),
  constraint discovery_tool_executions_took_micros_check check (took_micros is null or took_micros >= 0),
  constraint discovery_tool_executions_rating_check check (rating is null or (rating >= 1 and rating <= 5))
);
create index discovery_tool_executions_tenant_idx on discovery_tool_executions (tenant_id, id);
create index discovery_tool_executions_tool_idx on discovery_tool_executions (tool_id, tenant_id, id);
create index discovery_tool_executions_user_idx on discovery_tool_executions (tenant_id, user_id, id);
comment on table discovery_tool_executions is 'One play with a discovery tool [showcase; readonly]';
comment on column discovery_tool_executions.request_id is 'The ledger line (a partitioned table: no foreign key)';
comment on column discovery_tool_executions.surprised is 'Whether the surprise was shown';

create table conversation_examples (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  use_case_id uuid not null references use_cases (id) on delete restrict,
  title varchar not null,
  persona varchar,
  messages jsonb not null,
  language varchar not null default 'en',
  quality double precision,
  data_source varchar not null default 'PUBLIC_ONLY',
  tags jsonb not null default '[]',
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint conversation_examples_quality_check check (quality is null or (quality >= 0 and quality <= 1)),
  constraint conversation_examples_data_source_check check (data_source in ('PUBLIC_ONLY', 'OWN_CODEBASE', 'MIXED'))
);
create index conversation_examples_tenant_idx on conversation_examples (tenant_id, id);
create index conversation_examples_use_case_idx on conversation_examples (use_case_id, tenant_id, id);
comment on table conversation_examples is 'A conversation that shows a use case; drives the Conversation Mode [models; shared]';
comment on column conversation_examples.persona is 'Who speaks with the model';
comment on column conversation_examples.messages is '[{"role": "user", "content": "…"}]';

create table simulation_examples (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  use_case_id uuid not null references use_cases (id) on delete restrict,
  title varchar not null,
  scenario varchar not null,
  initial_state jsonb not null default '{}',
  steps jsonb not null default '[]',
  goal varchar,
  expected_outcome jsonb not null default '{}',
  difficulty varchar not null default 'BEGINNER',
  data_source varchar not null default 'PUBLIC_ONLY',
  tags jsonb not null default '[]',
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint simulation_examples_difficulty_check check (difficulty in ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  constraint simulation_examples_data_source_check check (data_source in ('PUBLIC_ONLY', 'OWN_CODEBASE', 'MIXED'))
);
create index simulation_examples_tenant_idx on simulation_examples (tenant_id, id);
create index simulation_examples_use_case_idx on simulation_examples (use_case_id, tenant_id, id);
comment on table simulation_examples is 'A situation to act in that shows a use case; drives the Interactive Mode [models; shared]';
comment on column simulation_examples.steps is 'What can be done: [{"action": "…", "effect": {…}, "says": "…"}]';

create table code_examples (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  use_case_id uuid references use_cases (id) on delete restrict,
  title varchar not null,
  description varchar,
  language varchar not null,
  framework varchar,
  code varchar not null,
  explanation varchar,
  expected_output varchar,
  difficulty varchar not null default 'BEGINNER',
  data_source varchar not null default 'PUBLIC_ONLY',
  license varchar,
  tags jsonb not null default '[]',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint code_examples_difficulty_check check (difficulty in ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  constraint code_examples_data_source_check check (data_source in ('PUBLIC_ONLY', 'OWN_CODEBASE', 'MIXED'))
);
create index code_examples_tenant_idx on code_examples (tenant_id, id);
create index code_examples_language_idx on code_examples (tenant_id, language, id);
create index code_examples_use_case_idx on code_examples (use_case_id, tenant_id, id);
comment on table code_examples is 'A piece of code with what it does; shown and run in the code lab [models; shared]';
comment on column code_examples.language is 'javascript, python, sql, …';

-- @down
drop table code_examples;
drop table simulation_examples;
drop table conversation_examples;
drop table discovery_tool_executions;
drop table discovery_tools;
drop table use_case_executions;
drop table use_cases;
drop table use_case_categories;
drop table industries;
-- @end
