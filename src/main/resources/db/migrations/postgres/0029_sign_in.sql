-- What PostgreSQL says its own way: triggers.
-- @up

insert into revisions (name, revision) values ('sessions', 0);
create trigger user_sessions_revision after update of revoked_at or delete on user_sessions for each statement execute function bump_revision('sessions');

-- @down
drop trigger user_sessions_revision on user_sessions;
-- @end
