-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

create trigger notification_deliveries_append_only before update or delete on notification_deliveries for each row execute function refuse_change();

create index notifications_data_idx on notifications using gin (data jsonb_path_ops);
create index webhook_endpoints_events_idx on webhook_endpoints using gin (events jsonb_path_ops);

-- @down
-- @end
