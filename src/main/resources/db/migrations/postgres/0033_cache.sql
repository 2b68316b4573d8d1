-- What PostgreSQL says its own way: the revision that tells nodes of answers taken away.
-- @up

insert into revisions (name, revision) values ('cache', 0);

-- @down
delete from revisions where name = 'cache';
-- @end
