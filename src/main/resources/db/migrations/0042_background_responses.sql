-- Responses that are answered in the background: what was asked, how far it is, and the events until then.
-- @up

create table response_runs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  api_key_id uuid,
  session_id uuid,
  conversation_id uuid,
  status varchar not null,
  is_stream boolean not null,
  ip varchar,
  request jsonb not null,
  headers jsonb not null,
  response jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null,
  constraint response_runs_tenant_key unique (tenant_id, id),
  constraint response_runs_status_check check (status in ('QUEUED', 'IN_PROGRESS', 'COMPLETED', 'INCOMPLETE', 'FAILED', 'CANCELLED'))
);
create index response_runs_expiry_idx on response_runs (expires_at);
comment on table response_runs is 'A response that is answered by a job, behind the request that asked for it; one that has come to its end is kept as a turn of its conversation [gateway; hidden]';
comment on column response_runs.id is 'The response''s name';
comment on column response_runs.api_key_id is 'By which it was asked for, and is paid; null: by session';
comment on column response_runs.conversation_id is 'Named by x-conversation-id; null: it begins one, or its request names what it follows';
comment on column response_runs.is_stream is 'Whether its events are kept';
comment on column response_runs.request is 'As it is asked, items in place of their names; {} when it has ended';
comment on column response_runs.headers is 'What was sent beside it: x-task-type and the like';
comment on column response_runs.response is 'As clients see it now';

create table response_run_events (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  run_id uuid not null,
  first_number bigint not null,
  last_number bigint not null,
  events varchar not null,
  created_at timestamptz not null,
  constraint response_run_events_key unique (tenant_id, run_id, first_number),
  constraint response_run_events_run_fkey foreign key (tenant_id, run_id) references response_runs (tenant_id, id) on delete cascade,
  constraint response_run_events_numbers_check check (first_number >= 0 and last_number >= first_number)
);
comment on table response_run_events is 'Events of a response that is answered in the background, as they came, for whoever looks on later [gateway; hidden]';
comment on column response_run_events.first_number is 'The sequence_number of its first event';
comment on column response_run_events.events is 'Server-sent events, as they are sent';

-- @down
drop table response_run_events;
drop table response_runs;
-- @end
