-- The code lab: projects, runs in a sandbox, and what is said of the code.
-- @up

create table devlab_projects (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  user_id uuid not null,
  language varchar not null default 'javascript',
  framework varchar,
  template varchar,
  entry_path varchar not null default 'main.js',
  settings jsonb not null default '{}',
  visibility varchar not null default 'PRIVATE',
  tags jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint devlab_projects_tenant_id_id_key unique (tenant_id, id),
  constraint devlab_projects_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint devlab_projects_visibility_check check (visibility in ('PRIVATE', 'TENANT'))
);
create unique index devlab_projects_name_key on devlab_projects (tenant_id, user_id, name) where deleted_at is null;
create index devlab_projects_user_idx on devlab_projects (tenant_id, user_id, id);
comment on table devlab_projects is 'A project of files [devlab]';
comment on column devlab_projects.template is 'What it was begun from';
comment on column devlab_projects.settings is 'Limits of its runs, arguments, environment';

create table devlab_files (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  path varchar not null,
  content varchar not null,
  language varchar,
  size_bytes bigint not null default 0,
  checksum varchar,
  is_readonly boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint devlab_files_tenant_id_id_key unique (tenant_id, id),
  constraint devlab_files_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_files_size_bytes_check check (size_bytes >= 0),
  constraint devlab_files_path_check check (path not like '/%' and path not like '%..%')
);
create unique index devlab_files_path_key on devlab_files (tenant_id, project_id, path) where deleted_at is null;
create index devlab_files_project_idx on devlab_files (tenant_id, project_id, id);
comment on table devlab_files is 'A file of a project [devlab]';
comment on column devlab_files.path is 'Relative, with slashes: src/main.js';
comment on column devlab_files.size_bytes is '[server]';
comment on column devlab_files.checksum is 'SHA-256, hexadecimal [server]';

create table devlab_executions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  user_id uuid,
  file_id uuid,
  status varchar not null default 'QUEUED',
  sandbox varchar not null default 'WASM',
  container_id varchar,
  language varchar not null,
  code varchar not null,
  arguments jsonb not null default '[]',
  stdin varchar,
  memory_limit_bytes bigint not null,
  cpu_limit_millis bigint not null,
  time_limit_millis bigint not null,
  memory_used_bytes bigint,
  cpu_used_millis bigint,
  time_used_millis bigint,
  exit_code integer,
  stdout varchar,
  stderr varchar,
  is_truncated boolean not null default false,
  security_scan_result jsonb not null default '{}',
  error varchar,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint devlab_executions_tenant_id_id_key unique (tenant_id, id),
  constraint devlab_executions_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_executions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint devlab_executions_file_fkey foreign key (tenant_id, file_id) references devlab_files (tenant_id, id) on delete cascade,
  constraint devlab_executions_status_check check (status in ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'KILLED', 'REFUSED')),
  constraint devlab_executions_sandbox_check check (sandbox in ('WASM', 'BUBBLEWRAP', 'CONTAINER')),
  constraint devlab_executions_memory_limit_bytes_check check (memory_limit_bytes >= 1),
  constraint devlab_executions_cpu_limit_millis_check check (cpu_limit_millis >= 1),
  constraint devlab_executions_time_limit_millis_check check (time_limit_millis >= 1),
  constraint devlab_executions_memory_used_bytes_check check (memory_used_bytes is null or memory_used_bytes >= 0),
  constraint devlab_executions_cpu_used_millis_check check (cpu_used_millis is null or cpu_used_millis >= 0),
  constraint devlab_executions_time_used_millis_check check (time_used_millis is null or time_used_millis >= 0)
);
create index devlab_executions_status_idx on devlab_executions (tenant_id, status, id);
create index devlab_executions_project_idx on devlab_executions (tenant_id, project_id, id);
create index devlab_executions_user_idx on devlab_executions (tenant_id, user_id, id);
create index devlab_executions_file_idx on devlab_executions (tenant_id, file_id, id);
comment on table devlab_executions is 'One run of code in a sandbox [devlab; readonly]';
comment on column devlab_executions.container_id is 'Of the sandbox, where it has one';
comment on column devlab_executions.code is 'What was run';
comment on column devlab_executions.is_truncated is 'The output was longer than is kept';
comment on column devlab_executions.security_scan_result is 'What was found before it ran: {"verdict": "PASSED", "findings": []}';

create table devlab_analyses (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  file_id uuid,
  kind varchar not null,
  status varchar not null default 'PENDING',
  score double precision,
  summary varchar,
  findings jsonb not null default '[]',
  metrics jsonb not null default '{}',
  analyzer varchar not null,
  request_id uuid,
  error varchar,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint devlab_analyses_tenant_id_id_key unique (tenant_id, id),
  constraint devlab_analyses_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_analyses_file_fkey foreign key (tenant_id, file_id) references devlab_files (tenant_id, id) on delete cascade,
  constraint devlab_analyses_kind_check check (kind in ('SECURITY', 'PERFORMANCE', 'QUALITY')),
  constraint devlab_analyses_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
  constraint devlab_analyses_score_check check (score is null or (score >= 0 and score <= 100))
);
create index devlab_analyses_kind_idx on devlab_analyses (tenant_id, project_id, kind, id);
create index devlab_analyses_file_idx on devlab_analyses (tenant_id, file_id, id);
comment on table devlab_analyses is 'What was said of a project''s code [devlab; readonly]';
comment on column devlab_analyses.findings is '[{"rule": "…", "line": 12, "message": "…", "severity": "HIGH"}]';
comment on column devlab_analyses.metrics is '{"lines": 120, "cyclomatic_max": 9}';
comment on column devlab_analyses.analyzer is 'Who looked: a rule set or a model';
comment on column devlab_analyses.request_id is 'The ledger line (a partitioned table: no foreign key)';

create table devlab_tests (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  file_id uuid,
  name varchar not null,
  code varchar not null,
  kind varchar not null default 'UNIT',
  is_generated boolean not null default false,
  expected_output varchar,
  status varchar not null default 'NEVER_RUN',
  execution_id uuid,
  message varchar,
  took_millis bigint,
  last_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint devlab_tests_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_tests_file_fkey foreign key (tenant_id, file_id) references devlab_files (tenant_id, id) on delete cascade,
  constraint devlab_tests_execution_fkey foreign key (tenant_id, execution_id) references devlab_executions (tenant_id, id) on delete restrict,
  constraint devlab_tests_kind_check check (kind in ('UNIT', 'INTEGRATION', 'PROPERTY', 'SECURITY')),
  constraint devlab_tests_status_check check (status in ('NEVER_RUN', 'PASSED', 'FAILED', 'ERROR', 'SKIPPED')),
  constraint devlab_tests_took_millis_check check (took_millis is null or took_millis >= 0)
);
create index devlab_tests_tenant_idx on devlab_tests (tenant_id, id);
create unique index devlab_tests_name_key on devlab_tests (tenant_id, project_id, name) where deleted_at is null;
create index devlab_tests_project_idx on devlab_tests (tenant_id, project_id, id);
create index devlab_tests_file_idx on devlab_tests (tenant_id, file_id, id);
create index devlab_tests_execution_idx on devlab_tests (tenant_id, execution_id, id);
comment on table devlab_tests is 'A test of a project, and how it went last [devlab]';
comment on column devlab_tests.is_generated is 'A model wrote it';
comment on column devlab_tests.status is '[server]';
comment on column devlab_tests.execution_id is 'The last run [server]';
comment on column devlab_tests.message is '[server]';
comment on column devlab_tests.took_millis is '[server]';
comment on column devlab_tests.last_run_at is '[server]';

create table devlab_vulnerabilities (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  analysis_id uuid,
  file_id uuid,
  cwe varchar,
  severity varchar not null default 'MEDIUM',
  title varchar not null,
  description varchar,
  path varchar,
  line integer,
  column_number integer,
  snippet varchar,
  remediation varchar,
  fingerprint varchar not null,
  status varchar not null default 'OPEN',
  resolved_by uuid,
  resolved_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint devlab_vulnerabilities_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_vulnerabilities_analysis_fkey foreign key (tenant_id, analysis_id) references devlab_analyses (tenant_id, id) on delete cascade,
  constraint devlab_vulnerabilities_file_fkey foreign key (tenant_id, file_id) references devlab_files (tenant_id, id) on delete cascade,
  constraint devlab_vulnerabilities_resolved_by_fkey foreign key (tenant_id, resolved_by) references users (tenant_id, id) on delete restrict,
  constraint devlab_vulnerabilities_fingerprint_key unique (tenant_id, project_id, fingerprint),
  constraint devlab_vulnerabilities_severity_check check (severity in ('INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  constraint devlab_vulnerabilities_line_check check (line is null or line >= 1),
  constraint devlab_vulnerabilities_column_number_check check (column_number is null or column_number >= 1),
  constraint devlab_vulnerabilities_status_check check (status in ('OPEN', 'CONFIRMED', 'FIXED', 'IGNORED', 'FALSE_POSITIVE'))
);
create index devlab_vulnerabilities_tenant_idx on devlab_vulnerabilities (tenant_id, id);
create index devlab_vulnerabilities_status_idx on devlab_vulnerabilities (tenant_id, status, severity, id);
create index devlab_vulnerabilities_analysis_idx on devlab_vulnerabilities (tenant_id, analysis_id, id);
create index devlab_vulnerabilities_file_idx on devlab_vulnerabilities (tenant_id, file_id, id);
create index devlab_vulnerabilities_resolved_by_idx on devlab_vulnerabilities (tenant_id, resolved_by, id);
comment on table devlab_vulnerabilities is 'A weakness that was found in code [devlab]';
comment on column devlab_vulnerabilities.cwe is 'CWE-79';
comment on column devlab_vulnerabilities.fingerprint is 'Of rule, path and code: found again, it is the same row';

create table devlab_insights (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  project_id uuid not null,
  file_id uuid,
  kind varchar not null,
  title varchar not null,
  body varchar not null,
  line_from integer,
  line_to integer,
  suggestion varchar,
  confidence double precision,
  request_id uuid,
  status varchar not null default 'NEW',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint devlab_insights_project_fkey foreign key (tenant_id, project_id) references devlab_projects (tenant_id, id) on delete cascade,
  constraint devlab_insights_file_fkey foreign key (tenant_id, file_id) references devlab_files (tenant_id, id) on delete cascade,
  constraint devlab_insights_kind_check check (kind in ('EXPLANATION', 'REFACTORING', 'BUG', 'OPTIMIZATION', 'DOCUMENTATION', 'LEARNING')),
  constraint devlab_insights_line_from_check check (line_from is null or line_from >= 1),
  constraint devlab_insights_line_to_check check (line_to is null or line_to >= 1),
  constraint devlab_insights_confidence_check check (confidence is null or (confidence >= 0 and confidence <= 1)),
  constraint devlab_insights_status_check check (status in ('NEW', 'ACCEPTED', 'DISMISSED'))
);
create index devlab_insights_tenant_idx on devlab_insights (tenant_id, id);
create index devlab_insights_project_idx on devlab_insights (tenant_id, project_id, id);
create index devlab_insights_file_idx on devlab_insights (tenant_id, file_id, id);
comment on table devlab_insights is 'A hint about code, given by a model [devlab]';
comment on column devlab_insights.body is 'Markdown';
comment on column devlab_insights.suggestion is 'Code to put there';
comment on column devlab_insights.request_id is 'The ledger line (a partitioned table: no foreign key)';

-- @down
drop table devlab_insights;
drop table devlab_vulnerabilities;
drop table devlab_tests;
drop table devlab_analyses;
drop table devlab_executions;
drop table devlab_files;
drop table devlab_projects;
-- @end
