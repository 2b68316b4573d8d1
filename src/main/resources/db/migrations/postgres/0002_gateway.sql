-- What PostgreSQL says its own way: triggers and partitions.
-- @up

insert into revisions (name, revision) values ('gateway', 0);
create trigger ai_providers_revision after insert or update or delete on ai_providers for each statement execute function bump_revision('gateway');
create trigger ai_models_revision after insert or update or delete on ai_models for each statement execute function bump_revision('gateway');
create trigger ai_service_configs_revision after insert or update or delete on ai_service_configs for each statement execute function bump_revision('gateway');
create trigger agents_revision after insert or update or delete on agents for each statement execute function bump_revision('gateway');
create trigger rate_limit_policies_revision after insert or update or delete on rate_limit_policies for each statement execute function bump_revision('gateway');
create trigger rate_limit_bypasses_revision after insert or update or delete on rate_limit_bypasses for each statement execute function bump_revision('gateway');

insert into revisions (name, revision) values ('prices', 0);
create trigger model_prices_revision after insert or update or delete on model_prices for each statement execute function bump_revision('prices');

create trigger model_prices_append_only before update or delete on model_prices for each row execute function refuse_change();

-- @down
delete from revisions where name = 'gateway';
delete from revisions where name = 'prices';
-- @end
