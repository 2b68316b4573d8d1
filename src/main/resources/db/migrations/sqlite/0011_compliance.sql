-- What SQLite says its own way: triggers.
-- @up

-- Of a published form only its retirement may still be written.
create trigger form_template_versions_fixed_update before update on form_template_versions
when old.published_at is not null and not exists (select 1 from maintenance)
  and (new.template_id is not old.template_id or new.number is not old.number or new.schema is not old.schema
    or new.layout is not old.layout or new.published_at is not old.published_at)
begin select raise(abort, 'a published version of form_template_versions is fixed'); end;

-- @down
-- @end
