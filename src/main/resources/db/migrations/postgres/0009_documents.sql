-- What PostgreSQL says its own way: indexes of its own kinds.
-- @up

create index documents_tags_idx on documents using gin (tags jsonb_path_ops);
create index documents_metadata_idx on documents using gin (metadata jsonb_path_ops);
create index content_chunks_metadata_idx on content_chunks using gin (metadata jsonb_path_ops);

-- @down
-- @end
