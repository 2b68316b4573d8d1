-- What PostgreSQL says its own way: a policy on every table that has a tenant.
-- @up

-- Puts the wall up on one table; for partitions too, each of which is a table of its own. Later migrations call it for theirs.
--
-- Seen are rows of the transaction's tenant (app.tenant), and all rows where app.system is on; with neither, none. A shared
-- table's rows of the platform are read by every tenant. Each setting is read once a statement, not once a row: hence the
-- subqueries. "nullif(…, false) is not null" is true where its condition is; the planner believes of it that 99.5 in 100 rows
-- pass, and of the bare condition that 1 in 200 does, which ruins its counts and its joins.
create function hold_tenants(target regclass) returns void language plpgsql as $$
declare
  whole regclass := coalesce(pg_partition_root(target), target);
  tenant name := case when whole = 'tenants'::regclass then 'id' else 'tenant_id' end;
  traits varchar := coalesce(substring(obj_description(whole, 'pg_class') from '\[([^]]*)\]$'), '');
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant on %s using (nullif((select current_setting(''app.system'', true)) = ''on'''
      ' or %I = (select nullif(current_setting(''app.tenant'', true), '''')::uuid), false) is not null)', target, tenant);
  if 'shared' = any (string_to_array(traits, '; ')) then
    execute format(
      'create policy platform on %s for select using (%I = ''00000000-0000-7000-8000-000000000001'''
        ' and (select current_setting(''app.tenant'', true)) <> '''')', target, tenant);
  end if;
end $$;
comment on function hold_tenants(regclass) is 'Makes the policies by which a table''s rows are seen by their tenant alone';

do $$
declare
  each regclass;
begin
  for each in
    select c.oid::regclass from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = 'tenants'
        or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
    order by c.relname
  loop
    perform hold_tenants(each);
  end loop;
end $$;

-- @down

do $$
declare
  each record;
begin
  for each in
    select p.polrelid::regclass as target, p.polname as name from pg_policy p join pg_class c on c.oid = p.polrelid
    where c.relnamespace = current_schema()::regnamespace
  loop
    execute format('drop policy %I on %s', each.name, each.target);
    execute format('alter table %s no force row level security, disable row level security', each.target);
  end loop;
end $$;

drop function hold_tenants(regclass);
-- @end
