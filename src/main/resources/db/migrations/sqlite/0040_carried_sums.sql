-- What no generic statement says: the horizons of runs that were.
-- @up

-- Events that went before horizons were kept: by a policy of the tenant, or of the platform for all.
insert into retention_horizons (id, tenant_id, table_name, horizon, created_at, updated_at)
  select t.id, t.id, 'events', max(r.cutoff), max(r.started_at), max(r.started_at)
  from tenants t join retention_runs r on r.table_name = 'events'
    and (r.tenant_id = t.id or r.tenant_id = '00000000-0000-7000-8000-000000000001')
  group by t.id;

-- @down
-- @end
