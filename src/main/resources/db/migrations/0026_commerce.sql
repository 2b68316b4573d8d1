-- A shop: catalogue, customers, orders, payments and stock. Money in minor units of a currency.
-- @up

create table product_categories (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  parent_id uuid,
  slug varchar not null,
  name varchar not null,
  description varchar,
  position double precision not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint product_categories_tenant_id_id_key unique (tenant_id, id),
  constraint product_categories_parent_fkey foreign key (tenant_id, parent_id) references product_categories (tenant_id, id) on delete restrict,
  constraint product_categories_not_itself_check check (parent_id is null or parent_id <> id)
);
create unique index product_categories_slug_key on product_categories (tenant_id, slug) where deleted_at is null;
create index product_categories_parent_idx on product_categories (tenant_id, parent_id, id);
comment on table product_categories is 'A node of the tree of categories; that there is no ring is the service''s rule [commerce]';

create table products (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  category_id uuid,
  sku varchar not null,
  name varchar not null,
  description varchar,
  brand varchar,
  status varchar not null default 'DRAFT',
  price_minor bigint not null,
  compare_at_minor bigint,
  cost_minor bigint,
  currency varchar not null default 'EUR',
  tax_percent double precision not null default 0,
  weight_grams integer,
  attributes jsonb not null default '{}',
  images jsonb not null default '[]',
  tags jsonb not null default '[]',
  rating_average double precision,
  rating_count integer not null default 0,
  embedding jsonb,
  embedding_model varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint products_tenant_id_id_key unique (tenant_id, id),
  constraint products_category_fkey foreign key (tenant_id, category_id) references product_categories (tenant_id, id) on delete restrict,
  constraint products_status_check check (status in ('DRAFT', 'ACTIVE', 'ARCHIVED')),
  constraint products_price_minor_check check (price_minor >= 0),
  constraint products_compare_at_minor_check check (compare_at_minor is null or compare_at_minor >= 0),
  constraint products_cost_minor_check check (cost_minor is null or cost_minor >= 0),
  constraint products_tax_percent_check check (tax_percent >= 0 and tax_percent <= 100),
  constraint products_weight_grams_check check (weight_grams is null or weight_grams >= 0),
  constraint products_rating_average_check check (rating_average is null or (rating_average >= 0 and rating_average <= 5)),
  constraint products_rating_count_check check (rating_count >= 0),
  constraint products_currency_check check (length(currency) = 3)
);
create unique index products_sku_key on products (tenant_id, sku) where deleted_at is null;
create index products_status_idx on products (tenant_id, status, id);
create index products_category_idx on products (tenant_id, category_id, id);
comment on table products is 'Something that is sold [commerce]';
comment on column products.compare_at_minor is 'The price before, shown struck through';
comment on column products.cost_minor is 'What it costs the shop';
comment on column products.currency is 'ISO 4217';
comment on column products.attributes is '{"material": "oak"}';
comment on column products.images is 'Ids of files, the first one shown in lists';
comment on column products.embedding is 'The vector of name and description, for similar products [server]';
comment on column products.embedding_model is '[server]';

create table product_variants (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  product_id uuid not null,
  sku varchar not null,
  name varchar not null,
  options jsonb not null default '{}',
  price_minor bigint,
  barcode varchar,
  weight_grams integer,
  position integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint product_variants_tenant_id_id_key unique (tenant_id, id),
  constraint product_variants_product_fkey foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  constraint product_variants_price_minor_check check (price_minor is null or price_minor >= 0),
  constraint product_variants_weight_grams_check check (weight_grams is null or weight_grams >= 0)
);
create unique index product_variants_sku_key on product_variants (tenant_id, sku) where deleted_at is null;
create unique index product_variants_barcode_key on product_variants (tenant_id, barcode) where barcode is not null and deleted_at is null;
create index product_variants_product_idx on product_variants (tenant_id, product_id, id);
comment on table product_variants is 'A kind of a product that is counted by itself: a size, a colour [commerce]';
comment on column product_variants.options is '{"size": "M", "colour": "red"}';
comment on column product_variants.price_minor is 'Null: the product''s';
comment on column product_variants.barcode is 'GTIN';

create table customers (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  number varchar not null,
  user_id uuid,
  email varchar,
  email_key varchar,
  name varchar not null,
  company varchar,
  phone varchar,
  billing_address jsonb not null default '{}',
  shipping_address jsonb not null default '{}',
  language varchar not null default 'en',
  accepts_marketing boolean not null default false,
  tags jsonb not null default '[]',
  notes varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint customers_tenant_id_id_key unique (tenant_id, id),
  constraint customers_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict
);
create unique index customers_number_key on customers (tenant_id, number) where deleted_at is null;
create unique index customers_email_key on customers (tenant_id, email_key) where email_key is not null and deleted_at is null;
create index customers_user_idx on customers (tenant_id, user_id, id);
comment on table customers is 'Somebody who buys [commerce]';
comment on column customers.user_id is 'Null: has no account';
comment on column customers.email_key is 'The address in lower case: what uniqueness is judged by [server]';
comment on column customers.billing_address is '{"street": "…", "city": "…", "postal_code": "…", "country": "DE"}';

create table customer_segments (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  name varchar not null,
  description varchar,
  kind varchar not null default 'STATIC',
  rules jsonb not null default '{}',
  model jsonb not null default '{}',
  is_active boolean not null default true,
  refreshed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint customer_segments_tenant_id_id_key unique (tenant_id, id),
  constraint customer_segments_kind_check check (kind in ('STATIC', 'RULE', 'MODEL'))
);
create unique index customer_segments_name_key on customer_segments (tenant_id, name) where deleted_at is null;
comment on table customer_segments is 'Customers who have something in common [commerce]';
comment on column customer_segments.kind is 'STATIC: put in by hand; RULE: by its rules; MODEL: by clustering';
comment on column customer_segments.rules is '{"all": [{"field": "orders", "op": "gte", "value": 3}]}';
comment on column customer_segments.model is 'Of a clustering: features, centre, when it was made';
comment on column customer_segments.refreshed_at is '[server]';

create table customer_segment_members (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  segment_id uuid not null,
  customer_id uuid not null,
  score double precision,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  constraint customer_segment_members_segment_fkey foreign key (tenant_id, segment_id) references customer_segments (tenant_id, id) on delete cascade,
  constraint customer_segment_members_customer_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade,
  constraint customer_segment_members_member_key unique (tenant_id, segment_id, customer_id),
  constraint customer_segment_members_score_check check (score is null or (score >= 0 and score <= 1))
);
create index customer_segment_members_tenant_idx on customer_segment_members (tenant_id, id);
create index customer_segment_members_customer_idx on customer_segment_members (tenant_id, customer_id, id);
comment on table customer_segment_members is 'Who is in a segment [commerce]';
comment on column customer_segment_members.score is 'How well they fit';

create table orders (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  number varchar not null,
  customer_id uuid,
  user_id uuid,
  status varchar not null default 'DRAFT',
  currency varchar not null default 'EUR',
  shipping_minor bigint not null default 0,
  discount_minor bigint not null default 0,
  channel varchar not null default 'WEB',
  shipping_address jsonb not null default '{}',
  billing_address jsonb not null default '{}',
  notes varchar,
  placed_at timestamptz,
  paid_at timestamptz,
  shipped_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  cancel_reason varchar,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  deleted_at timestamptz,
  constraint orders_tenant_id_id_key unique (tenant_id, id),
  constraint orders_customer_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
  constraint orders_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete restrict,
  constraint orders_status_check check (status in ('DRAFT', 'PENDING', 'PAID', 'FULFILLED', 'COMPLETED', 'CANCELLED', 'REFUNDED')),
  constraint orders_shipping_minor_check check (shipping_minor >= 0),
  constraint orders_discount_minor_check check (discount_minor >= 0),
  constraint orders_channel_check check (channel in ('WEB', 'API', 'PHONE', 'STORE', 'MARKETPLACE')),
  constraint orders_currency_check check (length(currency) = 3),
  constraint orders_placed_check check (status in ('DRAFT', 'CANCELLED') or placed_at is not null)
);
create unique index orders_number_key on orders (tenant_id, number) where deleted_at is null;
create index orders_status_idx on orders (tenant_id, status, id);
create index orders_placed_idx on orders (tenant_id, placed_at);
create index orders_customer_idx on orders (tenant_id, customer_id, id);
create index orders_user_idx on orders (tenant_id, user_id, id);
comment on table orders is 'What a customer ordered; its sums are those of its items, computed where they are read [commerce]';
comment on column orders.user_id is 'Who took it; null: the customer';
comment on column orders.currency is 'ISO 4217';

create table order_items (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  order_id uuid not null,
  product_id uuid not null,
  variant_id uuid,
  position integer not null,
  sku varchar not null,
  name varchar not null,
  quantity bigint not null,
  unit_price_minor bigint not null,
  discount_minor bigint not null default 0,
  tax_percent double precision not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint order_items_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id) on delete cascade,
  constraint order_items_product_fkey foreign key (tenant_id, product_id) references products (tenant_id, id) on delete restrict,
  constraint order_items_variant_fkey foreign key (tenant_id, variant_id) references product_variants (tenant_id, id) on delete restrict,
  constraint order_items_position_key unique (tenant_id, order_id, position),
  constraint order_items_position_check check (position >= 1),
  constraint order_items_quantity_check check (quantity > 0),
  constraint order_items_unit_price_minor_check check (unit_price_minor >= 0),
  constraint order_items_discount_minor_check check (discount_minor >= 0),
  constraint order_items_tax_percent_check check (tax_percent >= 0 and tax_percent <= 100),
  constraint order_items_discount_check check (discount_minor <= quantity * unit_price_minor)
);
create index order_items_tenant_idx on order_items (tenant_id, id);
create index order_items_product_idx on order_items (tenant_id, product_id, id);
create index order_items_variant_idx on order_items (tenant_id, variant_id, id);
comment on table order_items is 'A line of an order [commerce]';
comment on column order_items.sku is 'As it was when it was ordered, like the name and the price';
comment on column order_items.discount_minor is 'Of the whole line';

create table transactions (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  order_id uuid not null,
  customer_id uuid,
  kind varchar not null default 'SALE',
  status varchar not null default 'PENDING',
  amount_minor bigint not null,
  currency varchar not null default 'EUR',
  method varchar not null default 'CARD',
  provider varchar,
  provider_reference varchar,
  card_last4 varchar,
  ip varchar,
  country varchar,
  fraud_score double precision,
  fraud_flags jsonb not null default '[]',
  reviewed_by uuid,
  reviewed_at timestamptz,
  error varchar,
  processed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint transactions_tenant_id_id_key unique (tenant_id, id),
  constraint transactions_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id) on delete restrict,
  constraint transactions_customer_fkey foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
  constraint transactions_reviewed_by_fkey foreign key (tenant_id, reviewed_by) references users (tenant_id, id) on delete restrict,
  constraint transactions_reference_key unique (tenant_id, provider, provider_reference),
  constraint transactions_kind_check check (kind in ('AUTHORIZATION', 'CAPTURE', 'SALE', 'REFUND', 'VOID', 'CHARGEBACK')),
  constraint transactions_status_check check (status in ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  constraint transactions_amount_minor_check check (amount_minor >= 0),
  constraint transactions_method_check check (method in ('CARD', 'BANK_TRANSFER', 'DIRECT_DEBIT', 'WALLET', 'CASH', 'INVOICE', 'OTHER')),
  constraint transactions_fraud_score_check check (fraud_score is null or (fraud_score >= 0 and fraud_score <= 1)),
  constraint transactions_currency_check check (length(currency) = 3),
  constraint transactions_card_last4_check check (card_last4 is null or length(card_last4) = 4)
);
create index transactions_status_idx on transactions (tenant_id, status, id);
create index transactions_order_idx on transactions (tenant_id, order_id, id);
create index transactions_customer_idx on transactions (tenant_id, customer_id, id);
create index transactions_reviewed_by_idx on transactions (tenant_id, reviewed_by, id);
comment on table transactions is 'A payment or a refund of an order [commerce]';
comment on column transactions.currency is 'ISO 4217';
comment on column transactions.provider_reference is 'The provider''s own id: a repeat is found by it';
comment on column transactions.card_last4 is 'No more of a card is ever kept';
comment on column transactions.country is 'ISO 3166-1 alpha-2';
comment on column transactions.fraud_score is '[server]';
comment on column transactions.fraud_flags is 'Why: ["velocity", "country_mismatch"] [server]';

create table inventory (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  product_id uuid not null,
  variant_id uuid,
  location varchar not null default 'main',
  on_hand bigint not null default 0,
  reserved bigint not null default 0,
  reorder_level bigint not null default 0,
  reorder_quantity bigint not null default 0,
  allows_backorder boolean not null default false,
  counted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid,
  version bigint not null default 1,
  constraint inventory_tenant_id_id_key unique (tenant_id, id),
  constraint inventory_product_fkey foreign key (tenant_id, product_id) references products (tenant_id, id) on delete restrict,
  constraint inventory_variant_fkey foreign key (tenant_id, variant_id) references product_variants (tenant_id, id) on delete restrict,
  constraint inventory_reserved_check check (reserved >= 0),
  constraint inventory_reorder_level_check check (reorder_level >= 0),
  constraint inventory_reorder_quantity_check check (reorder_quantity >= 0),
  constraint inventory_on_hand_check check (on_hand >= 0 or allows_backorder)
);
create unique index inventory_variant_key on inventory (tenant_id, product_id, variant_id, location) where variant_id is not null;
create unique index inventory_product_key on inventory (tenant_id, product_id, location) where variant_id is null;
create index inventory_low_idx on inventory (tenant_id, on_hand, reorder_level);
create index inventory_product_idx on inventory (tenant_id, product_id, id);
create index inventory_variant_idx on inventory (tenant_id, variant_id, id);
comment on table inventory is 'How many of a product or a variant are at a place [commerce]';
comment on column inventory.on_hand is 'The sum of its movements, kept by trigger; below zero only where allows_backorder [server]';
comment on column inventory.reserved is 'Promised to orders that are not shipped [server]';
comment on column inventory.reorder_level is 'Below it, order more';
comment on column inventory.allows_backorder is 'Whether more may be sold than there is';
comment on column inventory.counted_at is 'When somebody last counted';

create table inventory_movements (
  id uuid not null primary key,
  tenant_id uuid not null references tenants (id) on delete restrict,
  inventory_id uuid not null,
  kind varchar not null,
  quantity bigint not null,
  order_item_id uuid,
  reference varchar,
  reason varchar,
  at timestamptz not null,
  created_at timestamptz not null,
  created_by uuid,
  constraint inventory_movements_inventory_fkey foreign key (tenant_id, inventory_id) references inventory (tenant_id, id) on delete restrict,
  constraint inventory_movements_kind_check check (kind in ('RECEIPT', 'SALE', 'RETURN', 'ADJUSTMENT', 'TRANSFER_IN', 'TRANSFER_OUT', 'DAMAGE', 'COUNT')),
  constraint inventory_movements_quantity_check check (quantity <> 0)
);
create index inventory_movements_tenant_idx on inventory_movements (tenant_id, id);
create index inventory_movements_order_item_idx on inventory_movements (tenant_id, order_item_id) where order_item_id is not null;
create index inventory_movements_inventory_idx on inventory_movements (tenant_id, inventory_id, id);
comment on table inventory_movements is 'A change of stock; append-only. What is on hand is their sum, and a movement that would make it negative is refused [commerce; append]';
comment on column inventory_movements.quantity is 'Added, or below zero taken away';
comment on column inventory_movements.order_item_id is 'Of a sale or a return; no foreign key, for lines may go before movements do';

-- @down
drop table inventory_movements;
drop table inventory;
drop table transactions;
drop table order_items;
drop table orders;
drop table customer_segment_members;
drop table customer_segments;
drop table customers;
drop table product_variants;
drop table products;
drop table product_categories;
-- @end
