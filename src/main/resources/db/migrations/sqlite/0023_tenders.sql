-- What SQLite says its own way: triggers, full text and views.
-- @up

-- Words only; the text is the table's own. A row is found by its rowid, which `vacuum` keeps for tables with an index.
create virtual table tenders_fts using fts5(title, description, content='tenders', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger tenders_fts_insert after insert on tenders begin
  insert into tenders_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;
create trigger tenders_fts_delete after delete on tenders begin
  insert into tenders_fts (tenders_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
end;
create trigger tenders_fts_update after update of title, description on tenders begin
  insert into tenders_fts (tenders_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
  insert into tenders_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;

-- @down
drop trigger tenders_fts_insert;
drop trigger tenders_fts_delete;
drop trigger tenders_fts_update;
drop table tenders_fts;
-- @end
