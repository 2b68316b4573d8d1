-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index calendar_events_categories_gin on calendar_events using gin (categories);
create index calendar_events_title_search_idx on calendar_events using gin (to_tsvector('simple', title));
create index calendar_events_description_search_idx on calendar_events using gin (to_tsvector('simple', description));
create index calendar_events_location_search_idx on calendar_events using gin (to_tsvector('simple', location));
do $$
begin
  create index calendar_events_title_trigram_idx on calendar_events using gin (title gin_trgm_ops);
exception
  when undefined_object then
    raise notice 'without pg_trgm (%), like and ilike on calendar_events.title read all rows of the tenant', sqlerrm;
end $$;

-- @down
-- @end
