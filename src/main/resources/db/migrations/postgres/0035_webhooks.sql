-- What PostgreSQL says its own way: the order of events.
-- @up

-- The transaction's number first, then the sequence's: EventReader relies on it.
alter table events alter column sequence set default case when pg_current_xact_id() is not null then nextval('events_sequence') end;

-- @down
alter table events alter column sequence set default nextval('events_sequence');
-- @end
