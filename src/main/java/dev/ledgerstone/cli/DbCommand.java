package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.migrate.AppliedMigration;
import dev.ledgerstone.db.migrate.MigrationEvent;
import dev.ledgerstone.db.migrate.MigrationScript;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.sample.SampleTenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code db}: the schema and its versions. */
@Command(
    name = "db",
    description =
        "The database's schema. A version (TO) is head, base, +N, -N, a number or a name.",
    subcommands = {
      DbCheckCommand.class,
      DbRevisionCommand.class,
      DbSchemaCommand.class,
      DbErdCommand.class,
      DbMaintainCommand.class
    })
final class DbCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  Main main() {
    return main;
  }

  @Command(description = "Brings the schema up; an SQLite file is made if it is not there.")
  int upgrade(
      @Parameters(paramLabel = "TO", arity = "0..1", defaultValue = "head", description = "head")
          String to,
      @Mixin MigrationFolder migrations) {
    try (Database database = main.context().open();
        Progress progress = main.progress()) {
      Migrator migrator = migrator(database, migrations.source(), progress);
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
      List<String> done = migrator(database, MigrationSource.classpath(), progress).downgrade(to);
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
  int stamp(@Parameters(paramLabel = "TO") String to, @Mixin MigrationFolder migrations) {
    try (Database database = main.context().existing()) {
      new Migrator(database, migrations.source(), _ -> {}, Version.text()).stamp(to);
    }
    return current();
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
          String from,
      @Mixin MigrationFolder migrations) {
    main.say(
        new MigrationScript(main.context().engine(), migrations.source(), Version.text())
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

  private static Migrator migrator(Database database) {
    return new Migrator(database, Version.text());
  }

  private static Migrator migrator(Database database, MigrationSource source, Progress progress) {
    return new Migrator(
        database,
        source,
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
