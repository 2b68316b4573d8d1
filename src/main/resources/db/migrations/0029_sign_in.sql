-- Passwords that are set anew, and the revision by which each node learns that a session was ended.
-- @up

create table password_resets (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  token_hash varchar not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null,
  created_by uuid,
  constraint password_resets_token_hash_key unique (token_hash),
  constraint password_resets_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index password_resets_user_idx on password_resets (tenant_id, user_id, created_at);
comment on table password_resets is 'A token by which a person sets a new password, once [identity; readonly]';
comment on column password_resets.token_hash is 'SHA-256 of the token, hexadecimal [secret]';
comment on column password_resets.used_at is 'When it was used, or another one took its place';

-- @down
drop table password_resets;
delete from revisions where name = 'sessions';
-- @end
