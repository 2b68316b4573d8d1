-- What SQLite says its own way: triggers, full text and views.
-- @up

-- Words only; the text is the table's own. A row is found by its rowid, which `vacuum` keeps for tables with an index.
create virtual table calendar_events_fts using fts5(title, description, location, content='calendar_events', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger calendar_events_fts_insert after insert on calendar_events begin
  insert into calendar_events_fts (rowid, title, description, location) values (new.rowid, new.title, new.description, new.location);
end;
create trigger calendar_events_fts_delete after delete on calendar_events begin
  insert into calendar_events_fts (calendar_events_fts, rowid, title, description, location) values ('delete', old.rowid, old.title, old.description, old.location);
end;
create trigger calendar_events_fts_update after update of title, description, location on calendar_events begin
  insert into calendar_events_fts (calendar_events_fts, rowid, title, description, location) values ('delete', old.rowid, old.title, old.description, old.location);
  insert into calendar_events_fts (rowid, title, description, location) values (new.rowid, new.title, new.description, new.location);
end;

-- @down
drop trigger calendar_events_fts_insert;
drop trigger calendar_events_fts_delete;
drop trigger calendar_events_fts_update;
drop table calendar_events_fts;
-- @end
