-- What PostgreSQL says its own way: triggers and the policy.
-- @up

create trigger ai_provider_keys_revision after insert or update or delete on ai_provider_keys for each statement execute function bump_revision('gateway');
select hold_tenants('ai_provider_keys');

-- @down
drop trigger ai_provider_keys_revision on ai_provider_keys;
-- @end
