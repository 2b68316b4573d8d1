-- What SQLite says its own way: triggers, full text and views.
-- @up

-- Words only; the text is the table's own. A row is found by its rowid, which `vacuum` keeps for tables with an index.
create virtual table cards_fts using fts5(title, description, content='cards', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger cards_fts_insert after insert on cards begin
  insert into cards_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;
create trigger cards_fts_delete after delete on cards begin
  insert into cards_fts (cards_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
end;
create trigger cards_fts_update after update of title, description on cards begin
  insert into cards_fts (cards_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
  insert into cards_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;
create trigger card_activities_append_only_update before update on card_activities when not exists (select 1 from maintenance)
begin select raise(abort, 'card_activities is append-only'); end;
create trigger card_activities_append_only_delete before delete on card_activities when not exists (select 1 from maintenance)
begin select raise(abort, 'card_activities is append-only'); end;
create trigger automation_runs_append_only_update before update on automation_runs when not exists (select 1 from maintenance)
begin select raise(abort, 'automation_runs is append-only'); end;
create trigger automation_runs_append_only_delete before delete on automation_runs when not exists (select 1 from maintenance)
begin select raise(abort, 'automation_runs is append-only'); end;

-- @down
drop trigger cards_fts_insert;
drop trigger cards_fts_delete;
drop trigger cards_fts_update;
drop table cards_fts;
-- @end
