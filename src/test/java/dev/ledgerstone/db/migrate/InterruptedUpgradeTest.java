package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An upgrade that is cut off in the middle leaves the version before. */
class InterruptedUpgradeTest {
  private static final String FIRST = "-- @up\ncreate table a (id integer);\n-- @down\n-- @end\n";

  /** Counts for minutes once it has made its table and a row. */
  private static final String SLOW_ON_SQLITE =
      """
      insert into b select count(*) from (
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000000000) select i from n);
      """;

  private static final String SLOW_ON_POSTGRES = "select pg_sleep(300);\n";

  private static String second(String slow) {
    return "-- @up\ncreate table b (id integer);\ninsert into b values (1);\n"
        + slow
        + "-- @down\n-- @end\n";
  }

  private static void isAtOneAndGoesOn(Database database) {
    Migrator quick =
        new Migrator(
            database, () -> Map.of("0001_a.sql", FIRST, "0002_b.sql", second("")), _ -> {}, "1");
    assertThat(quick.check()).isEqualTo(new MigrationStatus(1, 2, List.of("0002_b"), List.of()));
    assertThat(Catalogue.of(database)).noneMatch(line -> line.matches("(?s)(table|relation) b .*"));

    assertThat(quick.upgrade("head")).containsExactly("0002_b");
    assertThat(database.<Integer>read(sql -> sql.fetchCount(org.jooq.impl.DSL.table("b"))))
        .isEqualTo(1);
  }

  @Test
  void aKilledProcessLeavesAUsableFile(@TempDir Path folder)
      throws IOException, InterruptedException {
    Database database = TestDatabases.empty(Engine.SQLITE);
    Files.writeString(folder.resolve("0001_a.sql"), FIRST);
    Files.writeString(folder.resolve("0002_b.sql"), second(SLOW_ON_SQLITE));
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                UpgradeInChild.class.getName(),
                TestDatabases.url(database),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = child.inputReader()) {
      String line = output.readLine();
      while (line != null && !line.contains("Started[migration=0002_b")) {
        line = output.readLine();
      }
      assertThat(line).isNotNull();
      Thread.sleep(500); // well into the slow statement
      assertThat(child.isAlive()).isTrue();
    } finally {
      child.destroyForcibly(); // SIGKILL
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(child.exitValue()).isEqualTo(128 + 9);

    assertThat(
            database.<String>read(
                sql -> sql.fetchSingle("pragma integrity_check").get(0, String.class)))
        .isEqualTo("ok");
    isAtOneAndGoesOn(database);
  }

  @Test
  void aLostConnectionLeavesAUsableDatabase() throws InterruptedException {
    Database database = TestDatabases.empty(Engine.POSTGRES);
    Migrator slow =
        new Migrator(
            database,
            () -> Map.of("0001_a.sql", FIRST, "0002_b.sql", second(SLOW_ON_POSTGRES)),
            _ -> {},
            "1");
    CompletableFuture<List<String>> upgrade =
        CompletableFuture.supplyAsync(() -> slow.upgrade("head"));
    while (!terminateSleeper(database)) {
      assertThat(upgrade).isNotDone();
      Thread.sleep(20);
    }

    Throwable cause =
        catchThrowableOfType(java.util.concurrent.CompletionException.class, upgrade::join)
            .getCause();
    assertThat(cause)
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isInstanceOf(MigrationProblem.Failed.class));
    isAtOneAndGoesOn(database);
  }

  private static boolean terminateSleeper(Database database) {
    return database
        .read(
            sql ->
                sql.fetch(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and query = 'select pg_sleep(300)'
                    """))
        .isNotEmpty();
  }
}
