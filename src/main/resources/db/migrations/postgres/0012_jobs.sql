-- What PostgreSQL says its own way: triggers, and how its rows are kept.
-- @up

create trigger job_attempts_append_only before update or delete on job_attempts for each row execute function refuse_change();

-- A queue's rows die young: they are swept often, and an update finds room on its row's page.
alter table jobs set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);

-- @down
-- @end
