package dev.ledgerstone.cli;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.Retention;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code retention}. */
@Command(name = "retention", description = "How long rows stay.")
final class RetentionCommand {
  /** Of the data directory. */
  static final String ARCHIVE = "archive";

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(
      description = {
        "Lets old rows go as the retention policies say, to "
            + ARCHIVE
            + " in the data directory where they"
            + " say so. Works beside a running server.",
        "Ends with 1 if a policy failed."
      })
  int run(
      @Option(names = "--dry-run", description = "Counts the rows that would go; changes nothing.")
          boolean dry) {
    Context context = main.context();
    try (Database database = context.current();
        Progress progress = main.progress()) {
      Retention retention =
          new Retention(
              database,
              new Sealer(database, context.vault(), Clock.systemUTC()),
              context.settings().dataDirectory().resolve(ARCHIVE),
              Clock.systemUTC());
      List<Retention.Outcome> outcomes =
          retention.run(Actor.command(Tenants.PLATFORM), dry, progress::at);
      progress.clear();
      Rows rows = Rows.of("policy", "table", "older than", "state", "rows", "archive", "note");
      outcomes.forEach(
          it ->
              rows.add(
                  it.policy(),
                  it.table(),
                  it.cutoff(),
                  it.status(),
                  it.rows(),
                  it.archive(),
                  it.note()));
      main.print(rows);
      return outcomes.stream().anyMatch(it -> it.status() == Retention.Status.FAILED)
          ? Main.CHECK_FAILED
          : Main.OK;
    }
  }
}
