-- What PostgreSQL says its own way: triggers.
-- @up
create trigger prompt_templates_revision after insert or update or delete on prompt_templates for each statement execute function bump_revision('gateway');
create trigger prompt_versions_revision after insert or update or delete on prompt_versions for each statement execute function bump_revision('gateway');

-- @down
drop trigger prompt_templates_revision on prompt_templates;
drop trigger prompt_versions_revision on prompt_versions;
-- @end
