-- What SQLite says its own way: a constraint changes by a new table.
-- @rebuild
-- @up

create table kept_rate_limit_policies as select * from rate_limit_policies;
drop table rate_limit_policies;
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
  constraint rate_limit_policies_unit_check check (unit in ('REQUESTS', 'TOKENS', 'NANOS', 'CONCURRENT', 'BACKGROUND')),
  constraint rate_limit_policies_bounds_check check (quota > 0 and window_millis > 0 and (burst is null or burst >= 0)),
  constraint rate_limit_policies_background_check check (unit <> 'BACKGROUND' or subject_kind in ('TENANT', 'USER', 'API_KEY'))
);
insert into rate_limit_policies (id, tenant_id, subject_kind, subject, quota, window_millis, unit, burst, dynamic_adjustment, priority, is_active, created_at, updated_at, created_by, version)
select id, tenant_id, subject_kind, subject, quota, window_millis, unit, burst, dynamic_adjustment, priority, is_active, created_at, updated_at, created_by, version from kept_rate_limit_policies;
drop table kept_rate_limit_policies;
create trigger rate_limit_policies_revision_insert after insert on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_update after update on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_delete after delete on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;

-- @down
create table kept_rate_limit_policies as select * from rate_limit_policies;
drop table rate_limit_policies;
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
insert into rate_limit_policies (id, tenant_id, subject_kind, subject, quota, window_millis, unit, burst, dynamic_adjustment, priority, is_active, created_at, updated_at, created_by, version)
select id, tenant_id, subject_kind, subject, quota, window_millis, unit, burst, dynamic_adjustment, priority, is_active, created_at, updated_at, created_by, version from kept_rate_limit_policies
where unit <> 'BACKGROUND';
drop table kept_rate_limit_policies;
create trigger rate_limit_policies_revision_insert after insert on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_update after update on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_delete after delete on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
-- @end
