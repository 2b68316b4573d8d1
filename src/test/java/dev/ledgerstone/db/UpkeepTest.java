package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Inspection.State;
import dev.ledgerstone.db.design.Designs;
import dev.ledgerstone.db.design.MissingIndexes;
import dev.ledgerstone.db.migrate.MigrationSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A database is kept in shape, and what is wrong with it is told. */
@ParameterizedClass
@EnumSource(Engine.class)
class UpkeepTest {
  private final Database database;

  UpkeepTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
  }

  private void run(String sql) {
    database.<Integer>write(it -> it.execute(sql));
  }

  private List<Inspection.Finding> of(String what) {
    return Inspection.of(database, true).stream().filter(it -> it.what().equals(what)).toList();
  }

  @Test
  void aFreshDatabaseIsWell() {
    assertThat(Inspection.of(database, true)).noneMatch(it -> it.state() == State.FAULT);
    assertThat(of("largest tables").getFirst().found()).contains(" MiB");
    assertThat(MissingIndexes.of(Designs.of(database, MigrationSource.classpath()))).isEmpty();
  }

  @Test
  void statisticsAndIndexesAreMadeAnew() {
    List<String> told = new ArrayList<>();

    List<Upkeep.Done> done = Upkeep.run(database, true, true, told::add);

    assertThat(done).extracting(Upkeep.Done::table).contains("users", "ai_requests");
    assertThat(told).contains("reindex users", "analyze users");
    switch (database.engine()) {
      case SQLITE -> {
        assertThat(of("statistics").getFirst().state()).isEqualTo(State.OK);
        assertThat(done.getLast().what()).isEqualTo("checkpoint");
      }
      case POSTGRES ->
          assertThat(
                  database.<Integer>read(
                      sql ->
                          sql.fetch("select 1 from pg_class where relname ~ '_ccnew'").size()))
              .isZero();
    }
  }

  @Test
  void anIndexThatAForeignKeyLacksIsNamed() {
    run("create table parents (id uuid not null primary key)");
    run("create table children (id uuid not null primary key, parent_id uuid references parents (id))");

    assertThat(MissingIndexes.of(Designs.of(database, MigrationSource.classpath())))
        .containsExactly("create index on children (parent_id)");
  }

  @Test
  void whatIsBrokenIsNamed() {
    switch (database.engine()) {
      case SQLITE -> {
        run("create table parents (id integer primary key)");
        run("create table children (id integer, parent_id integer references parents (id))");
        database.<Integer>write(
            sql -> {
              sql.execute("pragma defer_foreign_keys = on");
              sql.execute("insert into parents values (1)");
              sql.execute("insert into children values (1, 1)");
              sql.execute("pragma writable_schema = on");
              sql.execute(
                  "update sqlite_schema set sql = replace(sql, 'references parents (id)', 'references parentx (id)') where name = 'children'");
              return 0;
            });
        try (Database again = Database.open(DatabaseSettings.of(TestDatabases.url(database)))) {
          assertThat(Inspection.of(again, false))
              .filteredOn(it -> it.what().equals("foreign keys"))
              .extracting(Inspection.Finding::state)
              .containsExactly(State.FAULT);
        }
      }
      case POSTGRES -> {
        run("alter table users add constraint users_late check (username <> '') not valid");
        assertThat(of("foreign keys"))
            .containsExactly(
                new Inspection.Finding(
                    "foreign keys",
                    State.NOTE,
                    "alter table users validate constraint users_late"));
      }
    }
  }
}
