-- What PostgreSQL says its own way: triggers and partitions.
-- @up

-- Catches what no month's partition was made for; the server makes those ahead.
create table events_default partition of events default;

create sequence events_sequence owned by events.sequence;
alter table events alter column sequence set default nextval('events_sequence');
alter table events add column xid xid8 not null default pg_current_xact_id();

create trigger events_append_only before update or delete on events for each row execute function refuse_change();

-- @down
-- @end
