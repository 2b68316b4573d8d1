-- Folders, files, their versions, shares and uploads, who read them, and how much room there is.
-- @up

create table folders (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  parent_id uuid,
  owner_id uuid not null,
  name varchar not null,
  description varchar,
  color varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint folders_tenant_id_id_key unique (tenant_id, id),
  constraint folders_parent_fkey foreign key (tenant_id, parent_id) references folders (tenant_id, id) on delete cascade,
  constraint folders_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint folders_parent_check check (parent_id is null or parent_id <> id),
  constraint folders_name_check check (name <> '')
);
create unique index folders_name_key on folders (tenant_id, parent_id, name) where deleted_at is null and parent_id is not null;
create unique index folders_root_name_key on folders (tenant_id, name) where deleted_at is null and parent_id is null;
create index folders_parent_idx on folders (tenant_id, parent_id);
create index folders_owner_idx on folders (tenant_id, owner_id, created_at);
comment on table folders is 'Where files lie: a tree; that it has no circle is the service''s rule [files]';
comment on column folders.parent_id is 'The folder around it; null at the top';

create table files (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  owner_id uuid not null,
  folder_id uuid,
  filename varchar not null,
  original_name varchar not null,
  description varchar,
  path varchar not null,
  size bigint not null,
  mime_type varchar not null,
  checksum varchar not null,
  status varchar not null default 'ACTIVE',
  encryption_key varchar,
  current_version integer not null default 1,
  expires_at timestamptz,
  tags jsonb not null default '[]',
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint files_tenant_id_id_key unique (tenant_id, id),
  constraint files_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint files_folder_fkey foreign key (tenant_id, folder_id) references folders (tenant_id, id) on delete restrict,
  constraint files_status_check check (status in ('ACTIVE', 'DELETED', 'EXPIRED', 'QUARANTINED', 'PROCESSING', 'FAILED')),
  constraint files_size_check check (size >= 0),
  constraint files_current_version_check check (current_version > 0)
);
create index files_created_idx on files (tenant_id, created_at);
create index files_owner_idx on files (tenant_id, owner_id, created_at);
create index files_folder_idx on files (tenant_id, folder_id, filename);
create index files_status_idx on files (tenant_id, status, created_at);
create index files_checksum_idx on files (tenant_id, checksum);
create index files_expires_idx on files (expires_at) where expires_at is not null;
comment on table files is 'A file as people see it; its bytes are a blob [files]';
comment on column files.filename is 'As it is shown; may be changed';
comment on column files.original_name is 'As it was sent';
comment on column files.path is 'The blob''s key [server]';
comment on column files.size is 'Bytes, of the current version [server]';
comment on column files.mime_type is 'Found in the bytes, not believed [server]';
comment on column files.checksum is 'SHA-256 of the bytes before encryption, hexadecimal [server]';
comment on column files.status is 'QUARANTINED files are not given out; EXPIRED and DELETED ones lose their bytes to retention [server]';
comment on column files.encryption_key is 'The key of the blob, sealed with the master key; null: not encrypted [secret]';
comment on column files.current_version is 'A number of file_versions [server]';
comment on column files.expires_at is 'When it goes by itself; null: never';
comment on column files.metadata is 'What people and programs note about it';

create table file_versions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  file_id uuid not null,
  number integer not null,
  path varchar not null,
  size bigint not null,
  mime_type varchar not null,
  checksum varchar not null,
  encryption_key varchar,
  change_summary varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint file_versions_number_key unique (tenant_id, file_id, number),
  constraint file_versions_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade,
  constraint file_versions_number_check check (number > 0),
  constraint file_versions_size_check check (size >= 0)
);
comment on table file_versions is 'A file''s bytes at one time [files; readonly]';
comment on column file_versions.number is 'From 1, without gaps';
comment on column file_versions.path is 'The blob''s key [server]';
comment on column file_versions.checksum is 'SHA-256 of the bytes before encryption, hexadecimal [server]';
comment on column file_versions.encryption_key is 'The key of the blob, sealed with the master key; null: not encrypted [secret]';

create table file_shares (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  file_id uuid not null,
  kind varchar not null,
  user_id uuid,
  role varchar,
  token_hash varchar,
  permission varchar not null default 'VIEW',
  password_hash varchar,
  message varchar,
  expires_at timestamptz,
  max_downloads integer,
  download_count integer not null default 0,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint file_shares_tenant_id_id_key unique (tenant_id, id),
  constraint file_shares_token_hash_key unique (token_hash),
  constraint file_shares_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade,
  constraint file_shares_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint file_shares_kind_check check (kind in ('USER', 'ROLE', 'LINK')),
  constraint file_shares_with_check check ((kind = 'USER') = (user_id is not null) and (kind = 'ROLE') = (role is not null)
    and (kind = 'LINK') = (token_hash is not null)),
  constraint file_shares_permission_check check (permission in ('VIEW', 'COMMENT', 'EDIT', 'MANAGE')),
  constraint file_shares_counts_check check (download_count >= 0 and (max_downloads is null or max_downloads > 0))
);
create unique index file_shares_user_key on file_shares (tenant_id, file_id, user_id) where user_id is not null and revoked_at is null;
create unique index file_shares_role_key on file_shares (tenant_id, file_id, role) where role is not null and revoked_at is null;
create index file_shares_file_idx on file_shares (tenant_id, file_id);
create index file_shares_user_idx on file_shares (tenant_id, user_id);
comment on table file_shares is 'Who else may have a file: a user, a role, or whoever holds the link [files; readonly]';
comment on column file_shares.role is 'A role''s name, built-in or the tenant''s own';
comment on column file_shares.token_hash is 'SHA-256 of the link''s token, hexadecimal [secret]';
comment on column file_shares.password_hash is 'Argon2id in PHC string form; null: the link alone is enough [secret]';
comment on column file_shares.max_downloads is 'Null: no bound';
comment on column file_shares.download_count is 'Finished downloads through this share [server]';
comment on column file_shares.last_used_at is 'The last download through it [server]';

create table file_access_logs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  file_id uuid not null references files (id) on delete restrict,
  user_id uuid,
  share_id uuid,
  action varchar not null,
  number integer,
  bytes bigint,
  outcome varchar not null default 'SUCCESS',
  ip varchar,
  user_agent varchar,
  created_at timestamptz not null,
  constraint file_access_logs_action_check check (action in ('UPLOAD', 'VIEW', 'DOWNLOAD', 'UPDATE', 'SHARE', 'UNSHARE', 'DELETE', 'RESTORE')),
  constraint file_access_logs_outcome_check check (outcome in ('SUCCESS', 'DENIED', 'FAILED')),
  constraint file_access_logs_bytes_check check (bytes is null or bytes >= 0)
);
create index file_access_logs_created_idx on file_access_logs (tenant_id, created_at);
create index file_access_logs_file_idx on file_access_logs (file_id, id);
create index file_access_logs_user_idx on file_access_logs (tenant_id, user_id, created_at);
comment on table file_access_logs is 'Who touched a file; append-only [files; append; readonly]';
comment on column file_access_logs.user_id is 'Null: somebody with a link; as share_id without a foreign key';
comment on column file_access_logs.share_id is 'The share by which it was reached';
comment on column file_access_logs.number is 'Which version';
comment on column file_access_logs.bytes is 'How many were sent or received';

create table upload_sessions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  owner_id uuid not null,
  folder_id uuid,
  file_id uuid,
  filename varchar not null,
  mime_type varchar,
  upload_length bigint,
  upload_offset bigint not null default 0,
  metadata jsonb not null default '{}',
  status varchar not null default 'INITIATED',
  concatenation varchar not null default 'NONE',
  parts jsonb not null default '[]',
  path varchar,
  error varchar,
  expires_at timestamptz not null,
  completed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint upload_sessions_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint upload_sessions_folder_fkey foreign key (tenant_id, folder_id) references folders (tenant_id, id) on delete restrict,
  constraint upload_sessions_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade,
  constraint upload_sessions_status_check check (status in ('INITIATED', 'UPLOADING', 'COMPLETED', 'FAILED', 'EXPIRED', 'ABORTED')),
  constraint upload_sessions_concatenation_check check (concatenation in ('NONE', 'PARTIAL', 'FINAL')),
  constraint upload_sessions_offset_check check (upload_offset >= 0 and (upload_length is null or upload_offset <= upload_length))
);
create index upload_sessions_owner_idx on upload_sessions (tenant_id, owner_id, created_at);
create index upload_sessions_folder_idx on upload_sessions (tenant_id, folder_id);
create index upload_sessions_file_idx on upload_sessions (tenant_id, file_id);
create index upload_sessions_expires_idx on upload_sessions (expires_at);
comment on table upload_sessions is 'An upload that can be resumed, as tus has it [files; readonly]';
comment on column upload_sessions.file_id is 'What it became; null while it runs';
comment on column upload_sessions.upload_length is 'Bytes in all; null while the sender defers it';
comment on column upload_sessions.upload_offset is 'Bytes that are safe';
comment on column upload_sessions.metadata is 'From Upload-Metadata';
comment on column upload_sessions.concatenation is 'PARTIAL uploads are joined by a FINAL one';
comment on column upload_sessions.parts is 'The uploads that a FINAL one joins, in order';
comment on column upload_sessions.path is 'The key of the blob that is being written [server]';

create table storage_quotas (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  scope_kind varchar not null,
  scope_id uuid not null,
  limit_bytes bigint not null,
  used_bytes bigint not null default 0,
  reserved_bytes bigint not null default 0,
  warn_percent integer not null default 80,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint storage_quotas_scope_key unique (tenant_id, scope_kind, scope_id),
  constraint storage_quotas_scope_kind_check check (scope_kind in ('TENANT', 'USER')),
  constraint storage_quotas_bytes_check check (limit_bytes >= 0 and used_bytes >= 0 and reserved_bytes >= 0),
  constraint storage_quotas_warn_percent_check check (warn_percent > 0 and warn_percent <= 100)
);
comment on table storage_quotas is 'How many bytes a tenant or a user may keep, all versions counted [files]';
comment on column storage_quotas.scope_id is 'The tenant''s or the user''s id';
comment on column storage_quotas.used_bytes is 'Of finished files [server]';
comment on column storage_quotas.reserved_bytes is 'Of uploads that run: they fit before they begin [server]';
comment on column storage_quotas.warn_percent is 'Of the limit: when to tell';

-- @down
drop table storage_quotas;
drop table upload_sessions;
drop table file_access_logs;
drop table file_shares;
drop table file_versions;
drop table files;
drop table folders;
-- @end
