package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.migrate.AppliedMigration;
import dev.ledgerstone.db.migrate.MigrationEvent;
import dev.ledgerstone.db.migrate.MigrationScript;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationStatus;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.sample.SampleTenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code db}: the schema and its versions. */
@Command(
    name = "db",
    description =
        "The database's schema. A version (TO) is head, base, +N, -N, a number or a name.")
final class DbCommand {
  private static final String FOLDER = "src/main/resources/db/migrations";
  private static final Pattern NUMBERED = Pattern.compile("(\\d{4})_([a-z0-9_]+)\\.sql");

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(description = "Brings the schema up; an SQLite file is made if it is not there.")
  int upgrade(
      @Parameters(paramLabel = "TO", arity = "0..1", defaultValue = "head", description = "head")
          String to) {
    try (Database database = main.context().open();
        Progress progress = main.progress()) {
      Migrator migrator = migrator(database, progress);
      List<String> done = migrator.upgrade(to);
      if (migrator.check().isCurrent()) {
        // Before the first rows of this month come: a time whose rows lie elsewhere gets none.
        new Partitions(database).ensure(Instant.now());
      }
      progress.clear();
      print("upgraded", done);
      return Main.OK;
    }
  }

  @Command(description = "Takes migrations back, by the ways that the database kept.")
  int downgrade(@Parameters(paramLabel = "TO", description = "-1, base, …") String to) {
    try (Database database = main.context().existing();
        Progress progress = main.progress()) {
      List<String> done = migrator(database, progress).downgrade(to);
      progress.clear();
      print("taken back", done);
      return Main.OK;
    }
  }

  private void print(String what, List<String> done) {
    Rows rows = Rows.of(what);
    done.forEach(rows::add);
    main.print(rows);
  }

  @Command(description = "Says which version the database has.")
  int current() {
    try (Database database = main.context().existing()) {
      Optional<AppliedMigration> last = migrator(database).current();
      main.printOne(
          Rows.of("version", "name", "applied at")
              .add(
                  last.map(AppliedMigration::number).orElse(0),
                  last.map(AppliedMigration::label).orElse("base"),
                  last.map(AppliedMigration::appliedAt).orElse(null)));
      return Main.OK;
    }
  }

  @Command(description = "Lists what the database has had.")
  int history() {
    try (Database database = main.context().existing()) {
      Rows rows = Rows.of("version", "name", "applied at", "took ms", "by", "way down");
      for (AppliedMigration each : migrator(database).history()) {
        rows.add(
            each.number(),
            each.label(),
            each.appliedAt(),
            each.took().toMillis(),
            each.serverVersion(),
            each.down() != null);
      }
      main.print(rows);
      return Main.OK;
    }
  }

  @Command(
      description = "Writes the history as if the migrations up to TO had been run; runs none.")
  int stamp(@Parameters(paramLabel = "TO") String to) {
    try (Database database = main.context().existing()) {
      migrator(database).stamp(to);
    }
    return current();
  }

  @Command(
      description = {
        "Compares the database with the migrations of this version.",
        "Ends with 1 if it is behind, or was changed by other hands."
      })
  int check() {
    try (Database database = main.context().existing()) {
      MigrationStatus status = migrator(database).check();
      Rows rows = Rows.of("state", "what", "mend");
      status.pending().forEach(name -> rows.add("pending", name, "ledgerstone db upgrade"));
      status.problems().forEach(problem -> rows.add("problem", problem.detail(), problem.hint()));
      if (status.isCurrent()) {
        rows.add("current", "version " + status.current() + " of " + status.head(), null);
      }
      main.print(rows);
      return status.isCurrent() ? Main.OK : Main.CHECK_FAILED;
    }
  }

  @Command(description = "Prints migrations as SQL, to be run by hand; asks no database.")
  int sql(
      @Parameters(paramLabel = "TO", arity = "0..1", defaultValue = "head", description = "head")
          String to,
      @Option(
              names = "--from",
              paramLabel = "VERSION",
              defaultValue = "base",
              description = "The version that the database has; default: base.")
          String from) {
    main.say(
        new MigrationScript(main.context().engine(), MigrationSource.classpath(), Version.text())
            .sql(from, to)
            .stripTrailing());
    return Main.OK;
  }

  @Command(
      description =
          "Adds built-in rows that are not there: roles, providers, services, prices, the showcase, alert rules, the tenant default.")
  int seed(
      @Option(
              names = "--sample",
              description =
                  "Adds the tenant demo too: people, calls, files, a board, a calendar, a tender, a shop, metrics.")
          boolean sample) {
    Context context = main.context();
    try (Database database = context.current()) {
      Path data = context.settings().dataDirectory();
      @Nullable Path key = Seed.all(database, data, Instant.now());
      Rows rows =
          Rows.of("seeded", "tenant", "owner's key").add(true, Seed.DEFAULT_TENANT, told(key));
      if (sample) {
        key = Seed.sample(database, data, Clock.systemUTC());
        rows.add(true, SampleTenant.SLUG, told(key));
      }
      main.print(rows);
      return Main.OK;
    }
  }

  private static String told(@Nullable Path key) {
    return key == null ? "the tenant was there" : key.toString();
  }

  @Command(description = "Begins a new migration: an empty file with the next number.")
  int revision(
      @Option(
              names = {"-m", "--message"},
              paramLabel = "TEXT",
              required = true,
              description = "What it does.")
          String message,
      @Option(
              names = "--directory",
              paramLabel = "DIR",
              description = "Where migrations are; default: " + FOLDER + " of the checkout.")
          @Nullable Path directory) {
    Path folder =
        directory == null
            ? Path.of(System.getProperty("ledgerstone.home", ".")).resolve(FOLDER)
            : directory;
    String name =
        message
            .strip()
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "_")
            .replaceAll("^_|_$", "");
    if (name.isEmpty()) {
      throw new RequestProblem.Invalid(
              "message", "the message makes no file's name", "use some letters of a to z")
          .exception();
    }
    main.printOne(Rows.of("migration").add(write(folder, name, message.strip())));
    return Main.OK;
  }

  private static Path write(Path folder, String name, String message) {
    if (!Files.isDirectory(folder)) {
      throw new RequestProblem.NotFound("folder", folder.toString()).exception();
    }
    try (Stream<Path> files = Files.list(folder)) {
      int last =
          files
              .map(file -> NUMBERED.matcher(String.valueOf(file.getFileName())))
              .filter(file -> file.matches())
              .peek(
                  file -> {
                    if (file.group(2).equals(name)) {
                      throw new RequestProblem.Conflict(
                              "there is a migration " + file.group() + " already",
                              "choose another message")
                          .exception();
                    }
                  })
              .mapToInt(file -> Integer.parseInt(file.group(1)))
              .max()
              .orElse(0);
      Path file = folder.resolve("%04d_%s.sql".formatted(last + 1, name));
      return Files.writeString(file, "-- " + message + "\n-- @up\n\n-- @down\n\n-- @end\n");
    } catch (IOException e) {
      throw new UncheckedIOException("no migration can be written in " + folder, e);
    }
  }

  private static Migrator migrator(Database database) {
    return new Migrator(database, Version.text());
  }

  private static Migrator migrator(Database database, Progress progress) {
    return new Migrator(
        database,
        MigrationSource.classpath(),
        event ->
            progress.at(
                switch (event) {
                  case MigrationEvent.Waiting _ -> "another server migrates; waiting for it";
                  case MigrationEvent.Started(String name, _, int step, int steps) ->
                      step + "/" + steps + " " + name;
                  case MigrationEvent.Finished(String name, _, _) -> name + " done";
                }),
        Version.text());
  }
}
