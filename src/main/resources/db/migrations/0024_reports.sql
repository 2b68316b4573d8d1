-- Reports: what they show, when they are made, and what was made.
-- @up

create table reports (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  owner_id uuid,
  kind varchar not null default 'TABLE',
  source varchar not null,
  definition jsonb not null,
  parameters jsonb not null default '[]',
  layout jsonb not null default '{}',
  default_format varchar not null default 'CSV',
  visibility varchar not null default 'PRIVATE',
  tags jsonb not null default '[]',
  report_metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint reports_tenant_id_id_key unique (tenant_id, id),
  constraint reports_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint reports_kind_check check (kind in ('TABLE', 'PIVOT', 'CHART', 'DASHBOARD', 'DOCUMENT')),
  constraint reports_default_format_check check (default_format in ('CSV', 'JSON', 'XLSX', 'PDF', 'HTML')),
  constraint reports_visibility_check check (visibility in ('PRIVATE', 'TENANT'))
);
create unique index reports_name_key on reports (tenant_id, name) where deleted_at is null;
create index reports_owner_idx on reports (tenant_id, owner_id, id);
comment on table reports is 'The definition of a report [reports]';
comment on column reports.source is 'The table or view that it reads: ai_requests';
comment on column reports.definition is 'Columns, filters, groups and sums: {"select": "model,cost_nanos.sum()", "filter": "status=eq.COMPLETED", "order": "cost_nanos.sum.desc"}';
comment on column reports.parameters is 'What is asked before it runs: [{"name": "from", "type": "time"}]';
comment on column reports.layout is 'Chart kind, axes, colours';
comment on column reports.report_metadata is 'What no column holds';

create table report_schedules (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  report_id uuid not null,
  name varchar not null,
  cron varchar not null,
  timezone varchar not null default 'UTC',
  parameters jsonb not null default '{}',
  format varchar not null default 'CSV',
  recipients jsonb not null default '[]',
  is_active boolean not null default true,
  next_at timestamptz,
  last_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint report_schedules_tenant_id_id_key unique (tenant_id, id),
  constraint report_schedules_report_fkey foreign key (tenant_id, report_id) references reports (tenant_id, id) on delete cascade,
  constraint report_schedules_format_check check (format in ('CSV', 'JSON', 'XLSX', 'PDF', 'HTML'))
);
create unique index report_schedules_name_key on report_schedules (tenant_id, report_id, name) where deleted_at is null;
create index report_schedules_due_idx on report_schedules (next_at) where is_active and deleted_at is null;
create index report_schedules_report_idx on report_schedules (tenant_id, report_id, id);
comment on table report_schedules is 'When a report is made by itself, and who gets it [reports]';
comment on column report_schedules.cron is 'Five fields, as crontab(5)';
comment on column report_schedules.timezone is 'IANA name';
comment on column report_schedules.recipients is '[{"user_id": "…"}, {"email": "…"}]';
comment on column report_schedules.next_at is '[server]';
comment on column report_schedules.last_run_at is '[server]';

create table report_runs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  report_id uuid not null,
  schedule_id uuid,
  user_id uuid,
  status varchar not null default 'PENDING',
  format varchar not null default 'CSV',
  parameters jsonb not null default '{}',
  definition jsonb not null,
  file_id uuid,
  row_count bigint,
  took_millis bigint,
  error varchar,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint report_runs_tenant_id_id_key unique (tenant_id, id),
  constraint report_runs_report_fkey foreign key (tenant_id, report_id) references reports (tenant_id, id) on delete cascade,
  constraint report_runs_schedule_fkey foreign key (tenant_id, schedule_id) references report_schedules (tenant_id, id) on delete restrict,
  constraint report_runs_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint report_runs_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint report_runs_status_check check (status in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  constraint report_runs_format_check check (format in ('CSV', 'JSON', 'XLSX', 'PDF', 'HTML')),
  constraint report_runs_row_count_check check (row_count is null or row_count >= 0),
  constraint report_runs_took_millis_check check (took_millis is null or took_millis >= 0)
);
create index report_runs_status_idx on report_runs (tenant_id, status, id);
create index report_runs_report_idx on report_runs (tenant_id, report_id, id);
create index report_runs_schedule_idx on report_runs (tenant_id, schedule_id, id);
create index report_runs_user_idx on report_runs (tenant_id, user_id, id);
create index report_runs_file_idx on report_runs (tenant_id, file_id, id);
comment on table report_runs is 'One making of a report [reports; readonly]';
comment on column report_runs.user_id is 'Who asked; null: a schedule';
comment on column report_runs.definition is 'As it was when it ran';
comment on column report_runs.file_id is 'What was rendered';

-- @down
drop table report_runs;
drop table report_schedules;
drop table reports;
-- @end
