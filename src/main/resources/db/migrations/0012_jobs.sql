-- Work that waits, what came of each try, what comes back on a schedule, and who works.
-- @up

create table job_workers (
  id uuid not null primary key,
  name varchar not null,
  queues jsonb not null default '{}',
  running integer not null default 0,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  stopped_at timestamptz,
  constraint job_workers_running_check check (running >= 0)
);
create index job_workers_heartbeat_idx on job_workers (heartbeat_at);
comment on table job_workers is 'A node that runs jobs; one whose heartbeat is old is dead, and its jobs are run again [jobs; hidden]';
comment on column job_workers.name is 'Of the node: an earlier worker of the same name is dead';
comment on column job_workers.queues is 'From which it takes, and how many it runs of each: {"default": 64}';

create table job_schedules (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  cron varchar not null,
  timezone varchar not null default 'UTC',
  queue varchar not null default 'default',
  kind varchar not null,
  payload jsonb not null default '{}',
  priority integer not null default 5,
  misfire varchar not null default 'RUN_ONCE',
  is_active boolean not null default true,
  next_at timestamptz,
  last_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint job_schedules_tenant_id_id_key unique (tenant_id, id),
  constraint job_schedules_misfire_check check (misfire in ('SKIP', 'RUN_ONCE', 'RUN_ALL')),
  constraint job_schedules_priority_check check (priority >= 0 and priority <= 9)
);
create unique index job_schedules_name_key on job_schedules (tenant_id, name) where deleted_at is null;
create index job_schedules_next_idx on job_schedules (next_at) where is_active and deleted_at is null;
comment on table job_schedules is 'Makes a job again and again [jobs; readonly]';
comment on column job_schedules.cron is 'Five fields: minute, hour, day of month, month, day of week';
comment on column job_schedules.timezone is 'IANA name: whose clock the fields mean';
comment on column job_schedules.misfire is 'Times that were missed: SKIP forgets those over a minute old, RUN_ONCE makes one job for all, RUN_ALL one for each; but for RUN_ALL none is made while the last one is unfinished';
comment on column job_schedules.next_at is 'Null: not until it is active again [server]';
comment on column job_schedules.last_at is 'When it last made a job [server]';

create table job_queues (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  is_paused boolean not null default false,
  max_running integer,
  rate_per_minute integer,
  rate_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint job_queues_name_key unique (tenant_id, name),
  constraint job_queues_max_running_check check (max_running is null or max_running > 0),
  constraint job_queues_rate_per_minute_check check (rate_per_minute is null or rate_per_minute > 0)
);
comment on table job_queues is 'How much of a queue a tenant may use; without a row, as much as there is [jobs; readonly]';
comment on column job_queues.is_paused is 'Its jobs wait; those that run go on';
comment on column job_queues.max_running is 'At once, on all nodes; null: as many as the nodes run';
comment on column job_queues.rate_per_minute is 'Begun in a minute, on all nodes; null: any number';
comment on column job_queues.rate_at is 'Up to when the rate is used up [server]';

create table jobs (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid,
  schedule_id uuid,
  scheduled_for timestamptz,
  parent_id uuid,
  queue varchar not null default 'default',
  kind varchar not null,
  payload jsonb not null default '{}',
  priority integer not null default 5,
  state varchar not null default 'QUEUED',
  run_at timestamptz not null,
  attempts integer not null default 0,
  max_attempts integer not null default 5,
  unique_key varchar,
  timeout_millis bigint,
  progress_percent double precision,
  progress_note varchar,
  result jsonb,
  error varchar,
  worker_id uuid references job_workers (id) on delete set null,
  cancel_requested_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null default 1,
  constraint jobs_tenant_id_id_key unique (tenant_id, id),
  constraint jobs_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint jobs_schedule_fkey foreign key (tenant_id, schedule_id) references job_schedules (tenant_id, id) on delete restrict,
  constraint jobs_parent_fkey foreign key (tenant_id, parent_id) references jobs (tenant_id, id) on delete restrict,
  constraint jobs_state_check check (state in ('SCHEDULED', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  constraint jobs_priority_check check (priority >= 0 and priority <= 9),
  constraint jobs_attempts_check check (attempts >= 0 and max_attempts > 0),
  constraint jobs_timeout_check check (timeout_millis is null or timeout_millis > 0),
  constraint jobs_progress_check check (progress_percent is null or (progress_percent >= 0 and progress_percent <= 100)),
  constraint jobs_finished_check check ((state in ('SCHEDULED', 'QUEUED', 'RUNNING')) = (finished_at is null)),
  constraint jobs_parent_check check (parent_id is null or parent_id <> id)
);
-- A job is written three times in its life, and each time in the indexes that have it: most hold few rows.
create unique index jobs_unique_key on jobs (tenant_id, kind, unique_key) where unique_key is not null and finished_at is null;
create index jobs_due_idx on jobs (queue, tenant_id, priority, run_at) where state = 'QUEUED';
create index jobs_waiting_idx on jobs (run_at) where state = 'SCHEDULED';
create index jobs_worker_idx on jobs (worker_id) where worker_id is not null;
create index jobs_state_idx on jobs (tenant_id, state, id) where state <> 'SUCCEEDED';
create index jobs_user_idx on jobs (tenant_id, user_id, id) where user_id is not null;
create unique index jobs_schedule_key on jobs (tenant_id, schedule_id, scheduled_for) where schedule_id is not null;
create index jobs_parent_idx on jobs (tenant_id, parent_id) where parent_id is not null;
comment on table jobs is 'A piece of work that outlives the request that wanted it, and is tried again if it fails [jobs; readonly]';
comment on column jobs.scheduled_for is 'Which time of its schedule it stands for: of each there is one job';
comment on column jobs.parent_id is 'The job that made it';
comment on column jobs.kind is 'Which code runs it: document.extract, webhook.deliver';
comment on column jobs.payload is 'What that code is told';
comment on column jobs.priority is '0 goes first, 9 last, among the tenant''s own; tenants take turns';
comment on column jobs.state is 'SCHEDULED: not before run_at, also between two tries; QUEUED: as soon as a worker is free; FAILED: after the last try';
comment on column jobs.run_at is 'Not before';
comment on column jobs.attempts is 'Tries that were begun';
comment on column jobs.unique_key is 'Of those that are not finished one has it: making a second gives the first';
comment on column jobs.timeout_millis is 'Of one try';
comment on column jobs.error is 'Of the last try that failed';
comment on column jobs.worker_id is 'Who runs it; with attempts the token that an end of the try must show';
comment on column jobs.cancel_requested_at is 'Somebody wants it to stop while it runs: its thread is interrupted';

create table job_attempts (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  job_id uuid not null,
  attempt integer not null,
  worker varchar not null,
  outcome varchar not null,
  error varchar,
  stack varchar,
  retry_at timestamptz,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  created_at timestamptz not null,
  constraint job_attempts_job_fkey foreign key (tenant_id, job_id) references jobs (tenant_id, id) on delete restrict,
  constraint job_attempts_attempt_key unique (tenant_id, job_id, attempt),
  constraint job_attempts_outcome_check check (outcome in ('SUCCEEDED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'LOST')),
  constraint job_attempts_attempt_check check (attempt > 0)
);
comment on table job_attempts is 'What came of one try of a job, written when it ended; append-only [jobs; append; readonly]';
comment on column job_attempts.worker is 'Node and worker, by name';
comment on column job_attempts.outcome is 'LOST: its worker died';
comment on column job_attempts.retry_at is 'When it is tried again; null: it is not';

-- @down
drop table job_attempts;
drop table jobs;
drop table job_queues;
drop table job_schedules;
drop table job_workers;
-- @end
