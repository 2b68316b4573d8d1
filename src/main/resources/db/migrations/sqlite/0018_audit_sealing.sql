-- What SQLite says its own way: triggers.
-- @up

create trigger audit_leaves_append_only_update before update on audit_leaves when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_leaves is append-only'); end;
create trigger audit_leaves_append_only_delete before delete on audit_leaves when not exists (select 1 from maintenance)
begin select raise(abort, 'audit_leaves is append-only'); end;

-- @down
-- @end
