-- What SQLite says its own way: that rows stay as they are.
-- @up

create trigger form_submissions_append_only_update before update on form_submissions when not exists (select 1 from maintenance)
begin select raise(abort, 'form_submissions is append-only'); end;
create trigger form_submissions_append_only_delete before delete on form_submissions when not exists (select 1 from maintenance)
begin select raise(abort, 'form_submissions is append-only'); end;

-- @down
-- @end
