package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.MigrationEvent.Direction;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class MigratorTest {
  private final Database database;

  /** Three migrations that make the tables a, b and c. */
  private final Map<String, String> files = new TreeMap<>();

  private final List<MigrationEvent> events = new ArrayList<>();

  MigratorTest(Engine engine) {
    database = TestDatabases.empty(engine);
    file("0001_a.sql", "create table a (id integer);", "drop table a;");
    file("0002_b.sql", "create table b (id integer);", "drop table b;");
    file("0003_c.sql", "create table c (id integer);", "drop table c;");
  }

  private void file(String path, String up, String down) {
    files.put(path, "-- @up\n" + up + "\n-- @down\n" + down + "\n-- @end\n");
  }

  private Migrator migrator() {
    return new Migrator(database, () -> files, events::add, "1.2.3");
  }

  private String tables() {
    String question =
        switch (database.engine()) {
          case SQLITE -> "select name from sqlite_schema where type = 'table' and length(name) = 1";
          case POSTGRES ->
              "select tablename from pg_tables where schemaname = 'public' and length(tablename) = 1";
        };
    List<String> names =
        database.read(sql -> sql.fetchValues(question)).stream()
            .map(String::valueOf)
            .sorted()
            .toList();
    return String.join("", names);
  }

  private static Problem problem(ThrowingCallable work) {
    return catchThrowableOfType(ProblemException.class, work).problem();
  }

  @Test
  void anUpgradeRunsWhatIsMissingInOrder() {
    assertThat(migrator().upgrade("2")).containsExactly("0001_a", "0002_b");
    assertThat(migrator().upgrade("head")).containsExactly("0003_c");
    assertThat(migrator().upgrade("head")).isEmpty();
    assertThat(tables()).isEqualTo("abc");
    assertThat(migrator().current()).map(AppliedMigration::label).contains("0003_c");
  }

  @Test
  void theHistoryTellsWhatWasRun() {
    migrator().upgrade("head");

    assertThat(migrator().history()).extracting(AppliedMigration::number).containsExactly(1, 2, 3);
    AppliedMigration first = migrator().history().getFirst();
    assertThat(first.name()).isEqualTo("a");
    assertThat(first.down()).isEqualTo("drop table a;\n");
    assertThat(first.checksum()).hasSize(64);
    assertThat(first.serverVersion()).isEqualTo("1.2.3");
    assertThat(first.took()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
  }

  @Test
  void progressIsTold() {
    migrator().upgrade("+1");
    migrator().downgrade("base");

    assertThat(events)
        .satisfiesExactly(
            e -> assertThat(e).isEqualTo(new MigrationEvent.Started("0001_a", Direction.UP, 1, 1)),
            e -> assertThat(e).isInstanceOf(MigrationEvent.Finished.class),
            e ->
                assertThat(e).isEqualTo(new MigrationEvent.Started("0001_a", Direction.DOWN, 1, 1)),
            e -> assertThat(e).isInstanceOf(MigrationEvent.Finished.class));
  }

  @ParameterizedTest
  @CsvSource({"head,abc", "base,''", "+1,ab", "2,ab", "0002,ab", "b,ab", "0002_b,ab", "0002_B,ab"})
  void anUpgradeTakesEachKindOfTarget(String target, String tables) {
    if (!target.equals("base")) {
      migrator().upgrade("1");
    }
    migrator().upgrade(target);
    assertThat(tables()).isEqualTo(tables);
  }

  @ParameterizedTest
  @CsvSource({"base,''", "0,''", "-1,ab", "-3,''", "1,a", "a,a", "head,abc"})
  void aDowngradeTakesEachKindOfTarget(String target, String tables) {
    migrator().upgrade("head");
    migrator().downgrade(target);
    assertThat(tables()).isEqualTo(tables);
  }

  @ParameterizedTest
  @CsvSource({"+4", "-1", "4", "bee", "''", "99999"})
  void aTargetThatIsNoneIsRefused(String target) {
    Problem problem = problem(() -> migrator().upgrade(target));

    assertThat(problem).isInstanceOf(MigrationProblem.NoSuchTarget.class);
    assertThat(problem.hint()).contains(target.equals("bee") ? "0002_b" : "such as 000");
    assertThat(tables()).isEmpty();
  }

  @Test
  void aTargetOnTheOtherSideIsRefused() {
    migrator().upgrade("2");

    assertThat(problem(() -> migrator().upgrade("1")))
        .isEqualTo(new MigrationProblem.WrongWay("1", Direction.UP));
    assertThat(problem(() -> migrator().downgrade("3")))
        .isEqualTo(new MigrationProblem.WrongWay("3", Direction.DOWN));
  }

  @Test
  void aFileThatWasChangedAfterwardsIsFound() {
    migrator().upgrade("2");
    file("0001_a.sql", "create table a (id bigint);", "drop table a;");

    MigrationProblem changed = new MigrationProblem.Changed("0001_a");
    assertThat(problem(() -> migrator().upgrade("head"))).isEqualTo(changed);
    assertThat(tables()).isEqualTo("ab");
    assertThat(migrator().check().problems()).containsExactly(changed);
    assertThat(migrator().check().isCurrent()).isFalse();
  }

  @Test
  void aDowngradeRunsWhatWasKeptThoughTheFilesAreChangedOrGone() {
    migrator().upgrade("head");
    files.remove("0003_c.sql");
    file("0002_b.sql", "create table z (id integer);", "drop table z;");

    assertThat(problem(() -> migrator().upgrade("head")))
        .isEqualTo(new MigrationProblem.Changed("0002_b"));
    assertThat(migrator().check().problems())
        .containsExactly(
            new MigrationProblem.Changed("0002_b"), new MigrationProblem.Unknown("0003_c"));
    assertThat(migrator().downgrade("1")).containsExactly("0003_c", "0002_b");
    assertThat(tables()).isEqualTo("a");
    assertThat(migrator().upgrade("head")).containsExactly("0002_b");
    assertThat(tables()).isEqualTo("az");
  }

  @Test
  void aNewerDatabaseIsRefused() {
    migrator().upgrade("head");
    files.remove("0003_c.sql");

    assertThat(problem(() -> migrator().upgrade("head")))
        .isEqualTo(new MigrationProblem.Unknown("0003_c"));
  }

  @Test
  void aHistoryThatWasTamperedWithIsFound() {
    migrator().upgrade("head");
    database.write(sql -> sql.execute("update schema_history set checksum = 'x' where number = 2"));
    assertThat(problem(() -> migrator().downgrade("1")))
        .isInstanceOf(MigrationProblem.HistoryBroken.class);

    database.write(sql -> sql.execute("delete from schema_history where number = 2"));
    assertThat(problem(() -> migrator().downgrade("1")).detail()).contains("number 2");
    assertThat(tables()).isEqualTo("abc");
  }

  @Test
  void aFailingStatementLeavesTheVersionBefore() {
    file(
        "0002_b.sql",
        "create table b (id integer);\n\ninsert into b values (1);\ninsert into\n nowhere values (1);",
        "drop table b;");

    Problem problem = problem(() -> migrator().upgrade("head"));

    assertThat(problem)
        .isInstanceOfSatisfying(
            MigrationProblem.Failed.class,
            failed -> {
              assertThat(failed.file()).isEqualTo("0002_b.sql");
              // SQLite tells the statement, PostgreSQL the place in it.
              assertThat(failed.line()).isEqualTo(database.engine() == Engine.SQLITE ? 5 : 6);
              assertThat(failed.reason()).contains("nowhere");
            });
    assertThat(tables()).isEqualTo("a");
    assertThat(migrator().current()).map(AppliedMigration::number).contains(1);

    file("0002_b.sql", "create table b (id integer);", "drop table b;");
    assertThat(migrator().upgrade("head")).containsExactly("0002_b", "0003_c");
  }

  @Test
  void aFailingWayDownLeavesTheVersionToo() {
    file("0002_b.sql", "create table b (id integer);", "drop table b;\ndrop table nowhere;");
    migrator().upgrade("2");

    Problem problem = problem(() -> migrator().downgrade("base"));

    assertThat(problem.detail()).startsWith("the way down of 0002_b in the history, line 2: ");
    assertThat(tables()).isEqualTo("ab");
    assertThat(migrator().current()).map(AppliedMigration::number).contains(2);
  }

  @Test
  void withoutAWayDownNothingIsUndone() {
    files.put("0001_a.sql", "-- @up\ncreate table a (id integer);\n-- @end\n");
    migrator().upgrade("head");

    assertThat(problem(() -> migrator().downgrade("base")))
        .isEqualTo(new MigrationProblem.NoWayDown("0001_a"));
    assertThat(tables()).isEqualTo("abc");
  }

  @Test
  void aMigrationWithoutTransactionKeepsWhatItDidBeforeItFailed() {
    files.put(
        "0002_b.sql",
        """
        -- @no-transaction
        -- @up
        create table if not exists b (id integer);
        insert into nowhere values (1);
        -- @down
        drop table b;
        -- @end
        """);
    assertThat(problem(() -> migrator().upgrade("head")))
        .isInstanceOf(MigrationProblem.Failed.class);
    assertThat(tables()).isEqualTo("ab");
    assertThat(migrator().current()).map(AppliedMigration::number).contains(1);

    files.computeIfPresent("0002_b.sql", (_, text) -> text.replace("nowhere", "b"));
    assertThat(migrator().upgrade("head")).containsExactly("0002_b", "0003_c");
    assertThat(migrator().downgrade("1")).containsExactly("0003_c", "0002_b");
    assertThat(tables()).isEqualTo("a");
  }

  @Test
  void stampingChangesTheHistoryAlone() {
    migrator().stamp("2");
    assertThat(tables()).isEmpty();
    assertThat(migrator().history()).extracting(AppliedMigration::number).containsExactly(1, 2);

    migrator().stamp("base");
    assertThat(migrator().current()).isEmpty();

    migrator().upgrade("head");
    List<AppliedMigration> before = migrator().history();
    file("0002_b.sql", "create table b (id integer); -- as before", "drop table b;");
    migrator().stamp("head");

    assertThat(migrator().check().isCurrent()).isTrue();
    assertThat(migrator().history().getFirst()).isEqualTo(before.getFirst());
    assertThat(migrator().history().getLast().chain()).isNotEqualTo(before.getLast().chain());
  }

  @Test
  void checkTellsWhatIsPending() {
    assertThat(migrator().check())
        .isEqualTo(new MigrationStatus(0, 3, List.of("0001_a", "0002_b", "0003_c"), List.of()));
    migrator().upgrade("2");
    assertThat(migrator().check())
        .isEqualTo(new MigrationStatus(2, 3, List.of("0003_c"), List.of()));
  }

  @Test
  void serversThatStartAtOnceUpgradeOnce() throws Exception {
    for (int number = 4; number <= 12; number++) {
      file(
          "%04d_t%d.sql".formatted(number, number),
          "create table t%d (id integer);".formatted(number),
          "");
    }
    // A session that waited for the lock inside a statement would block this for ever.
    files.put(
        "0013_index.sql",
        """
        -- @no-transaction
        -- @up
        create index
        --@postgres concurrently
        if not exists a_idx on a (id);
        -- @down
        drop index a_idx;
        -- @end
        """);
    int servers = 4;
    ConcurrentLinkedQueue<String> done = new ConcurrentLinkedQueue<>();
    CyclicBarrier start = new CyclicBarrier(servers);
    try (ExecutorService threads = Executors.newFixedThreadPool(servers)) {
      List<Future<?>> running = new ArrayList<>();
      for (int server = 0; server < servers; server++) {
        running.add(
            threads.submit(
                () -> {
                  try (Database own =
                      Database.open(DatabaseSettings.of(TestDatabases.url(database)))) {
                    Migrator migrator = new Migrator(own, () -> files, _ -> {}, "1");
                    start.await();
                    done.addAll(migrator.upgrade("head"));
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    assertThat(done).hasSize(13).doesNotHaveDuplicates();
    assertThat(migrator().check().isCurrent()).isTrue();
  }

  @Test
  void aMigratorDoesNotWaitForEver() throws SQLException {
    migrator().upgrade("1");
    try (Database other = Database.open(impatient());
        Connection holder = other.borrowWriter();
        Statement statement = holder.createStatement()) {
      statement.execute(
          switch (database.engine()) {
            case SQLITE -> "begin immediate";
            case POSTGRES -> "select pg_advisory_lock(" + MigrationSession.LOCK + ")";
          });
      try (Database own = Database.open(impatient())) {
        Migrator migrator =
            new Migrator(own, () -> files, events::add, "1", Duration.ofMillis(200));
        events.clear();

        assertThat(problem(() -> migrator.upgrade("head")))
            .isInstanceOf(MigrationProblem.Locked.class);
        assertThat(events).contains(new MigrationEvent.Waiting());
      } finally {
        statement.execute(
            switch (database.engine()) {
              case SQLITE -> "rollback";
              case POSTGRES -> "select pg_advisory_unlock_all()";
            });
      }
    }
    assertThat(migrator().upgrade("head")).containsExactly("0002_b", "0003_c");
  }

  private DatabaseSettings impatient() {
    return new DatabaseSettings(TestDatabases.url(database), 2, 2, Duration.ofMillis(300));
  }

  @Test
  void connectionsComeBackToThePool() {
    file("0002_b.sql", "insert into nowhere values (1);", "");
    for (int i = 0; i < 12; i++) {
      assertThat(problem(() -> migrator().upgrade("head")))
          .isInstanceOf(MigrationProblem.Failed.class);
    }
    assertThat(database.<Integer>write(sql -> sql.execute("insert into a values (1)")))
        .isEqualTo(1);
  }
}
