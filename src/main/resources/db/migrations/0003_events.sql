-- The transactional outbox: what happened, written with what made it happen, read by those who listen.
-- @up

create table events (
  id uuid not null primary key,
  tenant_id uuid not null,
  type varchar not null,
  subject_table varchar not null,
  subject_id uuid not null,
  data jsonb not null default '{}',
  sequence bigint,
  at timestamptz not null
)
--@postgres partition by range (id)
--@sqlite without rowid
;
create index events_sequence_idx on events (sequence);
create index events_tenant_idx on events (tenant_id, id);
comment on table events is 'Outbox; append-only. On PostgreSQL readers stay below the oldest running transaction, or they would skip rows [events; append; readonly]';
comment on column events.type is 'What happened: ai_request.finished, budget.threshold';
comment on column events.sequence is 'Order of writing';

create table event_cursors (
  consumer varchar not null primary key,
  sequence bigint not null default 0,
  updated_at timestamptz not null
);
comment on table event_cursors is 'How far each listener has read [events; hidden]';

-- @down
drop table event_cursors;
drop table events;
-- @end
