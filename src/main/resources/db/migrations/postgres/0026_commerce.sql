-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index products_attributes_gin on products using gin (attributes);
create index products_tags_gin on products using gin (tags);
create index products_name_search_idx on products using gin (to_tsvector('simple', name));
create index products_description_search_idx on products using gin (to_tsvector('simple', description));
create index products_brand_search_idx on products using gin (to_tsvector('simple', brand));
do $$
begin
  create index products_name_trigram_idx on products using gin (name gin_trgm_ops);
exception
  when undefined_object then
    raise notice 'without pg_trgm (%), like and ilike on products.name read all rows of the tenant', sqlerrm;
end $$;
create trigger inventory_movements_append_only before update or delete on inventory_movements for each row execute function refuse_change();
create function add_to_stock() returns trigger language plpgsql as $$
begin
  update inventory set on_hand = on_hand + new.quantity, updated_at = new.created_at
  where tenant_id = new.tenant_id and id = new.inventory_id;
  return null;
end $$;
create trigger inventory_movements_stock after insert on inventory_movements for each row execute function add_to_stock();

-- Materialized views: policies do not reach them, so only code that adds the tenant reads them.
create materialized view sales_daily as
  select o.tenant_id, date_trunc('day', o.placed_at, 'UTC') as day, o.currency, i.product_id, count(distinct o.id) as orders,
    cast(sum(i.quantity) as bigint) as quantity, cast(sum(i.quantity * i.unit_price_minor - i.discount_minor) as bigint) as revenue_minor
  from orders o join order_items i on i.tenant_id = o.tenant_id and i.order_id = o.id
  where o.placed_at is not null and o.status not in ('DRAFT', 'CANCELLED', 'REFUNDED') and o.deleted_at is null
  group by o.tenant_id, date_trunc('day', o.placed_at, 'UTC'), o.currency, i.product_id;
comment on materialized view sales_daily is 'What was sold by day and product, less line discounts; refreshed by the server [commerce; readonly; hidden]';
create unique index sales_daily_key on sales_daily (tenant_id, day, currency, product_id);

-- @down
drop materialized view sales_daily;
drop function add_to_stock() cascade;
-- @end
