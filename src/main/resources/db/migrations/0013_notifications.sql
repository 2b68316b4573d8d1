-- What people are told, how and whether it arrived; and what other systems are told.
-- @up

create table notification_templates (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  type varchar not null default 'INFO',
  channel varchar not null,
  language varchar not null default 'en',
  subject varchar,
  body varchar not null,
  variables jsonb not null default '[]',
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint notification_templates_tenant_id_id_key unique (tenant_id, id),
  constraint notification_templates_type_check check (type in ('INFO', 'SUCCESS', 'WARNING', 'ERROR', 'REMINDER', 'MENTION', 'ASSIGNMENT', 'DEADLINE', 'SYSTEM', 'AI_INSIGHT')),
  constraint notification_templates_channel_check check (channel in ('IN_APP', 'EMAIL', 'WEBHOOK', 'PUSH', 'SMS'))
);
create unique index notification_templates_name_key on notification_templates (tenant_id, name, channel, language) where deleted_at is null;
create index notification_templates_created_idx on notification_templates (tenant_id, created_at);
comment on table notification_templates is 'How a notification is worded on one channel and in one language; the tenant''s own goes before the platform''s [notify; shared]';
comment on column notification_templates.subject is 'EMAIL and PUSH: the title';
comment on column notification_templates.body is 'With names in double braces: {{user.name}}';
comment on column notification_templates.variables is 'The names that the body may use';

create table notification_experiments (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  hypothesis varchar,
  channel varchar not null,
  status varchar not null default 'DRAFT',
  variants jsonb not null default '[]',
  metric varchar not null default 'READ',
  traffic_percent double precision not null default 100,
  result jsonb not null default '{}',
  started_at timestamptz,
  finished_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint notification_experiments_tenant_id_id_key unique (tenant_id, id),
  constraint notification_experiments_channel_check check (channel in ('IN_APP', 'EMAIL', 'WEBHOOK', 'PUSH', 'SMS')),
  constraint notification_experiments_status_check check (status in ('DRAFT', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED')),
  constraint notification_experiments_metric_check check (metric in ('DELIVERED', 'READ', 'CLICKED')),
  constraint notification_experiments_traffic_check check (traffic_percent > 0 and traffic_percent <= 100)
);
create unique index notification_experiments_name_key on notification_experiments (tenant_id, name) where deleted_at is null;
create index notification_experiments_created_idx on notification_experiments (tenant_id, created_at);
comment on table notification_experiments is 'Which wording works better: variants of a notification, each shown to a part of the people [notify]';
comment on column notification_experiments.variants is 'Names, templates and weights: [{"name": "short", "template": "welcome-short", "weight": 1}]';
comment on column notification_experiments.metric is 'By what a variant wins';
comment on column notification_experiments.result is 'By variant: sent, reached, the winner and how sure [server]';

create table notifications (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  type varchar not null default 'INFO',
  channel varchar not null default 'IN_APP',
  priority varchar not null default 'NORMAL',
  title varchar not null,
  body varchar,
  action_url varchar,
  data jsonb not null default '{}',
  source_table varchar,
  source_id uuid,
  grouped_by varchar,
  ai_insight jsonb,
  template_id uuid references notification_templates (id) on delete restrict,
  experiment_id uuid,
  variant varchar,
  send_at timestamptz,
  sent_at timestamptz,
  read_at timestamptz,
  clicked_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint notifications_tenant_id_id_key unique (tenant_id, id),
  constraint notifications_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint notifications_experiment_fkey foreign key (tenant_id, experiment_id) references notification_experiments (tenant_id, id) on delete restrict,
  constraint notifications_type_check check (type in ('INFO', 'SUCCESS', 'WARNING', 'ERROR', 'REMINDER', 'MENTION', 'ASSIGNMENT', 'DEADLINE', 'SYSTEM', 'AI_INSIGHT')),
  constraint notifications_channel_check check (channel in ('IN_APP', 'EMAIL', 'WEBHOOK', 'PUSH', 'SMS')),
  constraint notifications_priority_check check (priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
  constraint notifications_variant_check check ((variant is null) = (experiment_id is null))
);
create index notifications_user_idx on notifications (tenant_id, user_id, created_at);
create index notifications_unread_idx on notifications (tenant_id, user_id, created_at) where read_at is null and deleted_at is null;
create index notifications_created_idx on notifications (tenant_id, created_at);
create index notifications_group_idx on notifications (tenant_id, user_id, grouped_by, created_at) where grouped_by is not null;
create index notifications_send_idx on notifications (send_at) where sent_at is null and deleted_at is null;
create index notifications_template_idx on notifications (template_id);
create index notifications_experiment_idx on notifications (tenant_id, experiment_id, variant);
comment on table notifications is 'Something that one person is told on one channel [notify]';
comment on column notifications.action_url is 'Where a click leads';
comment on column notifications.data is 'What the receiving program needs beside the words';
comment on column notifications.source_table is 'The table of what it is about; source_id is the row';
comment on column notifications.grouped_by is 'Those with the same key are shown as one';
comment on column notifications.ai_insight is 'What a model added: why it matters, what to do';
comment on column notifications.template_id is 'It may be the platform''s, so the reference is by id alone [server]';
comment on column notifications.send_at is 'Not before; null: at once';
comment on column notifications.sent_at is 'When the channel took it [server]';

create table notification_preferences (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  type varchar not null default 'ALL',
  is_enabled boolean not null default true,
  channels jsonb not null default '["IN_APP"]',
  minimum_priority varchar not null default 'LOW',
  quiet_from varchar,
  quiet_to varchar,
  timezone varchar not null default 'UTC',
  digest varchar not null default 'NONE',
  digest_at varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint notification_preferences_type_key unique (tenant_id, user_id, type),
  constraint notification_preferences_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint notification_preferences_type_check check (type in ('ALL', 'INFO', 'SUCCESS', 'WARNING', 'ERROR', 'REMINDER', 'MENTION', 'ASSIGNMENT', 'DEADLINE', 'SYSTEM', 'AI_INSIGHT')),
  constraint notification_preferences_minimum_priority_check check (minimum_priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
  constraint notification_preferences_digest_check check (digest in ('NONE', 'HOURLY', 'DAILY', 'WEEKLY')),
  constraint notification_preferences_quiet_check check ((quiet_from is null) = (quiet_to is null))
);
comment on table notification_preferences is 'How a person wants to be told, by type [notify]';
comment on column notification_preferences.type is 'ALL: what has no row of its own';
comment on column notification_preferences.channels is 'Of IN_APP, EMAIL, WEBHOOK, PUSH, SMS';
comment on column notification_preferences.quiet_from is 'From then to quiet_to only URGENT is sent, the rest waits: 22:00';
comment on column notification_preferences.digest is 'Gathered and sent as one';
comment on column notification_preferences.digest_at is 'When, by the person''s clock: 08:00';

create table notification_deliveries (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  notification_id uuid not null references notifications (id) on delete restrict,
  channel varchar not null,
  attempt integer not null,
  status varchar not null,
  recipient varchar,
  provider varchar,
  provider_id varchar,
  error varchar,
  took_millis bigint,
  created_at timestamptz not null,
  constraint notification_deliveries_attempt_key unique (tenant_id, notification_id, channel, attempt),
  constraint notification_deliveries_channel_check check (channel in ('IN_APP', 'EMAIL', 'WEBHOOK', 'PUSH', 'SMS')),
  constraint notification_deliveries_status_check check (status in ('DELIVERED', 'DEFERRED', 'BOUNCED', 'FAILED')),
  constraint notification_deliveries_attempt_check check (attempt > 0)
);
create index notification_deliveries_notification_idx on notification_deliveries (notification_id, id);
create index notification_deliveries_created_idx on notification_deliveries (tenant_id, created_at);
comment on table notification_deliveries is 'What came of one try to deliver; append-only [notify; append; readonly]';
comment on column notification_deliveries.recipient is 'The address, with its middle blacked out';
comment on column notification_deliveries.provider is 'Who carried it';
comment on column notification_deliveries.provider_id is 'The id by which the carrier knows it';

create table push_subscriptions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  user_id uuid not null,
  device_name varchar,
  user_agent varchar,
  endpoint_hash varchar not null,
  sealed_subscription varchar not null,
  failure_count integer not null default 0,
  last_used_at timestamptz,
  revoked_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint push_subscriptions_endpoint_key unique (tenant_id, endpoint_hash),
  constraint push_subscriptions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint push_subscriptions_failure_count_check check (failure_count >= 0)
);
create index push_subscriptions_user_idx on push_subscriptions (tenant_id, user_id, created_at);
comment on table push_subscriptions is 'A browser that takes push messages (RFC 8030) [notify; readonly]';
comment on column push_subscriptions.endpoint_hash is 'SHA-256 of the endpoint, hexadecimal: the same browser again is the same row [secret]';
comment on column push_subscriptions.sealed_subscription is 'Endpoint, p256dh and auth, sealed with the master key: who has them can send [secret]';
comment on column push_subscriptions.failure_count is 'In a row [server]';

create table webhook_endpoints (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  url varchar not null,
  events jsonb not null default '["*"]',
  sealed_secret varchar not null,
  headers jsonb not null default '{}',
  timeout_millis integer not null default 10000,
  max_attempts integer not null default 8,
  failure_count integer not null default 0,
  last_success_at timestamptz,
  disabled_at timestamptz,
  disabled_reason varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint webhook_endpoints_tenant_id_id_key unique (tenant_id, id),
  constraint webhook_endpoints_bounds_check check (timeout_millis > 0 and max_attempts > 0 and failure_count >= 0)
);
create unique index webhook_endpoints_name_key on webhook_endpoints (tenant_id, name) where deleted_at is null;
create index webhook_endpoints_created_idx on webhook_endpoints (tenant_id, created_at);
comment on table webhook_endpoints is 'An address that is told of events, as Standard Webhooks has it; addresses are judged before they are kept, so writes go through the behaviour [notify; readonly]';
comment on column webhook_endpoints.events is 'Types of events, * for a run of characters: ["budget.*", "document.processed"]';
comment on column webhook_endpoints.sealed_secret is 'The secret that signs messages, sealed with the master key [secret]';
comment on column webhook_endpoints.headers is 'Sent with every message';
comment on column webhook_endpoints.failure_count is 'Messages in a row that were given up [server]';
comment on column webhook_endpoints.disabled_at is 'Nothing is sent since; by a person, or after too many failures';

create table webhook_deliveries (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  endpoint_id uuid not null,
  event_id uuid not null,
  event_type varchar not null,
  payload jsonb not null default '{}',
  status varchar not null default 'PENDING',
  attempt integer not null default 0,
  response_status integer,
  response_body varchar,
  took_millis bigint,
  error varchar,
  next_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint webhook_deliveries_event_key unique (tenant_id, endpoint_id, event_id),
  constraint webhook_deliveries_endpoint_fkey foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade,
  constraint webhook_deliveries_status_check check (status in ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')),
  constraint webhook_deliveries_attempt_check check (attempt >= 0),
  constraint webhook_deliveries_delivered_check check ((status = 'DELIVERED') = (delivered_at is not null))
);
create index webhook_deliveries_created_idx on webhook_deliveries (tenant_id, created_at);
create index webhook_deliveries_endpoint_idx on webhook_deliveries (tenant_id, endpoint_id, created_at);
create index webhook_deliveries_next_idx on webhook_deliveries (next_at) where status = 'PENDING';
comment on table webhook_deliveries is 'An event on its way to an endpoint, with its last try [notify; readonly]';
comment on column webhook_deliveries.event_id is 'A row of events (a partitioned table: no foreign key)';
comment on column webhook_deliveries.status is 'FAILED: given up after the last try';
comment on column webhook_deliveries.attempt is 'Tries that were begun';
comment on column webhook_deliveries.response_body is 'Its first characters';
comment on column webhook_deliveries.next_at is 'When it is tried again';

-- @down
drop table webhook_deliveries;
drop table webhook_endpoints;
drop table push_subscriptions;
drop table notification_deliveries;
drop table notification_preferences;
drop table notifications;
drop table notification_experiments;
drop table notification_templates;
-- @end
