package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.design.Drift.Finding;
import dev.ledgerstone.db.design.Drift.Kind;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.Migrator;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What other hands did to a database is found. */
@ParameterizedClass
@EnumSource(Engine.class)
class DriftTest {
  private static final MigrationSource OURS = MigrationSource.classpath();

  private final Database database;

  DriftTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
  }

  private void run(String sql) {
    database.<Integer>write(it -> it.execute(sql));
  }

  @Test
  void aDatabaseOfOursHasNone() {
    new Partitions(database).ensure(Instant.parse("2026-11-01T00:00:00Z"));

    assertThat(Drift.of(database, OURS)).isEmpty();
  }

  @Test
  void aDatabaseOfAnEarlierVersionIsComparedWithThatVersion() {
    new Migrator(database, "test").downgrade("20");

    assertThat(Drift.of(database, OURS)).isEmpty();
  }

  /** As a way down leaves it, which SQLite writes behind all others. */
  @Test
  void aColumnThatWentAndCameBackIsNoDifference() {
    run("alter table customers drop column accepts_marketing");
    run("alter table customers add column accepts_marketing boolean not null default false");

    assertThat(Drift.of(database, OURS)).isEmpty();
  }

  @Test
  void whatIsPendingIsNoDifference() {
    Map<String, String> files = new TreeMap<>(OURS.files());
    files.put(
        "%04d_later.sql".formatted(new Migrator(database, "test").check().head() + 1),
        "-- @up\nalter table customers drop column accepts_marketing;\n-- @down\n"
            + "alter table customers add column accepts_marketing boolean not null default false;\n-- @end\n");

    assertThat(Drift.of(database, () -> files)).isEmpty();
  }

  @Test
  void eachDifferenceIsNamed() {
    run("drop index files_expires_idx");
    run("create index by_hand on users (created_at)");
    run("alter table users add column shoe_size integer");
    run("create table notes (id integer)");

    var findings = Drift.of(database, OURS);

    assertThat(findings)
        .contains(
            new Finding(Kind.MISSING, "index files_expires_idx"),
            new Finding(Kind.EXTRA, "index by_hand"),
            new Finding(Kind.EXTRA, "table notes"));
    assertThat(findings)
        .contains(
            switch (database.engine()) {
              case SQLITE -> new Finding(Kind.CHANGED, "table users");
              case POSTGRES -> new Finding(Kind.EXTRA, "column users.shoe_size");
            });
    assertThat(findings).hasSizeBetween(4, 5); // PostgreSQL tells the new table's column too
  }

  @Test
  void aTriggerThatIsGoneIsNamed() {
    switch (database.engine()) {
      case SQLITE -> run("drop trigger audit_logs_append_only_delete");
      case POSTGRES -> run("alter table audit_logs disable trigger audit_logs_append_only");
    }

    assertThat(Drift.of(database, OURS))
        .containsExactly(
            switch (database.engine()) {
              case SQLITE -> new Finding(Kind.MISSING, "trigger audit_logs_append_only_delete");
              case POSTGRES ->
                  new Finding(Kind.CHANGED, "trigger audit_logs_append_only of audit_logs");
            });
  }

  @Test
  void lookingLeavesNothingBehind() {
    Drift.of(database, OURS);

    if (database.engine() == Engine.POSTGRES) {
      assertThat(
              database.<Integer>read(
                  sql ->
                      sql.fetch(
                              "select nspname from pg_namespace where nspname like 'ledgerstone%'")
                          .size()))
          .isZero();
    }
    assertThat(new Migrator(database, "test").check().isCurrent()).isTrue();
  }
}
