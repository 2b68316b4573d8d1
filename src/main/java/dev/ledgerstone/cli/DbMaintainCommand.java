package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Upkeep;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code db maintain}. */
@Command(
    name = "maintain",
    description =
        "Keeps the database in shape while it serves: statistics for the planner (what it does if nothing"
            + " is asked for), indexes made anew, SQLite's log emptied into the file.")
final class DbMaintainCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DbCommand db;

  @Option(names = "--reindex", description = "Makes every index anew.")
  private boolean reindexes;

  @Option(names = "--analyze", description = "Refreshes the planner's statistics.")
  private boolean analyzes;

  @Override
  public Integer call() {
    Main main = db.main();
    try (Database database = main.context().existing();
        Progress progress = main.progress()) {
      Rows rows = Rows.of("did", "table", "took ms");
      Upkeep.run(database, reindexes, analyzes || !reindexes, progress::at)
          .forEach(it -> rows.add(it.what(), it.table(), it.took().toMillis()));
      progress.clear();
      main.print(rows);
      return Main.OK;
    }
  }
}
