-- Boards of cards, what is done with them by hand and by rule.
-- @up

create table boards (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  owner_id uuid,
  visibility varchar not null default 'TENANT',
  card_prefix varchar not null default 'CARD',
  background varchar,
  settings jsonb not null default '{}',
  is_archived boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint boards_tenant_id_id_key unique (tenant_id, id),
  constraint boards_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint boards_visibility_check check (visibility in ('PRIVATE', 'TEAM', 'TENANT'))
);
create unique index boards_name_key on boards (tenant_id, name) where deleted_at is null;
create index boards_owner_idx on boards (tenant_id, owner_id, id);
comment on table boards is 'A board of columns and cards [boards]';
comment on column boards.card_prefix is 'What card numbers begin with: CARD-17';
comment on column boards.background is 'A colour or an image''s address';

create table board_columns (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  board_id uuid not null,
  name varchar not null,
  position double precision not null,
  wip_limit integer,
  color varchar,
  is_done boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint board_columns_tenant_id_id_key unique (tenant_id, id),
  constraint board_columns_board_fkey foreign key (tenant_id, board_id) references boards (tenant_id, id) on delete cascade,
  constraint board_columns_wip_limit_check check (wip_limit is null or wip_limit >= 1)
);
create index board_columns_position_idx on board_columns (tenant_id, board_id, position);
create unique index board_columns_name_key on board_columns (tenant_id, board_id, name) where deleted_at is null;
comment on table board_columns is 'A column of a board [boards]';
comment on column board_columns.position is 'Order; a column put between two others gets a number between theirs';
comment on column board_columns.wip_limit is 'Most cards at once; null: no bound. The service refuses more';
comment on column board_columns.is_done is 'Cards that come here are done';

create table card_labels (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  board_id uuid not null,
  name varchar not null,
  color varchar not null default '#888888',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint card_labels_tenant_id_id_key unique (tenant_id, id),
  constraint card_labels_board_fkey foreign key (tenant_id, board_id) references boards (tenant_id, id) on delete cascade,
  constraint card_labels_name_key unique (tenant_id, board_id, name)
);
comment on table card_labels is 'A label of a board [boards]';

create table cards (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  board_id uuid not null,
  column_id uuid not null,
  number bigint not null,
  title varchar not null,
  description varchar,
  position double precision not null,
  assignee_id uuid,
  reporter_id uuid,
  priority varchar not null default 'MEDIUM',
  complexity varchar not null default 'MEDIUM',
  start_at timestamptz,
  due_at timestamptz,
  estimate_minutes integer,
  spent_minutes integer not null default 0,
  story_points double precision,
  progress_percent integer not null default 0,
  parent_id uuid,
  labels jsonb not null default '[]',
  watchers jsonb not null default '[]',
  custom_fields jsonb not null default '{}',
  ai_fields jsonb not null default '{}',
  cover_file_id uuid,
  blocked_reason varchar,
  completed_at timestamptz,
  moved_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint cards_tenant_id_id_key unique (tenant_id, id),
  constraint cards_board_fkey foreign key (tenant_id, board_id) references boards (tenant_id, id) on delete cascade,
  constraint cards_column_fkey foreign key (tenant_id, column_id) references board_columns (tenant_id, id) on delete restrict,
  constraint cards_assignee_fkey foreign key (tenant_id, assignee_id) references users (tenant_id, id) on delete restrict,
  constraint cards_reporter_fkey foreign key (tenant_id, reporter_id) references users (tenant_id, id) on delete restrict,
  constraint cards_parent_fkey foreign key (tenant_id, parent_id) references cards (tenant_id, id) on delete cascade,
  constraint cards_cover_file_fkey foreign key (tenant_id, cover_file_id) references files (tenant_id, id) on delete restrict,
  constraint cards_number_check check (number >= 1),
  constraint cards_priority_check check (priority in ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
  constraint cards_complexity_check check (complexity in ('TRIVIAL', 'LOW', 'MEDIUM', 'HIGH', 'EPIC')),
  constraint cards_estimate_minutes_check check (estimate_minutes is null or estimate_minutes >= 0),
  constraint cards_spent_minutes_check check (spent_minutes >= 0),
  constraint cards_story_points_check check (story_points is null or story_points >= 0),
  constraint cards_progress_percent_check check (progress_percent >= 0 and progress_percent <= 100),
  constraint cards_dates_check check (start_at is null or due_at is null or start_at <= due_at)
);
create unique index cards_number_key on cards (tenant_id, board_id, number) where deleted_at is null;
create index cards_column_idx on cards (tenant_id, column_id, position);
create index cards_assignee_idx on cards (tenant_id, assignee_id, due_at);
create index cards_due_idx on cards (tenant_id, due_at) where due_at is not null and completed_at is null and deleted_at is null;
create index cards_board_idx on cards (tenant_id, board_id, id);
create index cards_reporter_idx on cards (tenant_id, reporter_id, id);
create index cards_parent_idx on cards (tenant_id, parent_id, id);
create index cards_cover_file_idx on cards (tenant_id, cover_file_id, id);
comment on table cards is 'A piece of work on a board [boards]';
comment on column cards.number is 'Counted by board, shown behind its prefix';
comment on column cards.description is 'Markdown';
comment on column cards.position is 'Order in its column';
comment on column cards.parent_id is 'The card of which this is a part; no rings is the service''s rule';
comment on column cards.labels is 'Names of the board''s labels';
comment on column cards.watchers is 'Ids of users who are told of changes';
comment on column cards.ai_fields is 'What a model suggested: {"summary": "…", "suggested_priority": "HIGH", "risk": 0.3}';
comment on column cards.blocked_reason is 'Null: not blocked';
comment on column cards.moved_at is 'When it came into its column';

create table card_dependencies (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  card_id uuid not null,
  depends_on_id uuid not null,
  kind varchar not null default 'BLOCKS',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint card_dependencies_card_fkey foreign key (tenant_id, card_id) references cards (tenant_id, id) on delete cascade,
  constraint card_dependencies_depends_on_fkey foreign key (tenant_id, depends_on_id) references cards (tenant_id, id) on delete cascade,
  constraint card_dependencies_pair_key unique (tenant_id, card_id, depends_on_id),
  constraint card_dependencies_kind_check check (kind in ('BLOCKS', 'RELATES', 'DUPLICATES')),
  constraint card_dependencies_not_itself_check check (card_id <> depends_on_id)
);
create index card_dependencies_tenant_idx on card_dependencies (tenant_id, id);
create index card_dependencies_depends_on_idx on card_dependencies (tenant_id, depends_on_id, id);
comment on table card_dependencies is 'Which card waits for which; that there is no ring is the service''s rule [boards]';
comment on column card_dependencies.card_id is 'The one that waits';
comment on column card_dependencies.depends_on_id is 'The one that goes first';

create table card_comments (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  card_id uuid not null,
  user_id uuid not null,
  body varchar not null,
  parent_id uuid,
  mentions jsonb not null default '[]',
  edited_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint card_comments_tenant_id_id_key unique (tenant_id, id),
  constraint card_comments_card_fkey foreign key (tenant_id, card_id) references cards (tenant_id, id) on delete cascade,
  constraint card_comments_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint card_comments_parent_fkey foreign key (tenant_id, parent_id) references card_comments (tenant_id, id) on delete cascade
);
create index card_comments_card_idx on card_comments (tenant_id, card_id, id);
create index card_comments_user_idx on card_comments (tenant_id, user_id, id);
create index card_comments_parent_idx on card_comments (tenant_id, parent_id, id);
comment on table card_comments is 'What somebody said about a card [boards]';
comment on column card_comments.body is 'Markdown';
comment on column card_comments.parent_id is 'The comment that it answers';
comment on column card_comments.mentions is 'Ids of users who are named';

create table card_checklists (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  card_id uuid not null,
  list_name varchar not null default 'To do',
  title varchar not null,
  position double precision not null,
  is_done boolean not null default false,
  done_by uuid,
  done_at timestamptz,
  assignee_id uuid,
  due_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint card_checklists_card_fkey foreign key (tenant_id, card_id) references cards (tenant_id, id) on delete cascade,
  constraint card_checklists_done_by_fkey foreign key (tenant_id, done_by) references users (tenant_id, id) on delete restrict,
  constraint card_checklists_assignee_fkey foreign key (tenant_id, assignee_id) references users (tenant_id, id) on delete restrict,
  constraint card_checklists_done_check check (is_done = (done_at is not null))
);
create index card_checklists_tenant_idx on card_checklists (tenant_id, id);
create index card_checklists_position_idx on card_checklists (tenant_id, card_id, list_name, position);
create index card_checklists_done_by_idx on card_checklists (tenant_id, done_by, id);
create index card_checklists_assignee_idx on card_checklists (tenant_id, assignee_id, id);
comment on table card_checklists is 'One item to tick off, in a named list of a card [boards]';

create table card_activities (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  card_id uuid not null,
  user_id uuid,
  kind varchar not null,
  from_column_id uuid,
  to_column_id uuid,
  changes jsonb not null default '{}',
  created_at timestamptz not null,
  constraint card_activities_card_fkey foreign key (tenant_id, card_id) references cards (tenant_id, id) on delete restrict,
  constraint card_activities_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint card_activities_kind_check check (kind in ('CREATED', 'MOVED', 'ASSIGNED', 'UPDATED', 'COMMENTED', 'LABELED', 'CHECKED', 'LINKED', 'COMPLETED', 'REOPENED', 'ARCHIVED', 'DELETED', 'AUTOMATED'))
);
create index card_activities_tenant_idx on card_activities (tenant_id, id);
create index card_activities_card_idx on card_activities (tenant_id, card_id, id);
create index card_activities_user_idx on card_activities (tenant_id, user_id, id);
comment on table card_activities is 'What happened to a card; append-only [boards; append; readonly]';
comment on column card_activities.user_id is 'Null: a rule did it';
comment on column card_activities.changes is '{"priority": ["LOW", "HIGH"]}';

create table board_automations (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  board_id uuid not null,
  name varchar not null,
  description varchar,
  trigger_kind varchar not null,
  trigger_config jsonb not null default '{}',
  conditions jsonb not null default '[]',
  actions jsonb not null default '[]',
  is_active boolean not null default true,
  position integer not null default 0,
  last_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint board_automations_tenant_id_id_key unique (tenant_id, id),
  constraint board_automations_board_fkey foreign key (tenant_id, board_id) references boards (tenant_id, id) on delete cascade,
  constraint board_automations_trigger_kind_check check (trigger_kind in ('CARD_CREATED', 'CARD_MOVED', 'CARD_ASSIGNED', 'DUE_SOON', 'OVERDUE', 'LABEL_ADDED', 'CHECKLIST_DONE', 'SCHEDULE'))
);
create unique index board_automations_name_key on board_automations (tenant_id, board_id, name) where deleted_at is null;
create index board_automations_trigger_idx on board_automations (tenant_id, board_id, trigger_kind);
comment on table board_automations is 'A rule of a board: when something happens and conditions hold, actions are done [boards]';
comment on column board_automations.trigger_config is '{"column": "Done"}; for SCHEDULE {"cron": "0 9 * * MON", "timezone": "Europe/Berlin"}';
comment on column board_automations.conditions is 'All must hold: [{"field": "priority", "op": "eq", "value": "HIGH"}]';
comment on column board_automations.actions is 'In order: [{"kind": "move", "column": "Doing"}, {"kind": "assign", "user": "…"}]';
comment on column board_automations.position is 'Order among rules of one trigger';
comment on column board_automations.last_run_at is '[server]';

create table automation_runs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  automation_id uuid not null,
  card_id uuid,
  event_id uuid,
  status varchar not null,
  actions_done jsonb not null default '[]',
  error varchar,
  took_micros bigint,
  created_at timestamptz not null,
  constraint automation_runs_automation_fkey foreign key (tenant_id, automation_id) references board_automations (tenant_id, id) on delete restrict,
  constraint automation_runs_card_fkey foreign key (tenant_id, card_id) references cards (tenant_id, id) on delete restrict,
  constraint automation_runs_event_key unique (tenant_id, automation_id, event_id),
  constraint automation_runs_status_check check (status in ('SUCCEEDED', 'SKIPPED', 'FAILED')),
  constraint automation_runs_took_micros_check check (took_micros is null or took_micros >= 0)
);
create index automation_runs_tenant_idx on automation_runs (tenant_id, id);
create index automation_runs_card_idx on automation_runs (tenant_id, card_id, id);
comment on table automation_runs is 'What came of a rule; append-only [boards; append; readonly]';
comment on column automation_runs.event_id is 'The event that began it: a rule runs once an event';

create table board_daily_stats (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  board_id uuid not null,
  day timestamptz not null,
  cards_open integer not null default 0,
  cards_done integer not null default 0,
  cards_created integer not null default 0,
  cards_completed integer not null default 0,
  cards_overdue integer not null default 0,
  points_completed double precision not null default 0,
  cycle_seconds_sum bigint not null default 0,
  lead_seconds_sum bigint not null default 0,
  by_column jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint board_daily_stats_board_fkey foreign key (tenant_id, board_id) references boards (tenant_id, id) on delete cascade,
  constraint board_daily_stats_day_key unique (tenant_id, board_id, day),
  constraint board_daily_stats_cards_open_check check (cards_open >= 0),
  constraint board_daily_stats_cards_done_check check (cards_done >= 0),
  constraint board_daily_stats_cards_created_check check (cards_created >= 0),
  constraint board_daily_stats_cards_completed_check check (cards_completed >= 0),
  constraint board_daily_stats_cards_overdue_check check (cards_overdue >= 0),
  constraint board_daily_stats_points_completed_check check (points_completed >= 0),
  constraint board_daily_stats_cycle_seconds_sum_check check (cycle_seconds_sum >= 0),
  constraint board_daily_stats_lead_seconds_sum_check check (lead_seconds_sum >= 0)
);
create index board_daily_stats_tenant_idx on board_daily_stats (tenant_id, id);
comment on table board_daily_stats is 'A board at the end of each day, in UTC; upserted [boards; readonly]';
comment on column board_daily_stats.day is 'The midnight at which the day begins';
comment on column board_daily_stats.cards_done is 'Of all days';
comment on column board_daily_stats.cards_created is 'On the day';
comment on column board_daily_stats.cards_completed is 'On the day';
comment on column board_daily_stats.cycle_seconds_sum is 'From start to done, summed over the day''s completed cards';
comment on column board_daily_stats.lead_seconds_sum is 'From made to done, the same';
comment on column board_daily_stats.by_column is '{"Doing": 3}';

create
--@postgres materialized
view board_throughput as
  select s.tenant_id, s.board_id, b.name as board_name, s.day, s.cards_created, s.cards_completed, s.points_completed, s.cards_open,
    case when s.cards_completed > 0 then s.cycle_seconds_sum / s.cards_completed end as cycle_seconds,
    case when s.cards_completed > 0 then s.lead_seconds_sum / s.cards_completed end as lead_seconds
  from board_daily_stats s join boards b on b.tenant_id = s.tenant_id and b.id = s.board_id
  where b.deleted_at is null;
comment on
--@postgres materialized
view board_throughput is 'What each board finished by day, and how long it took on average; refreshed by the server [boards; readonly; hidden]';

-- @down
drop
--@postgres materialized
view board_throughput;
drop table board_daily_stats;
drop table automation_runs;
drop table board_automations;
drop table card_activities;
drop table card_checklists;
drop table card_comments;
drop table card_dependencies;
drop table cards;
drop table card_labels;
drop table board_columns;
drop table boards;
-- @end
