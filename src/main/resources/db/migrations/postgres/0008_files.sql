-- What PostgreSQL says its own way: triggers, indexes of its own kinds.
-- @up

create trigger file_access_logs_append_only before update or delete on file_access_logs for each row execute function refuse_change();

create index files_tags_idx on files using gin (tags jsonb_path_ops);
create index files_metadata_idx on files using gin (metadata jsonb_path_ops);

-- @down
-- @end
