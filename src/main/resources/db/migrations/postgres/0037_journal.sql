-- What PostgreSQL says its own way: the wall between tenants.
-- @up

select hold_tenants('budget_slices');

-- @down
-- @end
