-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create trigger analytics_events_append_only before update or delete on analytics_events for each row execute function refuse_change();
create trigger ab_test_assignments_append_only before update or delete on ab_test_assignments for each row execute function refuse_change();
create trigger ab_test_results_append_only before update or delete on ab_test_results for each row execute function refuse_change();

-- @down
-- @end
