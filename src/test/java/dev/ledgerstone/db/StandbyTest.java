package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads on a real standby, which follows its primary by streaming replication. */
class StandbyTest {
  @TempDir Path folder;

  @Test
  @SuppressWarnings("try") // the standby is stopped in the middle
  void whoWroteReadsItWhereverItIs() throws Exception {
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder().setDataDirectory(folder.resolve("primary")).start();
        EmbeddedPostgres standby = standby(server);
        Database primary = Database.open(DatabaseSettings.of(url(server)));
        Replicas replicas = Replicas.open(primary, List.of(DatabaseSettings.of(url(standby))))) {
      UUID acme = Ids.next();
      UUID zenith = Ids.next();
      write(primary, "create table t (i integer)");
      await(() -> replicas.status().getFirst().fault() == null);
      await(() -> replicas.reads("replica-1") > 0 || count(replicas, zenith) < 0);
      assertThat(count(replicas, zenith)).isZero();

      // Replication goes on, replay does not: the standby keeps what it had.
      execute(standby, "select pg_wal_replay_pause()");
      Runnable over = replicas.write(acme);
      write(primary, "insert into t values (1)");
      over.run();
      long before = replicas.reads("replica-1");
      assertThat(count(replicas, acme)).isEqualTo(1);
      assertThat(replicas.reads("replica-1")).as("acme read from the primary").isEqualTo(before);
      assertThat(count(replicas, zenith)).as("zenith reads what the standby has").isZero();
      assertThat(replicas.reads("replica-1")).isEqualTo(before + 1);

      execute(standby, "select pg_wal_replay_resume()");
      await(
          () -> {
            long reads = replicas.reads("replica-1");
            assertThat(count(replicas, acme)).isEqualTo(1);
            return replicas.reads("replica-1") > reads;
          });

      standby.close();
      await(() -> "it does not answer".equals(replicas.status().getFirst().fault()));
      assertThat(count(replicas, zenith)).isEqualTo(1);
    }
  }

  private static int count(Replicas replicas, UUID tenant) {
    return replicas.<Integer>read(
        tenant,
        database ->
            database.<Integer>read(
                sql -> sql.fetchSingle("select count(*) from t").get(0, Integer.class)));
  }

  private static void write(Database primary, String statement) {
    primary.<Integer>write(sql -> sql.execute(statement));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long until = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(until);
      Thread.sleep(20); // between two looks at the condition
    }
  }

  private static String url(EmbeddedPostgres server) {
    return "postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres";
  }

  private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** A copy of a running server, made as pg_basebackup makes it, that follows it. */
  private EmbeddedPostgres standby(EmbeddedPostgres server) throws SQLException, IOException {
    Path from = folder.resolve("primary");
    Path to = folder.resolve("standby");
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("select pg_backup_start('standby', true)");
      copy(from, to);
      try (ResultSet row = statement.executeQuery("select labelfile from pg_backup_stop(false)")) {
        row.next();
        Files.writeString(to.resolve("backup_label"), row.getString(1));
      }
    }
    copy(from.resolve("pg_wal"), to.resolve("pg_wal")); // all that the copy needs to be whole
    Files.writeString(to.resolve("standby.signal"), "");
    Files.writeString(
        to.resolve("postgresql.auto.conf"),
        "\nprimary_conninfo = 'host=127.0.0.1 port=" + server.getPort() + " user=postgres'\n",
        StandardOpenOption.APPEND,
        StandardOpenOption.CREATE);
    return EmbeddedPostgres.builder().setDataDirectory(to).setCleanDataDirectory(true).start();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path target = to.resolve(from.relativize(folder).toString());
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = String.valueOf(file.getFileName());
            if (!name.startsWith("postmaster.") && !name.startsWith("epg-")) {
              try {
                Files.copy(
                    file,
                    to.resolve(from.relativize(file).toString()),
                    StandardCopyOption.REPLACE_EXISTING);
              } catch (NoSuchFileException e) {
                return FileVisitResult.CONTINUE; // the server took it away meanwhile
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // as above
          }
        });
  }
}
