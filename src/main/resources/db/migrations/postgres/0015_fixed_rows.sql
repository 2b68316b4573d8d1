-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

-- Labels move from version to version; the text does not.
create trigger prompt_versions_fixed_update before update on prompt_versions for each row
when ((new.template_id, new.number, new.body, new.variables) is distinct from (old.template_id, old.number, old.body, old.variables))
execute function refuse_change();

create trigger request_scores_append_only before update or delete on request_scores for each row execute function refuse_change();

create index prompt_versions_labels_idx on prompt_versions using gin (labels jsonb_path_ops);
create index request_feedback_labels_idx on request_feedback using gin (labels jsonb_path_ops);
create index ai_service_configs_task_types_idx on ai_service_configs using gin (task_types jsonb_path_ops);

-- @down
drop trigger prompt_versions_fixed_update on prompt_versions;
drop trigger request_scores_append_only on request_scores;
drop index prompt_versions_labels_idx;
drop index request_feedback_labels_idx;
drop index ai_service_configs_task_types_idx;
-- @end
