-- What SQLite says its own way: triggers.
-- @up
create trigger prompt_templates_revision_insert after insert on prompt_templates begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger prompt_templates_revision_update after update on prompt_templates begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger prompt_templates_revision_delete after delete on prompt_templates begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger prompt_versions_revision_insert after insert on prompt_versions begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger prompt_versions_revision_update after update on prompt_versions begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger prompt_versions_revision_delete after delete on prompt_versions begin update revisions set revision = revision + 1 where name = 'gateway'; end;

-- @down
drop trigger prompt_templates_revision_insert;
drop trigger prompt_templates_revision_update;
drop trigger prompt_templates_revision_delete;
drop trigger prompt_versions_revision_insert;
drop trigger prompt_versions_revision_update;
drop trigger prompt_versions_revision_delete;
-- @end
