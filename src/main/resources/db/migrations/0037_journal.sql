-- Serving while PostgreSQL is away: what of each budget a node may spend meanwhile, and how far its journal came home.
-- @up

create table journals (
  id uuid not null primary key,
  node_id uuid not null,
  node_name varchar not null,
  applied bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table journals is 'The journal of a data directory, written while PostgreSQL is away, and how far it has been replayed [system; hidden]';
comment on column journals.id is 'Made with the file: who has it may replay it';
comment on column journals.node_id is 'The run of the server that opened it last';
comment on column journals.applied is 'The last entry that was replayed, set in the transaction that replays it: each once, whatever is killed when';

alter table nodes add column journal_id uuid;
comment on column nodes.journal_id is 'Its journal: while it is silent it may be cut off, and serve; null: it keeps none';

alter table budget_periods add column sliced_nanos bigint not null default 0;
comment on column budget_periods.sliced_nanos is 'The sum of its slices: what nodes keep for an outage, and give back when a call needs it [server]';

create table budget_slices (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  budget_period_id uuid not null references budget_periods (id) on delete cascade,
  journal_id uuid not null,
  nanos bigint not null,
  recalled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint budget_slices_key unique (tenant_id, budget_period_id, journal_id),
  constraint budget_slices_nanos_check check (nanos >= 0)
);
create index budget_slices_period_idx on budget_slices (budget_period_id);
create index budget_slices_journal_idx on budget_slices (journal_id);
comment on table budget_slices is 'What one node may spend of a hard budget while PostgreSQL is away; nobody else spends it meanwhile [ledger; readonly]';
comment on column budget_slices.journal_id is 'Whose: the journal in which its spending is written; of one that is not known here nobody spends';
comment on column budget_slices.nanos is 'Not spent and not held by a call';
comment on column budget_slices.recalled_at is 'When another node wanted it for a call; its node gives it back, if it is there';

-- @down
drop table budget_slices;
alter table budget_periods drop column sliced_nanos;
alter table nodes drop column journal_id;
drop table journals;
-- @end
