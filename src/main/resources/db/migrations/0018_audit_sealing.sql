-- What sealing the audit log needs beside the entries and the seals: what waits, what was sealed, and where it ends.
-- @up

create table audit_pending (
  entry_id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  entry_hash varchar not null
);
create index audit_pending_tenant_idx on audit_pending (tenant_id, entry_id);
comment on table audit_pending is 'Entries that wait for the sealer, written with the entry: one that commits late is sealed late, and never passed over [audit; hidden]';
comment on column audit_pending.entry_hash is 'The hash of the entry, as audit_logs has it';

create table audit_leaves (
  entry_id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  seal_id uuid not null references audit_seals (id) on delete restrict,
  position integer not null,
  entry_hash varchar not null,
  constraint audit_leaves_position_key unique (seal_id, position),
  constraint audit_leaves_position_check check (position >= 0)
);
create index audit_leaves_tenant_idx on audit_leaves (tenant_id, entry_id);
comment on table audit_leaves is 'Which entries a seal holds: the leaves of its Merkle tree, so that a missing entry has a name; append-only [audit; hidden]';
comment on column audit_leaves.position is 'Within the seal, from 0, in the order of the entries'' ids';
comment on column audit_leaves.entry_hash is 'The hash of the entry when it was sealed';

create table audit_heads (
  tenant_id uuid not null primary key references tenants (id) on delete restrict,
  sequence bigint not null,
  seal_hash varchar not null,
  archived_through bigint not null default 0,
  hmac varchar not null,
  updated_at timestamptz not null,
  constraint audit_heads_sequence_check check (sequence > 0 and archived_through >= 0 and archived_through <= sequence)
);
comment on table audit_heads is 'The last seal of each tenant, under a key that is not in the database: a tail that is cut off leaves a head without a body [audit; hidden]';
comment on column audit_heads.sequence is 'Of the last seal';
comment on column audit_heads.seal_hash is 'Of the last seal';
comment on column audit_heads.archived_through is 'Entries of the seals up to this sequence may be gone: retention has archived them';
comment on column audit_heads.hmac is 'HMAC-SHA-256 of the row by a key outside the database, hexadecimal';

-- @down
drop table audit_heads;
drop table audit_leaves;
drop table audit_pending;
-- @end
