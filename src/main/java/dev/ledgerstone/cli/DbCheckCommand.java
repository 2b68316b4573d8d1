package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.design.Drift;
import dev.ledgerstone.db.design.Lint;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.MigrationStatus;
import dev.ledgerstone.db.migrate.MigrationTexts;
import dev.ledgerstone.db.migrate.Migrator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code db check}. */
@Command(
    name = "check",
    description = {
      "Compares the database with the migrations of this version: what is pending, what was changed by"
          + " other hands, and which pending steps lock or rewrite big tables. Changes nothing.",
      "Ends with 1 if it found anything."
    })
final class DbCheckCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DbCommand db;

  @Mixin private final MigrationFolder migrations = new MigrationFolder();

  @Option(
      names = "--lint-all",
      description = "Looks at the steps of every migration, not only of the pending ones.")
  private boolean all;

  @Override
  public Integer call() {
    Main main = db.main();
    MigrationSource source = migrations.source();
    try (Database database = main.context().existing()) {
      MigrationStatus status = new Migrator(database, source, _ -> {}, Version.text()).check();
      Rows rows = Rows.of("state", "what", "mend");
      status.pending().forEach(name -> rows.add("pending", name, migrations.command("upgrade")));
      status.problems().forEach(problem -> rows.add("problem", problem.detail(), problem.hint()));
      List<Drift.Finding> drift =
          status.problems().isEmpty() ? Drift.of(database, source) : List.of();
      drift.forEach(it -> rows.add(it.kind(), it.what(), it.mend()));
      List<Lint.Finding> lint =
          Lint.of(
              source,
              all
                  ? MigrationTexts.ups(Engine.POSTGRES, source).stream()
                      .map(MigrationTexts.Up::label)
                      .toList()
                  : status.pending());
      lint.forEach(
          it ->
              rows.add(
                  it.rule().text(),
                  it.file() + ", line " + it.line() + ": " + it.why(),
                  it.mend()));
      boolean isWell = status.isCurrent() && drift.isEmpty() && lint.isEmpty();
      if (status.isCurrent() && drift.isEmpty()) {
        rows.add("current", "version " + status.current() + " of " + status.head(), null);
      }
      main.print(rows);
      return isWell ? Main.OK : Main.CHECK_FAILED;
    }
  }
}
