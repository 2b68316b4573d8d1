-- What SQLite says its own way: triggers, full text and views.
-- @up

-- Words only; the text is the table's own. A row is found by its rowid, which `vacuum` keeps for tables with an index.
create virtual table products_fts using fts5(name, description, brand, content='products', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger products_fts_insert after insert on products begin
  insert into products_fts (rowid, name, description, brand) values (new.rowid, new.name, new.description, new.brand);
end;
create trigger products_fts_delete after delete on products begin
  insert into products_fts (products_fts, rowid, name, description, brand) values ('delete', old.rowid, old.name, old.description, old.brand);
end;
create trigger products_fts_update after update of name, description, brand on products begin
  insert into products_fts (products_fts, rowid, name, description, brand) values ('delete', old.rowid, old.name, old.description, old.brand);
  insert into products_fts (rowid, name, description, brand) values (new.rowid, new.name, new.description, new.brand);
end;
create trigger inventory_movements_append_only_update before update on inventory_movements when not exists (select 1 from maintenance)
begin select raise(abort, 'inventory_movements is append-only'); end;
create trigger inventory_movements_append_only_delete before delete on inventory_movements when not exists (select 1 from maintenance)
begin select raise(abort, 'inventory_movements is append-only'); end;
create trigger inventory_movements_stock after insert on inventory_movements
begin
  update inventory set on_hand = on_hand + new.quantity, updated_at = new.created_at
  where tenant_id = new.tenant_id and id = new.inventory_id;
end;

create view sales_daily as
  select o.tenant_id, substr(o.placed_at, 1, 10) || 'T00:00:00.000000Z' as day, o.currency, i.product_id, count(distinct o.id) as orders,
    cast(sum(i.quantity) as bigint) as quantity, cast(sum(i.quantity * i.unit_price_minor - i.discount_minor) as bigint) as revenue_minor
  from orders o join order_items i on i.tenant_id = o.tenant_id and i.order_id = o.id
  where o.placed_at is not null and o.status not in ('DRAFT', 'CANCELLED', 'REFUNDED') and o.deleted_at is null
  group by o.tenant_id, substr(o.placed_at, 1, 10), o.currency, i.product_id;

-- @down
drop view sales_daily;
-- SQLite's drop table deletes the rows one by one, and a row that another one refers to may not go.
update product_categories set parent_id = null;
drop trigger products_fts_insert;
drop trigger products_fts_delete;
drop trigger products_fts_update;
drop table products_fts;
-- @end
