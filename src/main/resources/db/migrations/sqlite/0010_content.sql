-- What SQLite says its own way: triggers.
-- @up

create trigger content_versions_append_only_update before update on content_versions when not exists (select 1 from maintenance)
begin select raise(abort, 'content_versions is append-only'); end;
create trigger content_versions_append_only_delete before delete on content_versions when not exists (select 1 from maintenance)
begin select raise(abort, 'content_versions is append-only'); end;

-- @down
-- @end
