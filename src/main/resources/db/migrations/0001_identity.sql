-- Tenants, people, keys and roles, and the revisions by which each node learns that its memory of them is old.
-- @up

create table revisions (
  name varchar not null primary key,
  revision bigint not null default 0
);
comment on table revisions is 'Rises, by trigger, with every change of a table that servers hold in memory; nodes poll it [system; hidden]';

create table maintenance (
  id uuid not null primary key,
  reason varchar not null,
  at timestamptz not null
);
comment on table maintenance is 'Empty outside a transaction of retention or legal erasure: while a row stands, seen by that transaction alone, append-only tables let rows be changed and deleted [system; hidden]';

create table sealing_keys (
  id uuid not null primary key,
  sealed_check varchar not null,
  created_at timestamptz not null
);
comment on table sealing_keys is 'A known word sealed with the master key: a server with another key notices before it touches anything [system; hidden]';

create table tenants (
  id uuid not null primary key,
  slug varchar not null,
  name varchar not null,
  plan_type varchar not null default 'FREE',
  max_users integer,
  features jsonb not null default '{}',
  business_hours jsonb not null default '{}',
  timezone varchar not null default 'UTC',
  locale varchar not null default 'en',
  status varchar not null default 'ACTIVE',
  request_bodies varchar not null default 'OFF',
  request_body_days integer not null default 30,
  settings jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint tenants_slug_key unique (slug),
  constraint tenants_plan_type_check check (plan_type in ('FREE', 'STARTER', 'BUSINESS', 'ENTERPRISE')),
  constraint tenants_status_check check (status in ('ACTIVE', 'SUSPENDED', 'CLOSED')),
  constraint tenants_request_bodies_check check (request_bodies in ('OFF', 'REDACTED', 'KEPT')),
  constraint tenants_request_body_days_check check (request_body_days > 0),
  constraint tenants_max_users_check check (max_users is null or max_users > 0)
);
comment on table tenants is 'A company that uses the server; owns every row that carries its tenant_id. The tenant platform owns what belongs to the server itself [identity; readonly]';
comment on column tenants.slug is 'The name in commands and addresses: lower case letters, digits and dashes';
comment on column tenants.max_users is 'Most active users; null: no bound';
comment on column tenants.business_hours is 'Opening times by weekday: {"mon": [["09:00", "17:00"]]}';
comment on column tenants.timezone is 'IANA name; the default for budgets and calendars';
comment on column tenants.request_bodies is 'Whether the bodies of model calls are kept: OFF, REDACTED (addresses, numbers and keys blacked out) or KEPT';
comment on column tenants.request_body_days is 'Days for which kept bodies stay';
comment on column tenants.id is 'Itself what tenant_id is in other tables [tenant]';

create table users (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  username varchar not null,
  username_key varchar not null,
  email varchar,
  email_key varchar,
  password_hash varchar,
  role varchar not null default 'MEMBER',
  is_active boolean not null default true,
  model_preferences jsonb not null default '{}',
  temperature double precision,
  timezone varchar,
  language varchar,
  monthly_budget_nanos bigint,
  budget_alert_percent integer,
  failed_login_count integer not null default 0,
  locked_until timestamptz,
  last_login_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint users_tenant_id_id_key unique (tenant_id, id),
  constraint users_username_key unique (tenant_id, username_key),
  constraint users_email_key unique (tenant_id, email_key),
  constraint users_temperature_check check (temperature is null or (temperature >= 0 and temperature <= 2)),
  constraint users_monthly_budget_check check (monthly_budget_nanos is null or monthly_budget_nanos >= 0),
  constraint users_budget_alert_check check (budget_alert_percent is null or (budget_alert_percent > 0 and budget_alert_percent <= 100))
);
comment on table users is 'A person or a service that acts; deactivated, never deleted, for the ledger and the audit name it [identity; readonly]';
comment on column users.username_key is 'The name in lower case (Unicode, root locale): what uniqueness is judged by [server]';
comment on column users.email_key is 'The address in lower case [server]';
comment on column users.password_hash is 'Argon2id in PHC string form; null: cannot sign in by password [secret]';
comment on column users.monthly_budget_nanos is 'Kept as a USER budget; shown here for clients of the older schema';
comment on column users.failed_login_count is 'Since the last sign-in that succeeded [server]';
comment on column users.locked_until is 'Nobody signs in before; set by failed sign-ins [server]';
comment on column users.last_login_at is 'The last sign-in that succeeded [server]';
comment on column users.model_preferences is 'Which model for which task: {"CHAT": "glm-4.5"}';
comment on column users.temperature is 'What a call has that names none; 0 to 2';
comment on column users.budget_alert_percent is 'Of monthly_budget_nanos: when to tell';

create table user_profiles (
  user_id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  display_name varchar,
  avatar_file_id uuid,
  job_title varchar,
  phone varchar,
  bio varchar,
  preferences jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint user_profiles_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index user_profiles_user_idx on user_profiles (tenant_id, user_id);
comment on table user_profiles is 'What a person says about themself; one row a user [identity]';
comment on column user_profiles.avatar_file_id is 'A row of files; kept by the service, since files come later';

create table user_sessions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  token_hash varchar not null,
  device_name varchar,
  device_type varchar,
  user_agent varchar,
  ip varchar,
  country varchar,
  city varchar,
  latitude double precision,
  longitude double precision,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint user_sessions_token_hash_key unique (token_hash),
  constraint user_sessions_tenant_id_id_key unique (tenant_id, id),
  constraint user_sessions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint user_sessions_latitude_check check (latitude is null or (latitude >= -90 and latitude <= 90)),
  constraint user_sessions_longitude_check check (longitude is null or (longitude >= -180 and longitude <= 180))
);
create index user_sessions_user_idx on user_sessions (tenant_id, user_id);
comment on table user_sessions is 'A signed-in device [identity; readonly]';
comment on column user_sessions.token_hash is 'SHA-256 of the session token, hexadecimal [secret]';
comment on column user_sessions.last_seen_at is 'Written at most once a minute [server]';
comment on column user_sessions.revoked_at is 'Signed out, by whomever';
comment on column user_sessions.country is 'Where the address is said to be: ISO 3166-1, two letters';

create table session_activities (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  session_id uuid not null references user_sessions (id) on delete cascade,
  action varchar not null,
  path varchar,
  ip varchar,
  at timestamptz not null
);
create index session_activities_tenant_idx on session_activities (tenant_id, id);
create index session_activities_session_idx on session_activities (session_id, id);
comment on table session_activities is 'What a session did; append-only [identity; append; readonly]';
comment on column session_activities.action is 'What was done, in capitals: SIGN_IN, SIGN_OUT';

create table roles (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  is_builtin boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint roles_tenant_id_id_key unique (tenant_id, id),
  constraint roles_name_key unique (tenant_id, name)
);
comment on table roles is 'A named set of permissions; the built-in ones belong to the tenant platform [identity; shared]';
comment on column roles.is_builtin is 'Seeded; cannot be changed [server]';

create table role_permissions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  role_id uuid not null,
  permission varchar not null,
  row_scope varchar not null default 'TENANT',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint role_permissions_permission_key unique (tenant_id, role_id, permission),
  constraint role_permissions_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade,
  constraint role_permissions_row_scope_check check (row_scope in ('OWN', 'TENANT'))
);
comment on table role_permissions is 'What a role may do [identity; shared]';
comment on column role_permissions.permission is 'feature.table:action, * for any part; gateway:* is short for gateway.*:*';
comment on column role_permissions.row_scope is 'OWN: only rows that the caller made; TENANT: every row of the tenant';

create table api_keys (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  name varchar not null,
  prefix varchar not null,
  key_hash varchar not null,
  scopes jsonb not null default '["*"]',
  allowed_models jsonb,
  allowed_ips jsonb,
  rate_limits jsonb,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  rotated_from uuid references api_keys (id) on delete restrict,
  grace_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_tenant_id_id_key unique (tenant_id, id),
  constraint api_keys_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict
);
create unique index api_keys_name_key on api_keys (tenant_id, name) where revoked_at is null and grace_until is null;
create index api_keys_user_idx on api_keys (tenant_id, user_id);
create index api_keys_rotated_from_idx on api_keys (rotated_from);
comment on table api_keys is 'A secret by which programs act for a user; only its hash is kept [identity; readonly]';
comment on column api_keys.prefix is 'The first characters of the key, so that people can tell keys apart [server]';
comment on column api_keys.key_hash is 'SHA-256 of the whole key, hexadecimal [secret]';
comment on column api_keys.scopes is 'Permissions to which the key narrows its user: ["gateway:*", "ledger:read"]';
comment on column api_keys.allowed_models is 'Names as a caller writes them, * for a run of characters; null: every model';
comment on column api_keys.allowed_ips is 'Addresses and CIDR blocks; null: from anywhere';
comment on column api_keys.rate_limits is 'Limits of this key alone: [{"quota": 600, "window": "1m", "unit": "REQUESTS"}]';
comment on column api_keys.rotated_from is 'The key that this one replaces [server]';
comment on column api_keys.grace_until is 'Set on a key that was rotated away: it still works until then [server]';
comment on column api_keys.last_used_at is 'Written now and then, not with each call [server]';

-- @down
drop table api_keys;
drop table role_permissions;
drop table roles;
drop table session_activities;
drop table user_sessions;
drop table user_profiles;
drop table users;
drop table tenants;
drop table sealing_keys;
drop table maintenance;
drop table revisions;
-- @end
