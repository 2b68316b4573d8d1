-- What PostgreSQL says its own way: the wall between tenants.
-- @up

select hold_tenants('api_key_networks');

-- @down
-- @end
