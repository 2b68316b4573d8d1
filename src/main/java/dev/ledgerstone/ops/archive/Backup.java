package dev.ledgerstone.ops.archive;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.migrate.MigrationScript;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.ops.Pace;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes an archive of one moment while others go on writing: a read snapshot on SQLite, a
 * transaction of repeatable reads on PostgreSQL; neither keeps a writer waiting. Beside a server it
 * works half of the time, for the other half the processor is the server's.
 */
public final class Backup {
  /** Lines that a member holds, about. */
  private static final int MEMBER_BYTES = 4 << 20;

  private static final int PROGRESS = 5000;
  private static final List<String> SEEDS =
      List.of("showcase", "event_collections", "alert_rules", "retention_policies");

  private final Database database;
  private final Clock clock;
  private final String version;
  private final Watcher watcher;
  private final Pace pace;

  /**
   * @param version of this server, for the manifest
   */
  public Backup(Database database, Clock clock, String version, Watcher watcher) {
    this.database = database;
    this.clock = clock;
    this.version = version;
    this.watcher = watcher;
    this.pace = new Pace(database, clock);
  }

  /**
   * What was written.
   *
   * @param lines bytes of rows, before they were compressed
   * @param bytes of the file
   * @param sha256 of the file, hexadecimal
   */
  public record Report(
      Path file, long tables, long rows, long lines, long bytes, String sha256, Duration took) {}

  /**
   * Writes an archive of the whole database.
   *
   * @param file ends in {@code .tar.zst} or {@code .tar.gz}, and is not there yet
   * @param passphrase null: not encrypted
   */
  public Report write(Path file, @Nullable String passphrase) {
    return write(file, passphrase, null);
  }

  /** As {@link #write(Path, String)}, of the rows of one tenant alone. */
  public Report write(Path file, @Nullable String passphrase, Manifest.@Nullable Tenant tenant) {
    long begin = System.nanoTime();
    Instant at = clock.instant();
    List<Manifest.Step> migrations =
        new Migrator(database, version)
            .history().stream().map(it -> new Manifest.Step(it.label(), it.checksum())).toList();
    pace.begin();
    try (ArchiveWriter archive = new ArchiveWriter(file, at, passphrase)) {
      Written written =
          database.snapshot(
              connection -> {
                int patience = connection.getNetworkTimeout();
                unbounded(connection, 0);
                try {
                  return write(archive, at, migrations, tenant, connection);
                } catch (IOException e) {
                  throw new UncheckedIOException(e.getMessage(), e);
                } finally {
                  unbounded(connection, patience);
                }
              });
      String sha256 = archive.finish(written.digests);
      return new Report(
          file,
          written.digests.size(),
          written.rows,
          written.lines,
          Files.size(file),
          sha256,
          Duration.ofNanos(System.nanoTime() - begin));
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException(e.getFile() + " is there already", e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Counting a large table takes longer than a server's statement ever should. */
  private void unbounded(Connection connection, int millis) throws SQLException {
    if (database.engine() == Engine.POSTGRES) {
      connection.setNetworkTimeout(Runnable::run, millis);
    }
  }

  private record Written(Map<String, String> digests, long rows, long lines) {}

  private Written write(
      ArchiveWriter archive,
      Instant at,
      List<Manifest.Step> migrations,
      Manifest.@Nullable Tenant tenant,
      Connection connection)
      throws SQLException, IOException {
    RowSource source =
        new RowSource(
            connection, database.dialect(), tenant == null ? null : UUID.fromString(tenant.id()));
    List<Manifest.Content> contents = new ArrayList<>();
    for (Shape shape : Shape.all()) {
      if (tenant == null || RowSource.isTenants(shape)) {
        watcher.at("counting " + shape.name(), 0, 0);
        contents.add(source.content(shape));
      }
    }
    Manifest manifest =
        new Manifest(
            Manifest.FORMAT,
            version,
            database.engine(),
            Timestamps.text(at),
            tenant,
            migrations,
            contents);
    archive.member(Manifest.NAME, Manifest.bytes(manifest));
    if (tenant == null) {
      schema(archive);
    }
    Counter counter = new Counter(manifest.rows());
    Map<String, String> digests = new LinkedHashMap<>();
    for (Manifest.Content content : manifest.tables()) {
      digests.put(content.shape().name(), rows(archive, source, content, counter));
    }
    return new Written(digests, counter.rows, counter.lines);
  }

  private final class Counter {
    private final long total;
    private long rows;
    private long lines;

    Counter(long total) {
      this.total = total;
    }

    void row(String table) {
      rows++;
      if (rows % PROGRESS == 0) {
        watcher.at(table, rows, total);
      }
    }
  }

  /** Returns the digest of the rows. */
  private String rows(
      ArchiveWriter archive, RowSource source, Manifest.Content content, Counter counter)
      throws SQLException, IOException {
    Shape shape = content.shape();
    RowDigest digest = new RowDigest(shape);
    if (content.rows() > 0) {
      RowLines.Writer lines = new RowLines.Writer(shape);
      int[] members = {0};
      source.read(
          shape,
          values -> {
            lines.add(values);
            digest.add(values);
            counter.row(shape.name());
            if (lines.size() >= MEMBER_BYTES) {
              counter.lines += member(archive, shape, ++members[0], lines);
            }
            pace.rest();
          });
      if (lines.size() > 0) {
        counter.lines += member(archive, shape, ++members[0], lines);
      }
    }
    return digest.toString();
  }

  private static int member(ArchiveWriter archive, Shape shape, int number, RowLines.Writer lines)
      throws IOException {
    byte[] bytes = lines.take();
    archive.member(String.format(Locale.ROOT, "data/%s/%06d.jsonl", shape.name(), number), bytes);
    return bytes.length;
  }

  /** What makes the tables, and the rows that a server begins with, for whoever has no server. */
  private void schema(ArchiveWriter archive) throws IOException {
    for (Engine engine : Engine.values()) {
      String script =
          new MigrationScript(engine, MigrationSource.classpath(), version).sql("base", "head");
      archive.member(
          "schema/" + engine.name().toLowerCase(Locale.ROOT) + ".sql",
          script.getBytes(StandardCharsets.UTF_8));
    }
    for (String seed : SEEDS) {
      try (InputStream in = Backup.class.getResourceAsStream("/seeds/" + seed + ".json")) {
        if (in != null) {
          archive.member("seeds/" + seed + ".json", in.readAllBytes());
        }
      }
    }
  }
}
