-- Who did what, sealed; what looked wrong; how long rows stay.
-- @up

create table audit_logs (
  id uuid not null primary key,
  tenant_id uuid not null,
  actor_kind varchar not null,
  actor_id uuid,
  api_key_id uuid,
  session_id uuid,
  action varchar not null,
  table_name varchar,
  row_id uuid,
  row_ids jsonb,
  row_count bigint not null default 1,
  old_values jsonb,
  new_values jsonb,
  outcome varchar not null default 'SUCCESS',
  reason varchar,
  request_id uuid,
  ip varchar,
  user_agent varchar,
  entry_hash varchar not null,
  created_at timestamptz not null,
  constraint audit_logs_actor_kind_check check (actor_kind in ('USER', 'SYSTEM', 'COMMAND', 'CONFIGURATION', 'ANONYMOUS')),
  constraint audit_logs_outcome_check check (outcome in ('SUCCESS', 'DENIED', 'FAILED')),
  constraint audit_logs_row_count_check check (row_count >= 0)
)
--@postgres partition by range (id)
;
create index audit_logs_tenant_idx on audit_logs (tenant_id, id);
create index audit_logs_row_idx on audit_logs (tenant_id, table_name, row_id, id);
create index audit_logs_actor_idx on audit_logs (tenant_id, actor_id, id);
comment on table audit_logs is 'Who changed what, written in the transaction of the change; append-only, sealed by audit_seals [audit; append; readonly]';
comment on column audit_logs.actor_kind is 'USER: a person or a program by key or session; SYSTEM: the server itself; COMMAND: the command line; CONFIGURATION: the configuration file; ANONYMOUS: nobody signed in';
comment on column audit_logs.actor_id is 'The user; as every reference of this table without a foreign key, for an entry outlives what it names';
comment on column audit_logs.api_key_id is 'By which the actor came';
comment on column audit_logs.action is 'What was done, in capitals: INSERT, UPDATE, DELETE, RESTORE, SIGN_IN, ROTATE';
comment on column audit_logs.row_id is 'The row; null where one entry stands for many';
comment on column audit_logs.row_ids is 'The rows of a change of more than a hundred, which makes one entry';
comment on column audit_logs.old_values is 'The row before, secrets blacked out; null for an insert';
comment on column audit_logs.new_values is 'The row after, secrets blacked out; null for a delete';
comment on column audit_logs.reason is 'Why it was denied or failed';
comment on column audit_logs.entry_hash is 'SHA-256 of the entry in canonical form, hexadecimal: a leaf of the seal''s tree';

create table audit_seals (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  sequence bigint not null,
  first_entry_id uuid not null,
  last_entry_id uuid not null,
  entry_count bigint not null,
  position_from bigint not null,
  position_to bigint not null,
  merkle_root varchar not null,
  previous_hash varchar,
  seal_hash varchar not null,
  hmac varchar not null,
  key_id varchar not null,
  created_at timestamptz not null,
  constraint audit_seals_sequence_key unique (tenant_id, sequence),
  constraint audit_seals_bounds_check check (sequence > 0 and entry_count > 0 and position_to > position_from),
  constraint audit_seals_previous_check check ((sequence = 1) = (previous_hash is null))
);
comment on table audit_seals is 'Fixes a run of a tenant''s audit entries: who changes, drops, adds or reorders one breaks the seal; append-only, and left standing by retention [audit; append; readonly]';
comment on column audit_seals.sequence is 'From 1, without gaps, within the tenant';
comment on column audit_seals.first_entry_id is 'By id; as last_entry_id without a foreign key, for retention takes entries away';
comment on column audit_seals.position_from is 'How many of the tenant''s entries were sealed before';
comment on column audit_seals.position_to is 'And with this seal';
comment on column audit_seals.merkle_root is 'Over the entries'' hashes as RFC 6962 builds it, hexadecimal';
comment on column audit_seals.previous_hash is 'seal_hash of the seal before; null for the first';
comment on column audit_seals.seal_hash is 'SHA-256 of the seal in canonical form, previous_hash included, hexadecimal';
comment on column audit_seals.hmac is 'HMAC-SHA-256 of seal_hash by a key outside the database: without it a forger could seal again';
comment on column audit_seals.key_id is 'Which key made the HMAC';

create table security_events (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  kind varchar not null,
  severity varchar not null default 'LOW',
  subject_kind varchar not null,
  subject varchar,
  user_id uuid,
  ip varchar,
  user_agent varchar,
  details jsonb not null default '{}',
  created_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by uuid,
  resolution varchar,
  constraint security_events_kind_check check (kind in ('SIGN_IN_FAILED', 'ACCOUNT_LOCKED', 'KEY_REFUSED', 'ADDRESS_REFUSED', 'PERMISSION_DENIED', 'TENANT_CROSSED', 'RATE_LIMITED',
    'PASSWORD_CHANGED', 'PASSWORD_RESET', 'ROLE_CHANGED', 'FILE_QUARANTINED', 'AUDIT_BROKEN', 'SIGN_IN_ATTACK', 'NEW_COUNTRY', 'NEW_NETWORK', 'OTHER')),
  constraint security_events_severity_check check (severity in ('INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  constraint security_events_subject_kind_check check (subject_kind in ('USER', 'API_KEY', 'SESSION', 'IP', 'FILE', 'TENANT', 'OTHER')),
  constraint security_events_resolved_check check (resolved_at is not null or (resolved_by is null and resolution is null)),
  constraint security_events_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint security_events_resolved_by_fkey foreign key (tenant_id, resolved_by) references users (tenant_id, id) on delete restrict
);
create index security_events_created_idx on security_events (tenant_id, created_at);
create index security_events_open_idx on security_events (tenant_id, severity, created_at) where resolved_at is null;
create index security_events_user_idx on security_events (tenant_id, user_id, created_at);
create index security_events_resolved_by_idx on security_events (tenant_id, resolved_by);
comment on table security_events is 'What looked like an attack or a slip; append-only but for its resolution, which is written once [audit; append; readonly]';
comment on column security_events.subject is 'The id, address or name that it is about, also where no such row exists';
comment on column security_events.resolution is 'What came of it';

create table data_retention_policies (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  tables jsonb not null default '[]',
  keep_days integer not null,
  action varchar not null default 'DELETE',
  legal_hold boolean not null default false,
  is_active boolean not null default true,
  last_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint data_retention_policies_tenant_id_id_key unique (tenant_id, id),
  constraint data_retention_policies_action_check check (action in ('DELETE', 'ARCHIVE', 'ANONYMIZE')),
  constraint data_retention_policies_keep_days_check check (keep_days > 0)
);
create unique index data_retention_policies_name_key on data_retention_policies (tenant_id, name) where deleted_at is null;
comment on table data_retention_policies is 'How long rows stay; those of the tenant platform hold where a tenant has none of the same name [audit; shared]';
comment on column data_retention_policies.tables is 'Names of the tables that it is about: ["job_attempts", "webhook_deliveries"]';
comment on column data_retention_policies.keep_days is 'Rows older than this go';
comment on column data_retention_policies.action is 'ARCHIVE writes rows to a file before it deletes them; ANONYMIZE empties personal columns and keeps the row';
comment on column data_retention_policies.legal_hold is 'Nothing goes while it is set, whatever else holds';
comment on column data_retention_policies.last_run_at is 'When it last ran to its end [server]';

create table retention_runs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  policy_id uuid not null,
  table_name varchar not null,
  cutoff timestamptz not null,
  status varchar not null default 'RUNNING',
  rows_deleted bigint not null default 0,
  rows_archived bigint not null default 0,
  archive varchar,
  error varchar,
  started_at timestamptz not null,
  finished_at timestamptz,
  constraint retention_runs_status_check check (status in ('RUNNING', 'COMPLETED', 'FAILED')),
  constraint retention_runs_counts_check check (rows_deleted >= 0 and rows_archived >= 0),
  constraint retention_runs_policy_fkey foreign key (tenant_id, policy_id) references data_retention_policies (tenant_id, id) on delete restrict
);
create index retention_runs_policy_idx on retention_runs (tenant_id, policy_id, started_at);
create index retention_runs_started_idx on retention_runs (tenant_id, started_at);
comment on table retention_runs is 'What a policy took away from one table, once a run [audit; readonly]';
comment on column retention_runs.cutoff is 'Rows older than this moment went';
comment on column retention_runs.archive is 'The blob key of the archive, where there is one';

-- @down
drop table retention_runs;
drop table data_retention_policies;
drop table security_events;
drop table audit_seals;
drop table audit_logs;
-- @end
