-- Several keys for a provider, and a bound of calls at once.
-- @up

create table ai_provider_keys (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  provider_id uuid not null,
  name varchar not null,
  credential varchar not null,
  weight integer not null default 1,
  max_concurrency integer,
  requests_per_minute integer,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint ai_provider_keys_tenant_id_id_key unique (tenant_id, id),
  constraint ai_provider_keys_provider_fkey foreign key (tenant_id, provider_id) references ai_providers (tenant_id, id) on delete restrict,
  constraint ai_provider_keys_bounds_check check (weight >= 0 and (max_concurrency is null or max_concurrency > 0)
    and (requests_per_minute is null or requests_per_minute > 0))
);
create unique index ai_provider_keys_name_key on ai_provider_keys (tenant_id, provider_id, name) where deleted_at is null;
create index ai_provider_keys_provider_idx on ai_provider_keys (tenant_id, provider_id);
comment on table ai_provider_keys is 'Further keys of a provider, each with bounds of its own; calls are spread over those that are usable [providers; readonly]';
comment on column ai_provider_keys.credential is 'The key, sealed with the master key; never served [secret]';
comment on column ai_provider_keys.weight is 'Its share of the calls among the provider''s usable keys; the one in ai_providers has 1; 0: only when no other is usable';
comment on column ai_provider_keys.max_concurrency is 'Calls that may use it at once, on each node; null: no bound';
comment on column ai_provider_keys.requests_per_minute is 'Calls a minute, on each node; null: no bound';

alter table ai_providers add column max_concurrency integer;
comment on column ai_providers.max_concurrency is 'Calls at once on each node, of all services together; further ones wait their turn; null: no bound';
comment on column ai_service_configs.max_concurrency is 'Calls at once on each node; further ones wait their turn in the queue; null: no bound';
comment on column ai_service_configs.routing_strategy is 'How one is picked of those that auto finds for a task, or of this one and its fallbacks';
comment on column ai_service_configs.configuration is 'What the feature that reads it wants: {"queue": {"length": 50, "wait_millis": 10000}, "hedge_after_millis": 800, "rule": {"task_types": [], "min_input_tokens": 8000, "max_input_tokens": 100000, "images": false, "tools": true, "stream": true, "tags": []}}';

-- @down
comment on column ai_service_configs.configuration is 'What the feature that reads it wants; the gateway passes over it';
comment on column ai_service_configs.routing_strategy is null;
comment on column ai_service_configs.max_concurrency is null;
alter table ai_providers drop column max_concurrency;
drop table ai_provider_keys;
-- @end
