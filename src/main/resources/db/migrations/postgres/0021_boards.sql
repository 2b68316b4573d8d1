-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index cards_labels_gin on cards using gin (labels);
create index cards_title_search_idx on cards using gin (to_tsvector('simple', title));
create index cards_description_search_idx on cards using gin (to_tsvector('simple', description));
do $$
begin
  create index cards_title_trigram_idx on cards using gin (title gin_trgm_ops);
exception
  when undefined_object then
    raise notice 'without pg_trgm (%), like and ilike on cards.title read all rows of the tenant', sqlerrm;
end $$;
create trigger card_activities_append_only before update or delete on card_activities for each row execute function refuse_change();
create trigger automation_runs_append_only before update or delete on automation_runs for each row execute function refuse_change();
-- Materialized views: policies do not reach them, so only code that adds the tenant reads them.
create unique index board_throughput_key on board_throughput (tenant_id, board_id, day);

-- @down
-- @end
