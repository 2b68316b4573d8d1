-- What PostgreSQL says its own way: indexes over words, of one column each, so that a filter on the column finds its index; and
-- trigrams for like and ilike, where the extension is to be had.
-- @up

create index files_filename_search_idx on files using gin (to_tsvector('simple', filename));
create index files_original_name_search_idx on files using gin (to_tsvector('simple', original_name));
create index documents_title_search_idx on documents using gin (to_tsvector('simple', title));
create index documents_summary_search_idx on documents using gin (to_tsvector('simple', summary));
create index content_chunks_heading_search_idx on content_chunks using gin (to_tsvector('simple', heading));
create index content_chunks_text_search_idx on content_chunks using gin (to_tsvector('simple', text));
create index conversations_title_search_idx on conversations using gin (to_tsvector('simple', title));
create index generated_content_title_search_idx on generated_content using gin (to_tsvector('simple', title));
create index generated_content_description_search_idx on generated_content using gin (to_tsvector('simple', description));
-- A message's words stand in the text parts of its content; cut, for a tsvector takes no more than a megabyte.
create index messages_content_search_idx on messages
  using gin (to_tsvector('simple', left(jsonb_path_query_array(content, '$[*].text')::text, 250000)));

do $$
begin
  create extension if not exists pg_trgm;
  create index files_filename_trigram_idx on files using gin (filename gin_trgm_ops);
  create index files_original_name_trigram_idx on files using gin (original_name gin_trgm_ops);
  create index documents_title_trigram_idx on documents using gin (title gin_trgm_ops);
  create index conversations_title_trigram_idx on conversations using gin (title gin_trgm_ops);
  create index generated_content_title_trigram_idx on generated_content using gin (title gin_trgm_ops);
exception
  when insufficient_privilege or feature_not_supported or undefined_file or undefined_object then
    raise notice 'without pg_trgm (%), like and ilike on names read all rows of the tenant', sqlerrm;
end $$;

-- @down
-- The extension stays: others may use it.
drop index files_filename_search_idx;
drop index files_original_name_search_idx;
drop index documents_title_search_idx;
drop index documents_summary_search_idx;
drop index content_chunks_heading_search_idx;
drop index content_chunks_text_search_idx;
drop index conversations_title_search_idx;
drop index generated_content_title_search_idx;
drop index generated_content_description_search_idx;
drop index messages_content_search_idx;
drop index if exists files_filename_trigram_idx;
drop index if exists files_original_name_trigram_idx;
drop index if exists documents_title_trigram_idx;
drop index if exists conversations_title_trigram_idx;
drop index if exists generated_content_title_trigram_idx;
-- @end
