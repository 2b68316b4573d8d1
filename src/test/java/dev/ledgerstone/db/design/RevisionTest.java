package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
      String before,
      String after,
      boolean allowDrops,
      Map<String, String> files,
      String... renames) {
    return Revision.write(
        "0002_next",
        "Next.",
        Designs.declared("before", before),
        Designs.declared("after", after),
        Stream.of(renames).map(Rename::of).toList(),
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
        .contains(
            "not done without --allow-drops: drop column owners.old_name",
            "is owners.old_name renamed to given_name? Then begin again with: --rename owners.old_name=given_name")
        .anyMatch(it -> it.startsWith("pets.age becomes integer from varchar"));
    Revision dropping = write(BEFORE, AFTER, true, base(BEFORE, ""));
    assertThat(dropping.notes())
        .contains(
            "is owners.old_name renamed to given_name? Then begin again with: --rename owners.old_name=given_name");
    assertThat(dropping.files().get("0002_next.sql"))
        .contains("-- NOTE is owners.old_name renamed", "drop column old_name");
  }

  /** Of one table more than its name is another: SQLite rebuilds it. */
  @Test
  void whatIsRenamedKeepsItsRowsAndItsTriggers() {
    String before =
        BEFORE
            + """
            create index pets_age_idx on pets (age) where age > 'age';
            comment on table owners is 'Who has pets';
            comment on column owners.old_name is 'old_name, as it was';
            """;
    String after =
        """
        create table people (
          id uuid not null primary key,
          name varchar not null,
          given_name varchar not null default 'nobody',
          constraint people_given_name_check check (given_name <> '')
        );
        comment on table people is 'Who has pets';
        comment on column people.given_name is 'old_name, as it was';
        create table pets (
          id uuid not null primary key,
          owner_id uuid references people (id) on delete cascade,
          years varchar,
          colour varchar
        );
        create index pets_owner_idx on pets (owner_id);
        create index pets_age_idx on pets (years) where years > 'age';
        """;
    Map<String, String> files =
        base(
            before,
            """
            create trigger pets_seen after update on pets begin update owners set old_name = 'seen' where id = new.owner_id; end;
            create trigger owners_named after update on owners when new.old_name = 'seen' begin update pets set colour = 'seen' where owner_id = new.id; end;
            """);
    Map<String, String> all = new TreeMap<>(files);
    all.putAll(
        write(
                before,
                after,
                false,
                files,
                "owners.old_name=given_name",
                "owners=people",
                "pets.age=years")
            .files());
    Database database = TestDatabases.empty(engine);
    Migrator migrator = new Migrator(database, () -> all, _ -> {}, "test");
    migrator.upgrade("1");
    run(database, ROWS);

    migrator.upgrade("head");

    assertThat(ask(database, "select name || given_name from people")).containsExactly("AdaA.");
    assertThat(ask(database, "select years from pets")).containsExactly("7");
    assertThat(Designs.of(database, () -> all).lines())
        .isEqualTo(Designs.declared("after", after).lines());
    if (engine == Engine.SQLITE) {
      run(database, "update pets set years = 8;");
      assertThat(ask(database, "select given_name || colour from people, pets"))
          .containsExactly("seenseen");
    }

    migrator.downgrade("-1");
    assertThat(ask(database, "select age from pets, owners where old_name is not null")).hasSize(1);
    assertThat(Designs.of(database, () -> files).lines())
        .isEqualTo(Designs.declared("before", before).lines());
    migrator.upgrade("head");
    assertThat(Designs.of(database, () -> all).lines())
        .isEqualTo(Designs.declared("after", after).lines());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "owners",
        "owners.name=",
        "nobody=people",
        "owners.age=years",
        "pets.age=colour",
        "pets=owners"
      })
  void aRenamingThatCannotBeIsRefused(String text) {
    assertThatThrownBy(() -> write(BEFORE, BEFORE, true, base(BEFORE, ""), text))
        .isInstanceOfSatisfying(
            ProblemException.class, it -> assertThat(it.problem().detail()).contains(text));
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
