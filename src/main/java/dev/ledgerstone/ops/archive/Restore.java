package dev.ledgerstone.ops.archive;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.migrate.AppliedMigration;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Restores an archive of a whole database into a database of either engine: all of it, or none. The
 * target has the schema of this server's version afterwards, whatever version the archive is of.
 */
public final class Restore {
  private final Path archive;
  private final @Nullable String passphrase;
  private final String version;
  private final Watcher watcher;

  /**
   * @param passphrase null: none was given
   * @param version of this server, for the history of the schema
   */
  public Restore(Path archive, @Nullable String passphrase, String version, Watcher watcher) {
    this.archive = archive;
    this.passphrase = passphrase;
    this.version = version;
    this.watcher = watcher;
  }

  /**
   * What was restored.
   *
   * @param isSealed whether secrets in it are sealed by a master key, which no archive holds
   */
  public record Report(Manifest manifest, long rows, boolean isSealed, Duration took) {}

  /**
   * Makes a database of an archive.
   *
   * @param file of the database
   * @param force whether one that is there is replaced
   */
  public Report intoSqlite(Path file, boolean force) {
    return intoSqlite(file, force, "head");
  }

  /** As {@link #intoSqlite(Path, boolean)}, with the schema of another version, or {@code +0}. */
  Report intoSqlite(Path file, boolean force, String to) {
    long begin = System.nanoTime();
    Manifest manifest = whole();
    if (Files.exists(file) && !force && !isEmpty(file)) {
      throw notEmpty(file.toString());
    }
    Path part = file.resolveSibling(file.getFileName() + ".restoring");
    String url = "sqlite:" + part;
    try {
      for (String suffix : List.of("", "-wal", "-shm", "-journal")) {
        Files.deleteIfExists(part.resolveSibling(part.getFileName() + suffix));
      }
      try (Database fresh = Database.open(DatabaseSettings.of(url))) {
        upgrade(fresh, head(manifest));
      }
      Runnable last =
          () -> {
            try (Database restored = Database.open(DatabaseSettings.of(url))) {
              upgrade(restored, to);
            }
          };
      try (Target target = new SqliteTarget(file, part, last)) {
        return load(manifest, target, begin);
      }
    } catch (SQLException e) {
      throw failed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be made: " + e.getMessage(), e);
    }
  }

  /**
   * Fills a PostgreSQL database with an archive.
   *
   * @param force whether rows that are there are thrown away
   */
  public Report intoPostgres(Database database, boolean force) {
    long begin = System.nanoTime();
    Manifest manifest = whole();
    Migrator migrator = new Migrator(database, version);
    List<AppliedMigration> past = migrator.history();
    String head = head(manifest);
    if (!past.isEmpty()) {
      if (!force && !isEmpty(database)) {
        throw notEmpty("the database");
      }
      if (!past.getLast().label().equals(head)) {
        throw new RequestProblem.Conflict(
                "the database's schema is at "
                    + past.getLast().label()
                    + ", and the archive's at "
                    + head,
                "restore into an empty database")
            .exception();
      }
    }
    upgrade(database, head);
    try (Target target = new PostgresTarget(database, () -> upgrade(database, "head"))) {
      return load(manifest, target, begin);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private static RuntimeException failed(SQLException e) {
    ProblemException problem = DatabaseProblem.of(e);
    return new RequestProblem.Conflict(
            "the archive cannot be restored: " + problem.problem().detail(),
            "nothing was changed; verify the archive, and look at the database's log")
        .exception(e);
  }

  private static RuntimeException notEmpty(String what) {
    return new RequestProblem.Conflict(
            what + " holds rows",
            "restore into an empty database, or lose what is there by --force")
        .exception();
  }

  /** The manifest of an archive of a whole database that this version understands. */
  private Manifest whole() {
    watcher.at("checking the archive", 0, 0);
    Manifest manifest = new ArchiveReader(archive, passphrase).manifest();
    if (manifest.tenant() != null) {
      throw new RequestProblem.Conflict(
              "the archive holds the tenant " + manifest.tenant().slug() + " alone",
              "add it to a database: ledgerstone import tenant " + archive.getFileName())
          .exception();
    }
    return manifest;
  }

  private static String head(Manifest manifest) {
    if (manifest.migrations().isEmpty()) {
      throw Damage.of("the archive is of a database without a schema");
    }
    return manifest.migrations().getLast().name();
  }

  private void upgrade(Database database, String to) {
    watcher.at("making the tables", 0, 0);
    try {
      new Migrator(database, version).upgrade(to);
    } catch (ProblemException e) {
      throw new RequestProblem.Conflict(
              "the schema of the archive cannot be made: " + e.problem().detail(),
              "use the version of Ledgerstone that made it, or a newer one")
          .exception(e);
    }
  }

  private static boolean isEmpty(Path file) {
    try (Database database = Database.open(DatabaseSettings.of("sqlite:" + file))) {
      return isEmpty(database);
    }
  }

  /** A database without a tenant has nobody's rows. */
  private static boolean isEmpty(Database database) {
    return database.readJdbc(
        connection -> {
          try (var tables =
              connection
                  .getMetaData()
                  .getTables(null, null, "tenants", new String[] {"TABLE", "PARTITIONED TABLE"})) {
            if (!tables.next()) {
              return true;
            }
          }
          try (var statement = connection.createStatement();
              var row = statement.executeQuery("select count(*) from tenants")) {
            return row.next() && row.getLong(1) == 0;
          }
        });
  }

  private Report load(Manifest manifest, Target target, long begin) throws SQLException {
    Loading loading = new Loading(manifest, target);
    try {
      target.begin(manifest.tables());
      loading.prove(
          ReadAhead.read(new ArchiveReader(archive, passphrase), loading::check, loading::take));
      watcher.at("making indexes", 0, 0);
      target.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(archive + " cannot be restored: " + e.getMessage(), e);
    }
    long sealed = loading.counts.getOrDefault("sealing_keys", 0L);
    return new Report(
        manifest, loading.rows, sealed > 0, Duration.ofNanos(System.nanoTime() - begin));
  }

  /** Rows on their way from an archive into a target. */
  private final class Loading {
    private final Manifest expected;
    private final Target target;
    private final Map<String, Long> counts = new HashMap<>();
    private String table = "";
    private long rows;

    Loading(Manifest expected, Target target) {
      this.expected = expected;
      this.target = target;
    }

    void check(Manifest manifest) {
      if (!manifest.equals(expected)) {
        throw Damage.of("the archive was changed while it was read");
      }
    }

    void take(Shape shape, List<@Nullable Object[]> some) throws IOException {
      try {
        if (!table.equals(shape.name())) {
          table = shape.name();
          target.table(shape);
        }
        for (@Nullable Object[] values : some) {
          target.row(values);
        }
      } catch (SQLException e) {
        throw new IOException("rows of " + table + ": " + e.getMessage(), e);
      }
      rows += some.size();
      counts.merge(table, (long) some.size(), Long::sum);
      watcher.at(table, rows, expected.rows());
    }

    void prove(Map<String, String> digests) {
      for (Manifest.Content each : expected.tables()) {
        String name = each.shape().name();
        long came = counts.getOrDefault(name, 0L);
        if (came != each.rows() || !digests.getOrDefault(name, "").startsWith(came + ":")) {
          throw Damage.of(
              "the archive holds " + came + " rows of " + name + ", and should " + each.rows());
        }
      }
    }
  }
}
