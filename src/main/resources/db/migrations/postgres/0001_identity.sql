-- What PostgreSQL says its own way: triggers and partitions.
-- @up

create function bump_revision() returns trigger language plpgsql as $$
begin
  update revisions set revision = revision + 1 where name = tg_argv[0];
  return null;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  if exists (select 1 from maintenance) then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

insert into revisions (name, revision) values ('access', 0);
create trigger tenants_revision after insert or update of slug, name, status, timezone, request_bodies, request_body_days, settings or delete on tenants for each statement execute function bump_revision('access');
create trigger users_revision after insert or update of username, role, is_active or delete on users for each statement execute function bump_revision('access');
create trigger roles_revision after insert or update or delete on roles for each statement execute function bump_revision('access');
create trigger role_permissions_revision after insert or update or delete on role_permissions for each statement execute function bump_revision('access');
create trigger api_keys_revision after insert or update of name, scopes, allowed_models, allowed_ips, rate_limits, expires_at, revoked_at, grace_until or delete on api_keys for each statement execute function bump_revision('access');

create trigger session_activities_append_only before update or delete on session_activities for each row execute function refuse_change();

-- @down
drop function bump_revision() cascade;
drop function refuse_change() cascade;
delete from revisions where name = 'access';
-- @end
