-- What SQLite says its own way: triggers.
-- @up

insert into revisions (name, revision) values ('sessions', 0);
create trigger user_sessions_revision_update after update of revoked_at on user_sessions begin update revisions set revision = revision + 1 where name = 'sessions'; end;
create trigger user_sessions_revision_delete after delete on user_sessions begin update revisions set revision = revision + 1 where name = 'sessions'; end;

-- @down
drop trigger user_sessions_revision_update;
drop trigger user_sessions_revision_delete;
-- @end
