-- What SQLite says its own way: triggers.
-- @up

insert into revisions (name, revision) values ('gateway', 0);
create trigger ai_providers_revision_insert after insert on ai_providers begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_providers_revision_update after update on ai_providers begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_providers_revision_delete after delete on ai_providers begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_models_revision_insert after insert on ai_models begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_models_revision_update after update on ai_models begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_models_revision_delete after delete on ai_models begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_service_configs_revision_insert after insert on ai_service_configs begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_service_configs_revision_update after update on ai_service_configs begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger ai_service_configs_revision_delete after delete on ai_service_configs begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger agents_revision_insert after insert on agents begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger agents_revision_update after update on agents begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger agents_revision_delete after delete on agents begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_insert after insert on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_update after update on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_policies_revision_delete after delete on rate_limit_policies begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_bypasses_revision_insert after insert on rate_limit_bypasses begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_bypasses_revision_update after update on rate_limit_bypasses begin update revisions set revision = revision + 1 where name = 'gateway'; end;
create trigger rate_limit_bypasses_revision_delete after delete on rate_limit_bypasses begin update revisions set revision = revision + 1 where name = 'gateway'; end;

insert into revisions (name, revision) values ('prices', 0);
create trigger model_prices_revision_insert after insert on model_prices begin update revisions set revision = revision + 1 where name = 'prices'; end;
create trigger model_prices_revision_update after update on model_prices begin update revisions set revision = revision + 1 where name = 'prices'; end;
create trigger model_prices_revision_delete after delete on model_prices begin update revisions set revision = revision + 1 where name = 'prices'; end;

create trigger model_prices_append_only_update before update on model_prices when not exists (select 1 from maintenance)
begin select raise(abort, 'model_prices is append-only'); end;
create trigger model_prices_append_only_delete before delete on model_prices when not exists (select 1 from maintenance)
begin select raise(abort, 'model_prices is append-only'); end;

-- @down
delete from revisions where name = 'gateway';
delete from revisions where name = 'prices';
-- @end
