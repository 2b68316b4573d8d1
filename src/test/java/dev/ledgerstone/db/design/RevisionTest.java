package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.Migrator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a written migration does to rows, and what it says to people. */
@ParameterizedClass
@EnumSource(Engine.class)
class RevisionTest {
  private static final String BEFORE =
      """
      create table owners (
        id uuid not null primary key,
        name varchar not null,
        old_name varchar
      );
      create table pets (
        id uuid not null primary key,
        owner_id uuid references owners (id) on delete cascade,
        age varchar,
        colour varchar
      );
      create index pets_owner_idx on pets (owner_id);
      """;

  private static final String AFTER =
      """
      create table owners (
        id uuid not null primary key,
        name varchar not null,
        given_name varchar,
        constraint owners_name_key unique (name)
      );
      create table pets (
        id uuid not null primary key,
        owner_id uuid references owners (id) on delete restrict,
        age integer,
        colour varchar not null default 'brown',
        weight bigint not null default 3,
        constraint pets_age_check check (age >= 0)
      );
      create index pets_owner_idx on pets (owner_id, age);
      """;

  private static final String ROWS =
      """
      insert into owners (id, name, old_name) values ('00000000-0000-7000-8000-000000000001', 'Ada', 'A.');
      insert into pets (id, owner_id, age) values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', '7');
      """;

  private final Engine engine;

  RevisionTest(Engine engine) {
    this.engine = engine;
  }

  private static Revision write(
      String before, String after, boolean allowDrops, Map<String, String> files) {
    return Revision.write(
        "0002_next",
        "Next.",
        Designs.declared("before", before),
        Designs.declared("after", after),
        allowDrops,
        () -> files);
  }

  private static Map<String, String> base(String before, String sqliteMore) {
    Map<String, String> files = new TreeMap<>();
    files.put("0001_base.sql", "-- @up\n" + before + "\n-- @down\n-- @end\n");
    files.put("sqlite/0001_base.sql", "-- @up\n" + sqliteMore + "\n-- @down\n-- @end\n");
    return files;
  }

  @Test
  void rowsAndTriggersLiveThroughIt() {
    Map<String, String> files =
        base(
            BEFORE,
            "create trigger pets_seen after update on pets begin update owners set old_name = 'seen' where id = new.owner_id; end;");
    Map<String, String> all = new TreeMap<>(files);
    all.putAll(write(BEFORE, AFTER, false, files).files());
    Database database = TestDatabases.empty(engine);
    Migrator migrator = new Migrator(database, () -> all, _ -> {}, "test");
    migrator.upgrade("1");
    run(database, ROWS);

    migrator.upgrade("head");

    assertThat(pets(database)).containsExactly("7 brown 3");
    assertThat(ask(database, "select name from owners")).containsExactly("Ada");
    if (engine == Engine.SQLITE) {
      run(database, "update pets set age = 8;");
      assertThat(ask(database, "select old_name from owners")).containsExactly("seen");
      assertThat(ask(database, "select count(*) from pragma_foreign_key_check"))
          .containsExactly("0");
    }

    migrator.downgrade("-1");
    assertThat(ask(database, "select colour from pets")).containsExactly("brown");
    assertThat(Designs.of(database, () -> files).lines())
        .isEqualTo(Designs.declared("before", BEFORE).lines());
  }

  private static List<String> pets(Database database) {
    return ask(database, "select age || ' ' || colour || ' ' || weight from pets");
  }

  @Test
  void itNamesWhatAPersonMustDecide() {
    assertThat(write(BEFORE, AFTER, false, base(BEFORE, "")).notes())
        .contains("not done without --allow-drops: drop column owners.old_name")
        .anyMatch(it -> it.startsWith("pets.age becomes integer from varchar"));
    Revision dropping = write(BEFORE, AFTER, true, base(BEFORE, ""));
    assertThat(dropping.notes())
        .contains(
            "is owners.old_name renamed to given_name? Then write: alter table owners rename column old_name to given_name");
    assertThat(dropping.files().get("0002_next.sql"))
        .contains("-- NOTE is owners.old_name renamed", "drop column old_name");
  }

  @Test
  void nothingToDoIsNoFile() {
    assertThat(write(BEFORE, BEFORE, true, base(BEFORE, "")))
        .isEqualTo(new Revision(Map.of(), List.of()));
  }

  @Test
  void aNewTableOfATenantComesWithItsPolicyAndItsTriggers() {
    Revision revision =
        write(
            "create table a (id uuid not null primary key);",
            """
            create table a (id uuid not null primary key);
            create table b (id uuid not null primary key, tenant_id uuid not null);
            comment on table b is 'What happened [audit; append]';
            """,
            false,
            base("create table a (id uuid not null primary key);", ""));

    assertThat(revision.files().keySet())
        .containsExactlyInAnyOrder(
            "0002_next.sql", "sqlite/0002_next.sql", "postgres/0002_next.sql");
    assertThat(revision.files().get("postgres/0002_next.sql"))
        .contains(
            "select hold_tenants('b');",
            "create trigger b_append_only before update or delete on b");
    assertThat(revision.files().get("sqlite/0002_next.sql"))
        .contains("create trigger b_append_only_delete before delete on b");
  }

  private static void run(Database database, String statements) {
    database.writeJdbc(
        connection -> {
          try (var statement = connection.createStatement()) {
            for (String each : statements.split(";\n?")) {
              if (!each.isBlank()) {
                statement.execute(each);
              }
            }
          }
          return 0;
        });
  }

  private static List<String> ask(Database database, String question) {
    return database.read(sql -> sql.fetchValues(question)).stream().map(String::valueOf).toList();
  }
}
