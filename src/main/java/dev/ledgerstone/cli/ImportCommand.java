package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.archive.TenantImport;
import dev.ledgerstone.ops.intake.Format;
import dev.ledgerstone.ops.intake.Intake;
import dev.ledgerstone.ops.intake.Legacy;
import dev.ledgerstone.ops.intake.Mapping;
import dev.ledgerstone.ops.intake.MetricsSink;
import dev.ledgerstone.ops.intake.Sink;
import dev.ledgerstone.ops.intake.SpendLogSink;
import dev.ledgerstone.ops.intake.TableSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;

/** {@code import}. */
@Command(
    name = "import",
    description =
        "Takes data in. What a record cannot be is said in a file beside it, with its number and the reason; an"
            + " import that was stopped goes on where it was when it is started again. Exits with 1 if records"
            + " were rejected.")
final class ImportCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Option(
      names = "--tenant",
      paramLabel = "SLUG",
      scope = ScopeType.INHERIT,
      description = "Whose the rows become; default: default.")
  private String tenant = Seed.DEFAULT_TENANT;

  /** What every import of a file takes. */
  static final class Files {
    @Parameters(paramLabel = "FILE")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
        names = "--rejected",
        paramLabel = "FILE",
        description = "Where rejected records are named; default: FILE.rejected.jsonl.")
    private @Nullable Path rejected;

    @Option(names = "--again", description = "Also a file that was imported before.")
    private boolean again;

    Intake.Source source(Format format) {
      Intake.Source usual = Intake.Source.of(file, format);
      return new Intake.Source(file, format, rejected == null ? usual.letters() : rejected, again);
    }

    /** In the format that the file has. */
    Intake.Source source() {
      return source(Format.of(file));
    }
  }

  /** Which table, and how. */
  static final class Into {
    @Option(names = "--table", paramLabel = "TABLE", required = true)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String table;

    @Option(
        names = "--map",
        paramLabel = "FILE",
        description = "How fields become columns; default: by their names.")
    private @Nullable Path map;
  }

  @Command(
      description =
          "Rows of a table, from JSON: an array of objects, an object with one in it, one object, or one behind the other.")
  int json(@Mixin Files files, @Mixin Into into) {
    return rows(files, Format.JSON, into);
  }

  @Command(description = "Rows of a table, from a JSON object a line.")
  int jsonl(@Mixin Files files, @Mixin Into into) {
    return rows(files, Format.JSONL, into);
  }

  @Command(description = "Rows of a table, from CSV with a line of names.")
  int csv(@Mixin Files files, @Mixin Into into) {
    return rows(files, Format.CSV, into);
  }

  @Command(
      description = {
        "Lines of the ledger, from rows of LiteLLM's table LiteLLM_SpendLogs, a JSON object a line.",
        "A row that comes twice is there once; budgets do not pay for it, sums count it."
      })
  int litellm(
      @Mixin Files files,
      @Option(
              names = "--user",
              paramLabel = "NAME",
              defaultValue = Seed.OWNER,
              description = "Whose lines they are whose user nobody is here; default: owner.")
          String user) {
    return run(
        main,
        tenant,
        files.source(Format.JSONL),
        (database, owner) ->
            new SpendLogSink(
                database,
                Clock.systemUTC(),
                owner,
                database.read(sql -> UserStore.require(sql, owner, user))));
  }

  @Command(
      description =
          "Measured values, from JSON (an array, one object) or JSON lines: name, value, timestamp and labels, or a"
              + " timestamp and any numbers by their names.")
  int metrics(@Mixin Files files) {
    return run(
        main,
        tenant,
        files.source(),
        (database, owner) -> new MetricsSink(database, Clock.systemUTC(), owner));
  }

  @Command(
      name = "tenant",
      description =
          "A tenant that another server exported, whole, under the ids that its rows have. Its sealed secrets and"
              + " its log's seals need that server's master key.")
  int tenant(
      @Mixin ArchiveFile.Read archive,
      @Option(
              names = "--as",
              paramLabel = "NAME",
              description = "Its short name here; default: the one that it had there.")
          @Nullable String as) {
    Context context = main.context();
    try (Database database = context.current();
        Progress progress = main.progress()) {
      TenantImport.Report report =
          new TenantImport(database, Version.text(), progress::rows)
              .run(
                  archive.file(),
                  archive.passphrase(context),
                  as == null ? null : TenantStore.slug(as));
      progress.clear();
      main.printOne(
          Rows.of("tenant", "id", "made at", "rows", "seconds")
              .add(
                  report.tenant().slug(),
                  report.tenant().id(),
                  report.manifest().at(),
                  report.rows(),
                  Progress.seconds(report.took())));
      return Main.OK;
    }
  }

  @Command(
      name = "legacy",
      description = {
        "Tables of an older system's database, SQLite or PostgreSQL, which is only read: each becomes rows of our"
            + " table of its name, or of the one that the mapping names.",
        "A table with a column that is none of ours, or without one that ours needs, is left until the mapping says"
            + " what becomes of it. Ends with 1 if a table was left so, or records were rejected."
      })
  int legacy(
      @Option(names = "--from", paramLabel = "URL", required = true) String url,
      @Option(
              names = "--map",
              paramLabel = "FILE",
              description = "How tables and fields become ours: docs/import.md.")
          @Nullable Path map,
      @Option(
              names = "--dry-run",
              description = "Tells what matches, and judges every value; writes no row.")
          boolean dry)
      throws IOException {
    Context context = main.context();
    try (Database database = context.current();
        Progress progress = main.progress()) {
      UUID owner = database.read(sql -> TenantStore.require(sql, tenant));
      Legacy legacy =
          new Legacy(
              database,
              Clock.systemUTC(),
              Actor.command(owner),
              context.settings().dataDirectory().resolve("legacy"),
              map == null ? JsonNodeFactory.instance.objectNode() : Legacy.map(map));
      List<Legacy.Outcome> outcomes = legacy.run(url, dry, progress::at);
      progress.clear();
      Rows rows =
          Rows.of("from", "into", "rows", "imported", "rejected", "rejected records", "note");
      outcomes.forEach(
          it ->
              rows.add(
                  it.from(),
                  it.into(),
                  it.rows(),
                  it.taken(),
                  it.rejected(),
                  it.letters(),
                  it.note()));
      main.print(rows);
      return outcomes.stream().allMatch(Legacy.Outcome::isWell) ? Main.OK : Main.CHECK_FAILED;
    }
  }

  private int rows(Files files, Format format, Into into) {
    Mapping mapping = into.map == null ? Mapping.NONE : Mapping.read(into.map);
    return run(
        main,
        tenant,
        files.source(format),
        (database, owner) ->
            new TableSink(into.table, owner, mapping, Clock.systemUTC(), database.engine()));
  }

  /** Makes what records become. */
  @FunctionalInterface
  interface Making<T> {
    Sink<T> sink(Database database, UUID tenant);
  }

  static <T> int run(Main main, String tenant, Intake.Source source, Making<T> making) {
    try (Database database = main.context().current();
        Progress progress = main.progress()) {
      UUID owner = database.read(sql -> TenantStore.require(sql, tenant));
      Intake.Report report =
          new Intake(database, Clock.systemUTC(), Actor.command(owner))
              .run(
                  source,
                  making.sink(database, owner),
                  records -> progress.rows("records", records, 0));
      progress.clear();
      main.printOne(
          Rows.of(
                  "imported",
                  "there already",
                  "rejected",
                  "resumed after",
                  "seconds",
                  "records per second",
                  "rejected records")
              .add(
                  report.taken(),
                  report.skipped(),
                  report.rejected(),
                  report.resumedAfter(),
                  Progress.seconds(report.took()),
                  report.recordsPerSecond(),
                  report.letters()));
      return report.rejected() == 0 ? Main.OK : Main.CHECK_FAILED;
    }
  }
}
