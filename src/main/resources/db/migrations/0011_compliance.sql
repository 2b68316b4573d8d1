-- Forms with versions, and reports that show auditors what holds.
-- @up

create table form_templates (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  category varchar not null default 'GENERAL',
  status varchar not null default 'DRAFT',
  tags jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint form_templates_tenant_id_id_key unique (tenant_id, id),
  constraint form_templates_status_check check (status in ('DRAFT', 'PUBLISHED', 'RETIRED'))
);
create unique index form_templates_name_key on form_templates (tenant_id, name) where deleted_at is null;
create index form_templates_created_idx on form_templates (tenant_id, created_at);
comment on table form_templates is 'A form that people fill in; its fields stand in form_template_versions [audit; shared]';
comment on column form_templates.category is 'By which forms are sorted in lists';

create table form_template_versions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  template_id uuid not null,
  number integer not null,
  schema jsonb not null default '{}',
  layout jsonb not null default '{}',
  change_summary varchar,
  published_at timestamptz,
  retired_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint form_template_versions_number_key unique (tenant_id, template_id, number),
  constraint form_template_versions_template_fkey foreign key (tenant_id, template_id) references form_templates (tenant_id, id) on delete cascade,
  constraint form_template_versions_number_check check (number > 0),
  constraint form_template_versions_retired_check check (retired_at is null or (published_at is not null and retired_at >= published_at))
);
comment on table form_template_versions is 'A form''s fields at one version; fixed once it is published [audit; shared]';
comment on column form_template_versions.number is 'From 1, without gaps';
comment on column form_template_versions.schema is 'JSON Schema of what is filled in';
comment on column form_template_versions.layout is 'How fields are shown: order, groups, widgets';
comment on column form_template_versions.published_at is 'From when it may be filled in; null: a draft';

create table compliance_reports (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  title varchar not null,
  framework varchar not null,
  status varchar not null default 'DRAFT',
  period_start timestamptz not null,
  period_end timestamptz not null,
  parameters jsonb not null default '{}',
  findings jsonb not null default '[]',
  summary varchar,
  score double precision,
  file_id uuid,
  error varchar,
  completed_at timestamptz,
  approved_at timestamptz,
  approved_by uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint compliance_reports_tenant_id_id_key unique (tenant_id, id),
  constraint compliance_reports_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete restrict,
  constraint compliance_reports_approved_by_fkey foreign key (tenant_id, approved_by) references users (tenant_id, id) on delete restrict,
  constraint compliance_reports_framework_check check (framework in ('GDPR', 'SOC2', 'ISO27001', 'HIPAA', 'EU_AI_ACT', 'CUSTOM')),
  constraint compliance_reports_status_check check (status in ('DRAFT', 'RUNNING', 'COMPLETED', 'FAILED', 'APPROVED')),
  constraint compliance_reports_period_check check (period_end > period_start),
  constraint compliance_reports_score_check check (score is null or (score >= 0 and score <= 100)),
  constraint compliance_reports_approved_check check ((approved_at is null) = (approved_by is null))
);
create index compliance_reports_created_idx on compliance_reports (tenant_id, created_at);
create index compliance_reports_file_idx on compliance_reports (tenant_id, file_id);
create index compliance_reports_approved_by_idx on compliance_reports (tenant_id, approved_by);
comment on table compliance_reports is 'What an auditor is shown of a period [audit]';
comment on column compliance_reports.period_end is 'Exclusive';
comment on column compliance_reports.findings is 'One entry a control: [{"control": "CC6.1", "result": "PASS", "evidence": ["…"]}]';
comment on column compliance_reports.score is 'Per cent of the controls that pass';
comment on column compliance_reports.file_id is 'The report as a file, once it is rendered';

-- @down
drop table compliance_reports;
drop table form_template_versions;
drop table form_templates;
-- @end
