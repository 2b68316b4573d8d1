-- Streams of small facts that go by themselves after a while.
-- @up

create table event_collections (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  ttl_seconds bigint,
  schema jsonb not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint event_collections_name_key unique (tenant_id, name),
  constraint event_collections_name_check check (name <> ''),
  constraint event_collections_ttl_check check (ttl_seconds is null or ttl_seconds > 0)
);
comment on table event_collections is 'A named stream of records that go after a time; those of the tenant platform are open to every tenant, each of which sees its own records [events; shared]';
comment on column event_collections.ttl_seconds is 'How long a record stays; null: for ever';
comment on column event_collections.schema is 'JSON Schema of a record''s data; empty: anything';

create table event_records (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  collection_id uuid not null references event_collections (id) on delete restrict,
  type varchar,
  user_id uuid,
  session_id uuid,
  subject_table varchar,
  subject_id uuid,
  data jsonb not null default '{}',
  expires_at timestamptz,
  created_at timestamptz not null
);
create index event_records_collection_idx on event_records (tenant_id, collection_id, created_at);
create index event_records_type_idx on event_records (tenant_id, collection_id, type, created_at) where type is not null;
create index event_records_user_idx on event_records (tenant_id, user_id, created_at) where user_id is not null;
create index event_records_collection_fkey_idx on event_records (collection_id);
create index event_records_expires_idx on event_records (expires_at) where expires_at is not null;
comment on table event_records is 'A small fact in a collection; append-only, and gone after its time [events; append]';
comment on column event_records.collection_id is 'It may be the platform''s, so the reference is by id alone';
comment on column event_records.type is 'What happened, as the collection''s users name it';
comment on column event_records.user_id is 'Who did it; without a foreign key, as all references of a record';
comment on column event_records.expires_at is 'created_at and the collection''s ttl_seconds, as they were when it was written';

-- @down
drop table event_records;
drop table event_collections;
-- @end
