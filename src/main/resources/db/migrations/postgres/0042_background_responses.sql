-- What PostgreSQL says its own way: the wall between tenants.
-- @up

select hold_tenants('response_runs');
select hold_tenants('response_run_events');

-- @down
-- @end
