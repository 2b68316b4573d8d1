-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

create trigger event_records_append_only_update before update on event_records for each row execute function refuse_change();
-- A record whose time is over may go without further ado.
create trigger event_records_append_only_delete before delete on event_records for each row
when (old.expires_at is null or old.expires_at > now()) execute function refuse_change();

create index event_records_data_idx on event_records using gin (data jsonb_path_ops);

-- @down
-- @end
