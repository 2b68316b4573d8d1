-- What SQLite says its own way: triggers.
-- @up

create trigger ai_provider_keys_revision_insert after insert on ai_provider_keys begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_provider_keys_revision_update after update on ai_provider_keys begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_provider_keys_revision_delete after delete on ai_provider_keys begin update revisions set revision = revision + 1 where name = 'gateway'; end;

-- @down
drop trigger ai_provider_keys_revision_insert;
drop trigger ai_provider_keys_revision_update;
drop trigger ai_provider_keys_revision_delete;
-- @end
