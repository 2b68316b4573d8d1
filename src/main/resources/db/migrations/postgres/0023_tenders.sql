-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index tenders_tags_gin on tenders using gin (tags);
create index tenders_title_search_idx on tenders using gin (to_tsvector('simple', title));
create index tenders_description_search_idx on tenders using gin (to_tsvector('simple', description));
do $$
begin
  create index tenders_title_trigram_idx on tenders using gin (title gin_trgm_ops);
exception
  when undefined_object then
    raise notice 'without pg_trgm (%), like and ilike on tenders.title read all rows of the tenant', sqlerrm;
end $$;

-- @down
-- @end
