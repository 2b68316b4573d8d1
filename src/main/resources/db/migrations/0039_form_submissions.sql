-- What people filled in.
-- @up

create table form_submissions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  template_id uuid not null references form_templates (id) on delete restrict,
  version_id uuid not null references form_template_versions (id) on delete restrict,
  number integer not null,
  data jsonb not null,
  corrects_id uuid,
  reason varchar,
  created_at timestamptz not null,
  created_by uuid,
  constraint form_submissions_tenant_id_id_key unique (tenant_id, id),
  constraint form_submissions_corrects_fkey foreign key (tenant_id, corrects_id) references form_submissions (tenant_id, id) on delete restrict,
  constraint form_submissions_reason_check check (corrects_id is null or reason is not null)
);
create index form_submissions_template_idx on form_submissions (template_id, tenant_id, id);
create index form_submissions_version_idx on form_submissions (version_id);
create unique index form_submissions_corrects_key on form_submissions (tenant_id, corrects_id);
comment on table form_submissions is 'A form as somebody filled it in; append-only: corrected by another one [audit; append; readonly]';
comment on column form_submissions.number is 'Of the version that was filled in';
comment on column form_submissions.data is 'What that version''s schema allows';
comment on column form_submissions.corrects_id is 'The one in whose place it stands; each is corrected once, the last one again';
comment on column form_submissions.reason is 'Why it was corrected';

-- @down
drop table form_submissions;
-- @end
