-- What PostgreSQL says its own way: the wall between tenants, and that rows stay as they are.
-- @up

create trigger form_submissions_append_only before update or delete on form_submissions for each row execute function refuse_change();
select hold_tenants('form_submissions');

-- @down
-- @end
