-- What SQLite says its own way: triggers.
-- @up

-- Labels move from version to version; the text does not.
create trigger prompt_versions_fixed_update before update on prompt_versions
when not exists (select 1 from maintenance)
  and (new.template_id is not old.template_id or new.number is not old.number or new.body is not old.body or new.variables is not old.variables)
begin select raise(abort, 'the text of a version of prompt_versions is fixed'); end;

create trigger request_scores_append_only_update before update on request_scores when not exists (select 1 from maintenance)
begin select raise(abort, 'request_scores is append-only'); end;
create trigger request_scores_append_only_delete before delete on request_scores when not exists (select 1 from maintenance)
begin select raise(abort, 'request_scores is append-only'); end;

-- @down
drop trigger prompt_versions_fixed_update;
drop trigger request_scores_append_only_update;
drop trigger request_scores_append_only_delete;
-- @end
