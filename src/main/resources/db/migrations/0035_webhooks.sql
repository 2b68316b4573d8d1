-- Where consumers of events stand, and what webhooks need to keep their order, and an old secret for a while.
-- @up

alter table event_cursors add column at timestamptz;
comment on column event_cursors.sequence is 'Of the last event that it heard; those before it were heard too';
comment on column event_cursors.at is 'When that event was written; null: it has heard none';

alter table webhook_endpoints add column sealed_previous varchar;
alter table webhook_endpoints add column previous_until timestamptz;
alter table webhook_endpoints add column failing_since timestamptz;
comment on column webhook_endpoints.sealed_previous is 'The secret before the last rotation, sealed with the master key [secret]';
comment on column webhook_endpoints.previous_until is 'Until then messages bear its signature too';
comment on column webhook_endpoints.failing_since is 'The first failed try since the last that succeeded [server]';

alter table webhook_deliveries add column subject_table varchar;
alter table webhook_deliveries add column subject_id uuid;
alter table webhook_deliveries add column sequence bigint not null default 0;
comment on column webhook_deliveries.next_at is 'When it is tried; while a try is under way: when it is taken for lost; null: it waits for an earlier one of its subject, or is over';
comment on column webhook_deliveries.subject_id is 'The row that the event happened to: its events arrive one after another';
comment on column webhook_deliveries.sequence is 'Of the event, by which those of a subject are ordered';
create index webhook_deliveries_due_idx on webhook_deliveries (endpoint_id, next_at) where status = 'PENDING';
create index webhook_deliveries_subject_idx on webhook_deliveries (endpoint_id, subject_id, sequence) where status = 'PENDING';

-- @down
comment on column event_cursors.sequence is null;
comment on column webhook_deliveries.next_at is 'When it is tried again';
drop index webhook_deliveries_subject_idx;
drop index webhook_deliveries_due_idx;
alter table webhook_deliveries drop column sequence;
alter table webhook_deliveries drop column subject_id;
alter table webhook_deliveries drop column subject_table;
alter table webhook_endpoints drop column failing_since;
alter table webhook_endpoints drop column previous_until;
alter table webhook_endpoints drop column sealed_previous;
alter table event_cursors drop column at;
-- @end
