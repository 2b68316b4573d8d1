-- Calendars after RFC 5545, and finding times that suit.
-- @up

create table calendars (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  owner_id uuid,
  kind varchar not null default 'PERSONAL',
  color varchar not null default '#3366cc',
  timezone varchar not null default 'UTC',
  visibility varchar not null default 'TENANT',
  feed_token_hash varchar,
  is_default boolean not null default false,
  sync_token bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint calendars_tenant_id_id_key unique (tenant_id, id),
  constraint calendars_owner_fkey foreign key (tenant_id, owner_id) references users (tenant_id, id) on delete restrict,
  constraint calendars_kind_check check (kind in ('PERSONAL', 'TEAM', 'RESOURCE', 'HOLIDAYS')),
  constraint calendars_visibility_check check (visibility in ('PRIVATE', 'BUSY_ONLY', 'TENANT', 'PUBLIC'))
);
create unique index calendars_name_key on calendars (tenant_id, owner_id, name) where owner_id is not null and deleted_at is null;
create unique index calendars_common_name_key on calendars (tenant_id, name) where owner_id is null and deleted_at is null;
create unique index calendars_default_key on calendars (tenant_id, owner_id) where is_default and deleted_at is null;
create index calendars_owner_idx on calendars (tenant_id, owner_id, id);
comment on table calendars is 'A calendar of a person, a team or a room [calendar]';
comment on column calendars.timezone is 'IANA name';
comment on column calendars.feed_token_hash is 'SHA-256 of the token by which the iCalendar feed is read, hexadecimal [secret]';
comment on column calendars.sync_token is 'Rises with every change of an event [server]';

create table resources (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  kind varchar not null default 'ROOM',
  calendar_id uuid,
  capacity integer,
  location varchar,
  features jsonb not null default '[]',
  timezone varchar not null default 'UTC',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint resources_tenant_id_id_key unique (tenant_id, id),
  constraint resources_calendar_fkey foreign key (tenant_id, calendar_id) references calendars (tenant_id, id) on delete restrict,
  constraint resources_kind_check check (kind in ('ROOM', 'EQUIPMENT', 'VEHICLE', 'PERSON', 'OTHER')),
  constraint resources_capacity_check check (capacity is null or capacity >= 1)
);
create unique index resources_name_key on resources (tenant_id, name) where deleted_at is null;
create index resources_calendar_idx on resources (tenant_id, calendar_id, id);
comment on table resources is 'Something that can be booked: a room, a car, a projector [calendar]';
comment on column resources.calendar_id is 'Where its bookings are';
comment on column resources.features is '["screen", "whiteboard"]';
comment on column resources.timezone is 'IANA name';

create table calendar_events (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  calendar_id uuid not null,
  uid varchar not null,
  title varchar not null,
  description varchar,
  location varchar,
  url varchar,
  organizer_id uuid,
  resource_id uuid,
  dtstart timestamptz not null,
  dtend timestamptz not null,
  timezone varchar not null default 'UTC',
  is_all_day boolean not null default false,
  rrule varchar,
  rdates jsonb not null default '[]',
  exdates jsonb not null default '[]',
  recurrence_ends_at timestamptz,
  status varchar not null default 'CONFIRMED',
  visibility varchar not null default 'DEFAULT',
  transparency varchar not null default 'OPAQUE',
  priority integer not null default 0,
  categories jsonb not null default '[]',
  sequence integer not null default 0,
  conference jsonb not null default '{}',
  ai_fields jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint calendar_events_tenant_id_id_key unique (tenant_id, id),
  constraint calendar_events_calendar_fkey foreign key (tenant_id, calendar_id) references calendars (tenant_id, id) on delete cascade,
  constraint calendar_events_organizer_fkey foreign key (tenant_id, organizer_id) references users (tenant_id, id) on delete restrict,
  constraint calendar_events_resource_fkey foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete restrict,
  constraint calendar_events_status_check check (status in ('TENTATIVE', 'CONFIRMED', 'CANCELLED')),
  constraint calendar_events_visibility_check check (visibility in ('DEFAULT', 'PUBLIC', 'PRIVATE', 'CONFIDENTIAL')),
  constraint calendar_events_transparency_check check (transparency in ('OPAQUE', 'TRANSPARENT')),
  constraint calendar_events_priority_check check (priority >= 0 and priority <= 9),
  constraint calendar_events_sequence_check check (sequence >= 0),
  constraint calendar_events_times_check check (dtstart <= dtend)
);
create unique index calendar_events_uid_key on calendar_events (tenant_id, calendar_id, uid) where deleted_at is null;
create index calendar_events_start_idx on calendar_events (tenant_id, calendar_id, dtstart);
create index calendar_events_time_idx on calendar_events (tenant_id, dtstart, dtend);
create index calendar_events_organizer_idx on calendar_events (tenant_id, organizer_id, id);
create index calendar_events_resource_idx on calendar_events (tenant_id, resource_id, id);
comment on table calendar_events is 'An event, or the first of a series [calendar]';
comment on column calendar_events.uid is 'RFC 5545''s UID: the same in every copy of the event';
comment on column calendar_events.timezone is 'IANA name, in which the recurrence is counted';
comment on column calendar_events.is_all_day is 'Then dtstart and dtend are midnights of the timezone, dtend the first day after';
comment on column calendar_events.rrule is 'RFC 5545''s recurrence rule: FREQ=WEEKLY;BYDAY=MO; null: once';
comment on column calendar_events.rdates is 'Further starts';
comment on column calendar_events.exdates is 'Starts that are left out';
comment on column calendar_events.recurrence_ends_at is 'The last end of the series, computed from rrule; null: without end, or once [server]';
comment on column calendar_events.transparency is 'TRANSPARENT does not make one busy';
comment on column calendar_events.priority is 'RFC 5545: 1 highest, 9 lowest, 0 undefined';
comment on column calendar_events.sequence is 'RFC 5545''s revision, raised when times change';
comment on column calendar_events.conference is '{"url": "https://…", "phone": "…"}';
comment on column calendar_events.ai_fields is 'What a model suggested: agenda, summary, preparation';

create table event_overrides (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  event_id uuid not null,
  recurrence_id timestamptz not null,
  is_cancelled boolean not null default false,
  title varchar,
  description varchar,
  location varchar,
  dtstart timestamptz,
  dtend timestamptz,
  status varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint event_overrides_event_fkey foreign key (tenant_id, event_id) references calendar_events (tenant_id, id) on delete cascade,
  constraint event_overrides_occurrence_key unique (tenant_id, event_id, recurrence_id),
  constraint event_overrides_status_check check (status in ('TENTATIVE', 'CONFIRMED', 'CANCELLED')),
  constraint event_overrides_times_check check (dtstart is null or dtend is null or dtstart <= dtend)
);
create index event_overrides_tenant_idx on event_overrides (tenant_id, id);
comment on table event_overrides is 'One occurrence of a series that is otherwise [calendar]';
comment on column event_overrides.recurrence_id is 'The start that the occurrence would have had';

create table event_attendees (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  event_id uuid not null,
  user_id uuid,
  email varchar,
  email_key varchar,
  display_name varchar,
  resource_id uuid,
  role varchar not null default 'REQUIRED',
  response varchar not null default 'NEEDS_ACTION',
  responded_at timestamptz,
  comment varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint event_attendees_event_fkey foreign key (tenant_id, event_id) references calendar_events (tenant_id, id) on delete cascade,
  constraint event_attendees_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint event_attendees_resource_fkey foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete restrict,
  constraint event_attendees_user_key unique (tenant_id, event_id, user_id),
  constraint event_attendees_email_key unique (tenant_id, event_id, email_key),
  constraint event_attendees_role_check check (role in ('CHAIR', 'REQUIRED', 'OPTIONAL', 'NON_PARTICIPANT')),
  constraint event_attendees_response_check check (response in ('NEEDS_ACTION', 'ACCEPTED', 'DECLINED', 'TENTATIVE', 'DELEGATED')),
  constraint event_attendees_somebody_check check (user_id is not null or email is not null or resource_id is not null)
);
create index event_attendees_tenant_idx on event_attendees (tenant_id, id);
create index event_attendees_user_idx on event_attendees (tenant_id, user_id, id);
create index event_attendees_resource_idx on event_attendees (tenant_id, resource_id, id);
comment on table event_attendees is 'Who is invited, and what they answered [calendar]';
comment on column event_attendees.user_id is 'Null: somebody outside';
comment on column event_attendees.email_key is 'The address in lower case: what uniqueness is judged by [server]';

create table event_reminders (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  event_id uuid not null,
  user_id uuid,
  minutes_before integer not null default 15,
  channel varchar not null default 'IN_APP',
  next_at timestamptz,
  last_sent_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint event_reminders_event_fkey foreign key (tenant_id, event_id) references calendar_events (tenant_id, id) on delete cascade,
  constraint event_reminders_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint event_reminders_minutes_before_check check (minutes_before >= 0),
  constraint event_reminders_channel_check check (channel in ('IN_APP', 'EMAIL', 'PUSH', 'SMS', 'WEBHOOK'))
);
create index event_reminders_tenant_idx on event_reminders (tenant_id, id);
create unique index event_reminders_reminder_key on event_reminders (tenant_id, event_id, user_id, minutes_before, channel) where user_id is not null;
create unique index event_reminders_everyone_key on event_reminders (tenant_id, event_id, minutes_before, channel) where user_id is null;
create index event_reminders_due_idx on event_reminders (next_at) where next_at is not null;
create index event_reminders_event_idx on event_reminders (tenant_id, event_id, id);
create index event_reminders_user_idx on event_reminders (tenant_id, user_id, id);
comment on table event_reminders is 'When somebody is reminded of an event [calendar]';
comment on column event_reminders.user_id is 'Null: every attendee';
comment on column event_reminders.next_at is 'When it is due next [server]';
comment on column event_reminders.last_sent_at is '[server]';

create table availability_rules (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid,
  resource_id uuid,
  weekday integer not null,
  starts_minute integer not null,
  ends_minute integer not null,
  timezone varchar not null default 'UTC',
  valid_from timestamptz,
  valid_until timestamptz,
  kind varchar not null default 'AVAILABLE',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint availability_rules_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint availability_rules_resource_fkey foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete cascade,
  constraint availability_rules_weekday_check check (weekday >= 1 and weekday <= 7),
  constraint availability_rules_starts_minute_check check (starts_minute >= 0 and starts_minute <= 1440),
  constraint availability_rules_ends_minute_check check (ends_minute >= 0 and ends_minute <= 1440),
  constraint availability_rules_kind_check check (kind in ('AVAILABLE', 'PREFERRED', 'UNAVAILABLE')),
  constraint availability_rules_subject_check check ((user_id is null) <> (resource_id is null)),
  constraint availability_rules_minutes_check check (starts_minute < ends_minute),
  constraint availability_rules_valid_check check (valid_from is null or valid_until is null or valid_from < valid_until)
);
create index availability_rules_tenant_idx on availability_rules (tenant_id, id);
create index availability_rules_user_idx on availability_rules (tenant_id, user_id, id);
create index availability_rules_resource_idx on availability_rules (tenant_id, resource_id, id);
comment on table availability_rules is 'When somebody or something can be booked, by weekday [calendar]';
comment on column availability_rules.weekday is 'ISO 8601: 1 is Monday';
comment on column availability_rules.starts_minute is 'Minutes after midnight';
comment on column availability_rules.timezone is 'IANA name';

create table scheduling_requests (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  title varchar not null,
  organizer_id uuid not null,
  calendar_id uuid,
  duration_minutes integer not null,
  earliest_at timestamptz not null,
  latest_at timestamptz not null,
  attendees jsonb not null,
  resources jsonb not null default '[]',
  constraints jsonb not null default '{}',
  status varchar not null default 'OPEN',
  proposals jsonb not null default '[]',
  event_id uuid,
  solved_at timestamptz,
  took_millis bigint,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint scheduling_requests_tenant_id_id_key unique (tenant_id, id),
  constraint scheduling_requests_organizer_fkey foreign key (tenant_id, organizer_id) references users (tenant_id, id) on delete restrict,
  constraint scheduling_requests_calendar_fkey foreign key (tenant_id, calendar_id) references calendars (tenant_id, id) on delete restrict,
  constraint scheduling_requests_event_fkey foreign key (tenant_id, event_id) references calendar_events (tenant_id, id) on delete restrict,
  constraint scheduling_requests_duration_minutes_check check (duration_minutes >= 1),
  constraint scheduling_requests_status_check check (status in ('OPEN', 'SOLVING', 'PROPOSED', 'BOOKED', 'IMPOSSIBLE', 'CANCELLED')),
  constraint scheduling_requests_took_millis_check check (took_millis is null or took_millis >= 0),
  constraint scheduling_requests_window_check check (earliest_at < latest_at)
);
create index scheduling_requests_status_idx on scheduling_requests (tenant_id, status, id);
create index scheduling_requests_organizer_idx on scheduling_requests (tenant_id, organizer_id, id);
create index scheduling_requests_calendar_idx on scheduling_requests (tenant_id, calendar_id, id);
create index scheduling_requests_event_idx on scheduling_requests (tenant_id, event_id, id);
comment on table scheduling_requests is 'A wish for a time that suits several, and the times that were found [calendar]';
comment on column scheduling_requests.attendees is '[{"user_id": "…", "required": true}]';
comment on column scheduling_requests.resources is 'Kinds or ids that are needed';
comment on column scheduling_requests.constraints is '{"avoid_lunch": true, "buffer_minutes": 10}';
comment on column scheduling_requests.proposals is 'Best first: [{"start": "…", "score": "0hard/-10soft", "why": ["…"]}] [server]';
comment on column scheduling_requests.event_id is 'What was booked';
comment on column scheduling_requests.solved_at is '[server]';
comment on column scheduling_requests.took_millis is '[server]';

create table schedule_conflicts (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  event_id uuid not null,
  other_event_id uuid not null,
  user_id uuid,
  resource_id uuid,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  severity varchar not null default 'HARD',
  suggestions jsonb not null default '[]',
  status varchar not null default 'OPEN',
  resolved_by uuid,
  resolved_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint schedule_conflicts_event_fkey foreign key (tenant_id, event_id) references calendar_events (tenant_id, id) on delete cascade,
  constraint schedule_conflicts_other_event_fkey foreign key (tenant_id, other_event_id) references calendar_events (tenant_id, id) on delete cascade,
  constraint schedule_conflicts_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint schedule_conflicts_resource_fkey foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete restrict,
  constraint schedule_conflicts_resolved_by_fkey foreign key (tenant_id, resolved_by) references users (tenant_id, id) on delete restrict,
  constraint schedule_conflicts_pair_key unique (tenant_id, event_id, other_event_id, starts_at),
  constraint schedule_conflicts_severity_check check (severity in ('SOFT', 'HARD')),
  constraint schedule_conflicts_status_check check (status in ('OPEN', 'RESOLVED', 'IGNORED')),
  constraint schedule_conflicts_times_check check (starts_at < ends_at),
  constraint schedule_conflicts_not_itself_check check (event_id <> other_event_id)
);
create index schedule_conflicts_tenant_idx on schedule_conflicts (tenant_id, id);
create index schedule_conflicts_status_idx on schedule_conflicts (tenant_id, status, id);
create index schedule_conflicts_other_event_idx on schedule_conflicts (tenant_id, other_event_id, id);
create index schedule_conflicts_user_idx on schedule_conflicts (tenant_id, user_id, id);
create index schedule_conflicts_resource_idx on schedule_conflicts (tenant_id, resource_id, id);
create index schedule_conflicts_resolved_by_idx on schedule_conflicts (tenant_id, resolved_by, id);
comment on table schedule_conflicts is 'Two bookings that want the same person or thing at one time [calendar; readonly]';
comment on column schedule_conflicts.suggestions is 'Ways out, best first';

-- @down
drop table schedule_conflicts;
drop table scheduling_requests;
drop table availability_rules;
drop table event_reminders;
drop table event_attendees;
drop table event_overrides;
drop table calendar_events;
drop table resources;
drop table calendars;
-- @end
