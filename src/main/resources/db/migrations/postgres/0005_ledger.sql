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

-- @down
delete from revisions where name = 'budgets';
-- @end
