-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index training_datasets_tags_gin on training_datasets using gin (tags);
create index ml_models_tags_gin on ml_models using gin (tags);
create trigger model_metrics_append_only before update or delete on model_metrics for each row execute function refuse_change();
create trigger run_params_append_only before update or delete on run_params for each row execute function refuse_change();
create trigger run_metrics_append_only before update or delete on run_metrics for each row execute function refuse_change();
alter view model_versions set (security_invoker = true);

-- @down
-- @end
