-- What SQLite says its own way: triggers.
-- @up

insert into revisions (name, revision) values ('budgets', 0);
create trigger budgets_revision_insert after insert on budgets begin update revisions set revision = revision + 1 where name = 'budgets'; end;
create trigger budgets_revision_update after update on budgets begin update revisions set revision = revision + 1 where name = 'budgets'; end;
create trigger budgets_revision_delete after delete on budgets begin update revisions set revision = revision + 1 where name = 'budgets'; end;

create trigger budget_alerts_append_only_update before update on budget_alerts when not exists (select 1 from maintenance)
begin select raise(abort, 'budget_alerts is append-only'); end;
create trigger budget_alerts_append_only_delete before delete on budget_alerts when not exists (select 1 from maintenance)
begin select raise(abort, 'budget_alerts is append-only'); end;
-- A line is fixed once it is finished.
create trigger ai_requests_fixed_update before update on ai_requests when old.finished_at is not null and not exists (select 1 from maintenance)
begin select raise(abort, 'a finished line of ai_requests is fixed'); end;
create trigger ai_requests_fixed_delete before delete on ai_requests when not exists (select 1 from maintenance)
begin select raise(abort, 'ai_requests is append-only'); end;

-- A hold is a line that is not finished; this view lists holds one budget period each.
create view budget_holds as
  select r.id as request_id, p.value as budget_period_id, r.tenant_id, r.node_id, r.held_nanos as amount_nanos, 'HELD' as state,
    r.started_at as created_at
  from ai_requests r, json_each(r.budget_period_ids) p
  where r.finished_at is null;

-- @down
drop view budget_holds;
delete from revisions where name = 'budgets';
-- @end
