-- What PostgreSQL says its own way: triggers.
-- @up

create trigger audit_leaves_append_only before update or delete on audit_leaves for each row execute function refuse_change();

-- @down
-- @end
