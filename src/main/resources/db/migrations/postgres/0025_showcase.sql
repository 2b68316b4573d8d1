-- What PostgreSQL says its own way: triggers, partitions, indexes and materialized views.
-- @up

create index use_cases_tags_gin on use_cases using gin (tags);
create trigger use_case_executions_use_case_tenant before insert or update of use_case_id, tenant_id on use_case_executions
  for each row when (new.use_case_id is not null) execute function refuse_other_tenant('use_case_id', 'use_cases');
create trigger discovery_tool_executions_tool_tenant before insert or update of tool_id, tenant_id on discovery_tool_executions
  for each row when (new.tool_id is not null) execute function refuse_other_tenant('tool_id', 'discovery_tools');
create trigger conversation_examples_use_case_tenant before insert or update of use_case_id, tenant_id on conversation_examples
  for each row when (new.use_case_id is not null) execute function refuse_other_tenant('use_case_id', 'use_cases');
create trigger simulation_examples_use_case_tenant before insert or update of use_case_id, tenant_id on simulation_examples
  for each row when (new.use_case_id is not null) execute function refuse_other_tenant('use_case_id', 'use_cases');
create trigger code_examples_use_case_tenant before insert or update of use_case_id, tenant_id on code_examples
  for each row when (new.use_case_id is not null) execute function refuse_other_tenant('use_case_id', 'use_cases');

-- @down
-- @end
