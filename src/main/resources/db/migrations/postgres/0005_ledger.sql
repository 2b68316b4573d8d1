-- What PostgreSQL says its own way: triggers and partitions.
-- @up

-- Catches what no month's partition was made for; the server makes those ahead.
create table ai_requests_default partition of ai_requests default;

insert into revisions (name, revision) values ('budgets', 0);
create trigger budgets_revision after insert or update or delete on budgets for each statement execute function bump_revision('budgets');

create trigger budget_alerts_append_only before update or delete on budget_alerts for each row execute function refuse_change();
-- A line is fixed once it is finished.
create trigger ai_requests_fixed_update before update on ai_requests for each row when (old.finished_at is not null) execute function refuse_change();
create trigger ai_requests_fixed_delete before delete on ai_requests for each row execute function refuse_change();

-- A hold is a line that is not finished; this view lists holds one budget period each.
create view budget_holds with (security_invoker = true) as
  select r.id as request_id, p.value::uuid as budget_period_id, r.tenant_id, r.node_id, r.held_nanos as amount_nanos, 'HELD' as state,
    r.started_at as created_at
  from ai_requests r cross join lateral jsonb_array_elements_text(r.budget_period_ids) as p (value)
  where r.finished_at is null;

alter view api_key_usage set (security_invoker = true);

-- @down
drop view budget_holds;
delete from revisions where name = 'budgets';
-- @end
