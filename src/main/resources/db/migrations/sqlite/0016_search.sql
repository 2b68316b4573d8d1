-- What SQLite says its own way: FTS5 tables that keep words only, and take the text from the table itself; triggers keep them
-- in step. They find a row by its rowid, which `vacuum` keeps for tables with an index: all of ours have one.
-- @up

create virtual table files_fts using fts5 (filename, original_name, content='files', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger files_fts_insert after insert on files begin
  insert into files_fts (rowid, filename, original_name) values (new.rowid, new.filename, new.original_name);
end;
create trigger files_fts_update after update of filename, original_name on files begin
  insert into files_fts (files_fts, rowid, filename, original_name) values ('delete', old.rowid, old.filename, old.original_name);
  insert into files_fts (rowid, filename, original_name) values (new.rowid, new.filename, new.original_name);
end;
create trigger files_fts_delete after delete on files begin
  insert into files_fts (files_fts, rowid, filename, original_name) values ('delete', old.rowid, old.filename, old.original_name);
end;
insert into files_fts (files_fts) values ('rebuild');

create virtual table documents_fts using fts5 (title, summary, content='documents', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger documents_fts_insert after insert on documents begin
  insert into documents_fts (rowid, title, summary) values (new.rowid, new.title, new.summary);
end;
create trigger documents_fts_update after update of title, summary on documents begin
  insert into documents_fts (documents_fts, rowid, title, summary) values ('delete', old.rowid, old.title, old.summary);
  insert into documents_fts (rowid, title, summary) values (new.rowid, new.title, new.summary);
end;
create trigger documents_fts_delete after delete on documents begin
  insert into documents_fts (documents_fts, rowid, title, summary) values ('delete', old.rowid, old.title, old.summary);
end;
insert into documents_fts (documents_fts) values ('rebuild');

create virtual table content_chunks_fts using fts5 (heading, text, content='content_chunks', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger content_chunks_fts_insert after insert on content_chunks begin
  insert into content_chunks_fts (rowid, heading, text) values (new.rowid, new.heading, new.text);
end;
create trigger content_chunks_fts_update after update of heading, text on content_chunks begin
  insert into content_chunks_fts (content_chunks_fts, rowid, heading, text) values ('delete', old.rowid, old.heading, old.text);
  insert into content_chunks_fts (rowid, heading, text) values (new.rowid, new.heading, new.text);
end;
create trigger content_chunks_fts_delete after delete on content_chunks begin
  insert into content_chunks_fts (content_chunks_fts, rowid, heading, text) values ('delete', old.rowid, old.heading, old.text);
end;
insert into content_chunks_fts (content_chunks_fts) values ('rebuild');

create virtual table conversations_fts using fts5 (title, content='conversations', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger conversations_fts_insert after insert on conversations begin
  insert into conversations_fts (rowid, title) values (new.rowid, new.title);
end;
create trigger conversations_fts_update after update of title on conversations begin
  insert into conversations_fts (conversations_fts, rowid, title) values ('delete', old.rowid, old.title);
  insert into conversations_fts (rowid, title) values (new.rowid, new.title);
end;
create trigger conversations_fts_delete after delete on conversations begin
  insert into conversations_fts (conversations_fts, rowid, title) values ('delete', old.rowid, old.title);
end;
insert into conversations_fts (conversations_fts) values ('rebuild');

create virtual table generated_content_fts using fts5 (title, description, content='generated_content', content_rowid='rowid', tokenize='unicode61 remove_diacritics 0');
create trigger generated_content_fts_insert after insert on generated_content begin
  insert into generated_content_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;
create trigger generated_content_fts_update after update of title, description on generated_content begin
  insert into generated_content_fts (generated_content_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
  insert into generated_content_fts (rowid, title, description) values (new.rowid, new.title, new.description);
end;
create trigger generated_content_fts_delete after delete on generated_content begin
  insert into generated_content_fts (generated_content_fts, rowid, title, description) values ('delete', old.rowid, old.title, old.description);
end;
insert into generated_content_fts (generated_content_fts) values ('rebuild');

-- A message's words stand in the text parts of its content; FTS5 cannot read them there by itself, so it keeps no way back to them.
create virtual table messages_fts using fts5 (content, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
create trigger messages_fts_insert after insert on messages begin
  insert into messages_fts (rowid, content) values (new.rowid, (select group_concat(atom, ' ') from json_tree(new.content) where key = 'text' and type = 'text'));
end;
create trigger messages_fts_update after update of content on messages begin
  delete from messages_fts where rowid = old.rowid;
  insert into messages_fts (rowid, content) values (new.rowid, (select group_concat(atom, ' ') from json_tree(new.content) where key = 'text' and type = 'text'));
end;
create trigger messages_fts_delete after delete on messages begin
  delete from messages_fts where rowid = old.rowid;
end;
insert into messages_fts (rowid, content) select rowid, (select group_concat(atom, ' ') from json_tree(messages.content) where key = 'text' and type = 'text') from messages;

-- @down
drop trigger files_fts_insert;
drop trigger files_fts_update;
drop trigger files_fts_delete;
drop table files_fts;
drop trigger documents_fts_insert;
drop trigger documents_fts_update;
drop trigger documents_fts_delete;
drop table documents_fts;
drop trigger content_chunks_fts_insert;
drop trigger content_chunks_fts_update;
drop trigger content_chunks_fts_delete;
drop table content_chunks_fts;
drop trigger conversations_fts_insert;
drop trigger conversations_fts_update;
drop trigger conversations_fts_delete;
drop table conversations_fts;
drop trigger generated_content_fts_insert;
drop trigger generated_content_fts_update;
drop trigger generated_content_fts_delete;
drop table generated_content_fts;
drop trigger messages_fts_insert;
drop trigger messages_fts_update;
drop trigger messages_fts_delete;
drop table messages_fts;
-- @end
