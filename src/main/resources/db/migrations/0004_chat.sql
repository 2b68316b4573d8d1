-- Conversations and their messages.
-- @up

create table conversations (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  title varchar,
  service_config_id uuid,
  agent_id uuid,
  system_prompt varchar,
  temperature double precision,
  status varchar not null default 'ACTIVE',
  is_pinned boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint conversations_tenant_id_id_key unique (tenant_id, id),
  constraint conversations_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint conversations_service_config_fkey foreign key (tenant_id, service_config_id) references ai_service_configs (tenant_id, id) on delete restrict,
  constraint conversations_agent_fkey foreign key (tenant_id, agent_id) references agents (tenant_id, id) on delete restrict,
  constraint conversations_status_check check (status in ('ACTIVE', 'ARCHIVED', 'CLOSED')),
  constraint conversations_temperature_check check (temperature is null or (temperature >= 0 and temperature <= 2))
);
create index conversations_user_idx on conversations (tenant_id, user_id, id);
create index conversations_service_config_idx on conversations (tenant_id, service_config_id);
create index conversations_agent_idx on conversations (tenant_id, agent_id);
comment on table conversations is 'A chat; what it cost is summed over its messages and ledger lines, not stored here [chat]';
comment on column conversations.title is 'Null until somebody, or a model, names it';

create table messages (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  conversation_id uuid not null,
  sequence bigint not null,
  role varchar not null,
  content jsonb not null,
  request_id uuid,
  input_tokens bigint,
  output_tokens bigint,
  cost_nanos bigint,
  parent_id uuid references messages (id) on delete cascade,
  edited_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint messages_sequence_key unique (tenant_id, conversation_id, sequence),
  constraint messages_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
  constraint messages_role_check check (role in ('SYSTEM', 'USER', 'ASSISTANT', 'TOOL', 'DEVELOPER')),
  constraint messages_counts_check check ((input_tokens is null or input_tokens >= 0) and (output_tokens is null or output_tokens >= 0)
    and (cost_nanos is null or cost_nanos >= 0))
);
create index messages_parent_idx on messages (parent_id);
comment on table messages is 'One turn of a conversation [chat]';
comment on column messages.content is 'Parts as OpenAI writes them: [{"type": "text", "text": "…"}]';
comment on column messages.request_id is 'The ledger line that made it (a partitioned table: no foreign key)';
comment on column messages.parent_id is 'The message it answers; two with one parent are branches';
comment on column messages.sequence is 'From 1 within the conversation';
comment on column messages.edited_at is 'When its content was last changed';

-- @down
drop table messages;
drop table conversations;
-- @end
