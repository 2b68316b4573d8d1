-- Which version of a prompt answered stands in the ledger.
-- @up
alter table ai_requests add column prompt_version_id uuid;
comment on column ai_requests.prompt_version_id is 'The prompt that the request named; it may be the platform''s';

-- @down
alter table ai_requests drop column prompt_version_id;
-- @end
