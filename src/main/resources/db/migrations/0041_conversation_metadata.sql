-- The labels that a client of OpenAI's Conversations API gives to its conversations.

-- @up
alter table conversations add column metadata jsonb;
comment on column conversations.metadata is 'The client''s own labels: an object of up to 16 texts; null: none';

-- @down
alter table conversations drop column metadata;
-- @end
