-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

create trigger content_versions_append_only before update or delete on content_versions for each row execute function refuse_change();

create index generated_content_tags_idx on generated_content using gin (tags jsonb_path_ops);
create index generated_content_metadata_idx on generated_content using gin (metadata jsonb_path_ops);
create index conversation_insights_topics_idx on conversation_insights using gin (topics jsonb_path_ops);

-- @down
-- @end
