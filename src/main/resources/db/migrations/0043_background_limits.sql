-- Limits of responses in the background, and the index by which those that have not ended are counted.
-- @up

create index response_runs_unfinished_idx on response_runs (tenant_id, user_id, api_key_id) where status in ('QUEUED', 'IN_PROGRESS');
--@postgres alter table rate_limit_policies drop constraint rate_limit_policies_unit_check;
--@postgres alter table rate_limit_policies add constraint rate_limit_policies_unit_check check (unit in ('REQUESTS', 'TOKENS', 'NANOS', 'CONCURRENT', 'BACKGROUND'));
--@postgres alter table rate_limit_policies add constraint rate_limit_policies_background_check check (unit <> 'BACKGROUND' or subject_kind in ('TENANT', 'USER', 'API_KEY'));
comment on column rate_limit_policies.unit is 'BACKGROUND: responses in the background that have not ended';

-- @down
comment on column rate_limit_policies.unit is null;
delete from rate_limit_policies where unit = 'BACKGROUND';
--@postgres alter table rate_limit_policies drop constraint rate_limit_policies_background_check;
--@postgres alter table rate_limit_policies drop constraint rate_limit_policies_unit_check;
--@postgres alter table rate_limit_policies add constraint rate_limit_policies_unit_check check (unit in ('REQUESTS', 'TOKENS', 'NANOS', 'CONCURRENT'));
drop index response_runs_unfinished_idx;
-- @end
