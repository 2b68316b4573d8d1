-- What SQLite says its own way: triggers.
-- @up

insert into revisions (name, revision) values ('access', 0);
create trigger tenants_revision_insert after insert on tenants begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger tenants_revision_update after update of slug, name, status, timezone, request_bodies, request_body_days, settings on tenants begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger tenants_revision_delete after delete on tenants begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger users_revision_insert after insert on users begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger users_revision_update after update of username, role, is_active on users begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger users_revision_delete after delete on users begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger roles_revision_insert after insert on roles begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger roles_revision_update after update on roles begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger roles_revision_delete after delete on roles begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger role_permissions_revision_insert after insert on role_permissions begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger role_permissions_revision_update after update on role_permissions begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger role_permissions_revision_delete after delete on role_permissions begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger api_keys_revision_insert after insert on api_keys begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger api_keys_revision_update after update of name, scopes, allowed_models, allowed_ips, rate_limits, expires_at, revoked_at, grace_until on api_keys begin update revisions set revision = revision + 1 where name = 'access'; end;
create trigger api_keys_revision_delete after delete on api_keys begin update revisions set revision = revision + 1 where name = 'access'; end;

create trigger session_activities_append_only_update before update on session_activities when not exists (select 1 from maintenance)
begin select raise(abort, 'session_activities is append-only'); end;
create trigger session_activities_append_only_delete before delete on session_activities when not exists (select 1 from maintenance)
begin select raise(abort, 'session_activities is append-only'); end;

-- @down
-- SQLite's drop table deletes the rows one by one, and a key that another one replaces may not go.
update api_keys set rotated_from = null;
delete from revisions where name = 'access';
-- @end
