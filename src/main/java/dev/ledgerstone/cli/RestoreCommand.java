package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.archive.Restore;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code restore}. */
@Command(
    name = "restore",
    description =
        "Makes a database of a backup: all of it, or nothing is changed. Takes either engine, whichever the backup"
            + " is of. Stop the servers on the database first.")
final class RestoreCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Mixin private final ArchiveFile.Read archive = new ArchiveFile.Read();

  @Option(names = "--force", description = "Also into a database with rows, which are lost.")
  private boolean force;

  @Override
  public Integer call() {
    Context context = main.context();
    Restore.Report report;
    try (Progress progress = main.progress()) {
      Restore restore =
          new Restore(archive.file(), archive.passphrase(context), Version.text(), progress::rows);
      report =
          switch (context.engine()) {
            case SQLITE -> restore.intoSqlite(context.newSqliteFile(), force);
            case POSTGRES -> {
              try (Database database = context.open()) {
                yield restore.intoPostgres(database, force);
              }
            }
          };
    }
    main.printOne(
        Rows.of("restored", "made at", "of", "rows", "seconds")
            .add(
                archive.file(),
                report.manifest().at(),
                report.manifest().engine().title(),
                report.rows(),
                Progress.seconds(report.took())));
    if (report.isSealed() && !context.hasMasterKey()) {
      main.hint(
          "secrets in it are sealed by the master key of the server that it is of: put that key's file at "
              + context.settings().masterKey().file()
              + ", or set LEDGERSTONE_SECRETS_MASTER_KEY, before you start a server");
    }
    return Main.OK;
  }
}
