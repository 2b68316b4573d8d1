-- What SQLite says its own way: triggers.
-- @up

create trigger notification_deliveries_append_only_update before update on notification_deliveries when not exists (select 1 from maintenance)
begin select raise(abort, 'notification_deliveries is append-only'); end;
create trigger notification_deliveries_append_only_delete before delete on notification_deliveries when not exists (select 1 from maintenance)
begin select raise(abort, 'notification_deliveries is append-only'); end;

-- @down
-- @end
