package dev.ledgerstone.bench;

import static dev.ledgerstone.db.schema.Tables.ANALYTICS_EVENTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.google.errorprone.annotations.FormatMethod;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.ops.intake.Format;
import dev.ledgerstone.ops.intake.Intake;
import dev.ledgerstone.ops.intake.Mapping;
import dev.ledgerstone.ops.intake.TableSink;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Imports of {@code analytics_events}, a table with five indexes, from JSON lines and from CSV; one
 * row in a hundred is bad. Each file is another tenant's, and the first one warms up.
 */
public final class ImportBench {
  /** One row in so many has a time that is none. */
  private static final int BAD = 100;

  private static final Mapping CSV = Mapping.parse("{\"casts\": {\"properties\": \"json\"}}");

  private final PrintWriter out;
  private final @Nullable String url;
  private final long rows;

  /**
   * @param url null: SQLite in a temporary folder; an empty or current database otherwise
   */
  public ImportBench(PrintWriter out, @Nullable String url, long rows) {
    this.out = out;
    this.url = url;
    this.rows = rows;
  }

  /** Runs it; returns whether each good row came in, and each bad one was named. */
  public boolean run() throws IOException {
    Path folder = Files.createTempDirectory("ledgerstone-bench");
    String where = url == null ? "sqlite:" + folder.resolve("import.db") : url;
    try (Database database = Database.open(DatabaseSettings.of(where))) {
      new Migrator(database, "bench").upgrade("head");
      say("%s, %,d rows a file, one in %d bad", database.engine().title(), rows, BAD);
      boolean isWell = true;
      for (Format format : new Format[] {Format.JSONL, Format.JSONL, Format.CSV}) {
        isWell &= run(database, folder, format);
      }
      return isWell;
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }

  private boolean run(Database database, Path folder, Format format) throws IOException {
    UUID tenant = tenant(database);
    Path file =
        write(folder.resolve(tenant + "." + format.name().toLowerCase(Locale.ROOT)), format);
    Mapping mapping = format == Format.CSV ? CSV : Mapping.NONE;
    Duration cpu = cpu();
    Intake.Report report =
        new Intake(database, Clock.systemUTC(), Actor.command(tenant))
            .run(
                Intake.Source.of(file, format),
                new TableSink(
                    ANALYTICS_EVENTS.getName(),
                    tenant,
                    mapping,
                    Clock.systemUTC(),
                    database.engine()),
                _ -> {});
    say(
        "%-5s %,9d rows/s at %.0f us of CPU each; %,d in, %,d rejected",
        format,
        report.recordsPerSecond(),
        cpu().minus(cpu).toNanos() / 1e3 / rows,
        report.taken(),
        report.rejected());
    int there =
        database.read(
            sql -> sql.fetchCount(ANALYTICS_EVENTS, ANALYTICS_EVENTS.TENANT_ID.eq(tenant)));
    return there == rows - rows / BAD && report.rejected() == rows / BAD;
  }

  private static UUID tenant(Database database) {
    UUID id = Ids.next();
    Instant now = Instant.now();
    database.write(
        sql ->
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, id)
                .set(TENANTS.SLUG, "bench-" + id)
                .set(TENANTS.NAME, "bench")
                .set(TENANTS.CREATED_AT, now)
                .set(TENANTS.UPDATED_AT, now)
                .execute());
    return id;
  }

  /** A day of events, in the order of their time. */
  private Path write(Path file, Format format) throws IOException {
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    try (BufferedWriter text = Files.newBufferedWriter(file)) {
      if (format == Format.CSV) {
        text.write("name,anonymous_id,page,device,properties,at\r\n");
      }
      for (long i = 1; i <= rows; i++) {
        String at =
            i % BAD == 0
                ? "yesterday"
                : Timestamps.text(from.plusNanos(i * (86_400_000_000_000L / rows)));
        text.write(
            (format == Format.CSV
                    ? "viewed_%d,visitor-%d,/products/%d,phone,\"{\"\"step\"\": %d}\",%s\r\n"
                    : "{\"name\": \"viewed_%d\", \"anonymous_id\": \"visitor-%d\", \"page\": \"/products/%d\","
                        + " \"device\": \"phone\", \"properties\": {\"step\": %d}, \"at\": \"%s\"}\n")
                .formatted(i % 20, i % 5000, i % 700, i % 7, at));
      }
    }
    return file;
  }

  /** What this process has used of the machine's processors. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
