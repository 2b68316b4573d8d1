-- What SQLite says its own way: triggers, full text and views.
-- @up

create trigger use_case_executions_use_case_tenant_insert before insert on use_case_executions
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'use_case_executions.use_case_id points into another tenant'); end;
create trigger use_case_executions_use_case_tenant_update before update of use_case_id, tenant_id on use_case_executions
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'use_case_executions.use_case_id points into another tenant'); end;
create trigger discovery_tool_executions_tool_tenant_insert before insert on discovery_tool_executions
when new.tool_id is not null and not exists (select 1 from discovery_tools where id = new.tool_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'discovery_tool_executions.tool_id points into another tenant'); end;
create trigger discovery_tool_executions_tool_tenant_update before update of tool_id, tenant_id on discovery_tool_executions
when new.tool_id is not null and not exists (select 1 from discovery_tools where id = new.tool_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'discovery_tool_executions.tool_id points into another tenant'); end;
create trigger conversation_examples_use_case_tenant_insert before insert on conversation_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'conversation_examples.use_case_id points into another tenant'); end;
create trigger conversation_examples_use_case_tenant_update before update of use_case_id, tenant_id on conversation_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'conversation_examples.use_case_id points into another tenant'); end;
create trigger simulation_examples_use_case_tenant_insert before insert on simulation_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'simulation_examples.use_case_id points into another tenant'); end;
create trigger simulation_examples_use_case_tenant_update before update of use_case_id, tenant_id on simulation_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'simulation_examples.use_case_id points into another tenant'); end;
create trigger code_examples_use_case_tenant_insert before insert on code_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'code_examples.use_case_id points into another tenant'); end;
create trigger code_examples_use_case_tenant_update before update of use_case_id, tenant_id on code_examples
when new.use_case_id is not null and not exists (select 1 from use_cases where id = new.use_case_id and tenant_id in (new.tenant_id, '00000000-0000-7000-8000-000000000001'))
begin select raise(abort, 'code_examples.use_case_id points into another tenant'); end;

-- @down
-- @end
