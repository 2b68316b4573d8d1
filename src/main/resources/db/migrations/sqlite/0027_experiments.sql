-- What SQLite says its own way: triggers, full text and views.
-- @up

create trigger analytics_events_append_only_update before update on analytics_events when not exists (select 1 from maintenance)
begin select raise(abort, 'analytics_events is append-only'); end;
create trigger analytics_events_append_only_delete before delete on analytics_events when not exists (select 1 from maintenance)
begin select raise(abort, 'analytics_events is append-only'); end;
create trigger ab_test_assignments_append_only_update before update on ab_test_assignments when not exists (select 1 from maintenance)
begin select raise(abort, 'ab_test_assignments is append-only'); end;
create trigger ab_test_assignments_append_only_delete before delete on ab_test_assignments when not exists (select 1 from maintenance)
begin select raise(abort, 'ab_test_assignments is append-only'); end;
create trigger ab_test_results_append_only_update before update on ab_test_results when not exists (select 1 from maintenance)
begin select raise(abort, 'ab_test_results is append-only'); end;
create trigger ab_test_results_append_only_delete before delete on ab_test_results when not exists (select 1 from maintenance)
begin select raise(abort, 'ab_test_results is append-only'); end;

-- @down
-- @end
