package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tables that SQLite can only change by making them anew (sqlite.org/lang_altertable.html, 7). */
class RebuildTest {
  private static final String TABLES =
      """
      -- @up
      create table parents (id integer primary key, name varchar);
      create table children (id integer primary key, parent_id integer not null references parents (id) on delete cascade);
      create view names as select name from parents;
      insert into parents values (1, 'one'), (2, 'two');
      insert into children values (10, 1), (20, 2);
      -- @down
      drop view names;
      drop table children;
      drop table parents;
      -- @end
      """;

  private static final String REBUILD =
      """
      -- @rebuild
      -- @up
      create table new_parents (id integer primary key, name varchar not null check (name <> ''));
      insert into new_parents select id, name from parents;
      drop table parents;
      alter table new_parents rename to parents;
      -- @down
      create table old_parents (id integer primary key, name varchar);
      insert into old_parents select id, name from parents;
      drop table parents;
      alter table old_parents rename to parents;
      -- @end
      """;

  private final Database database = TestDatabases.empty(Engine.SQLITE);

  private Migrator migrator(String rebuild) {
    return new Migrator(
        database,
        () -> Map.of("0001_tables.sql", TABLES, "0002_rebuild.sql", rebuild),
        _ -> {},
        "1");
  }

  private long count(String table) {
    return database.read(
        sql -> sql.fetchSingle("select count(*) from " + table).get(0, Long.class));
  }

  @Test
  void theChildrenStayAndForeignKeysHoldAgain() {
    migrator(REBUILD).upgrade("head");

    assertThat(count("children")).isEqualTo(2);
    assertThat(count("names")).isEqualTo(2);
    assertThatThrownBy(
            () -> database.write(sql -> sql.execute("insert into children values (30, 3)")))
        .isInstanceOf(ProblemException.class);
    assertThatThrownBy(
            () -> database.write(sql -> sql.execute("insert into parents values (3, '')")))
        .isInstanceOf(ProblemException.class);
  }

  @Test
  void theWayBackRestsForeignKeysToo() {
    migrator(REBUILD).upgrade("head");
    migrator(REBUILD).downgrade("-1");

    assertThat(count("children")).isEqualTo(2);
    database.write(sql -> sql.execute("insert into parents values (3, '')"));
  }

  @Test
  void aRebuildThatLosesAParentIsRolledBack() {
    Migrator migrator =
        migrator(
            REBUILD.replace("name from parents;\ndrop", "name from parents where id = 1;\ndrop"));

    assertThat(
            catchThrowableOfType(ProblemException.class, () -> migrator.upgrade("head")).problem())
        .isEqualTo(new MigrationProblem.BrokenReferences("0002_rebuild", "children", "parents"));
    assertThat(count("parents")).isEqualTo(2);
    assertThat(migrator.check().current()).isEqualTo(1);
    assertThatThrownBy(
            () -> database.write(sql -> sql.execute("insert into children values (30, 3)")))
        .isInstanceOf(ProblemException.class);
  }
}
