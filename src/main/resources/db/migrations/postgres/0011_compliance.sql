-- What PostgreSQL says its own way: triggers.
-- @up

-- Of a published form only its retirement may still be written.
create trigger form_template_versions_fixed_update before update on form_template_versions for each row
when (old.published_at is not null
  and (new.template_id, new.number, new.schema, new.layout, new.published_at)
    is distinct from (old.template_id, old.number, old.schema, old.layout, old.published_at))
execute function refuse_change();

-- @down
-- @end
