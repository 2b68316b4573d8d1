package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.archive.Backup;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code backup}. */
@Command(
    name = "backup",
    description =
        "Writes the whole database into one file, as it was at one moment, while servers go on. Files and the"
            + " master key are not in it: keep those of the data directory too.")
final class BackupCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Parameters(paramLabel = "FILE", description = "Ends in .tar.zst or .tar.gz; is not there yet.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path file;

  @Option(names = "--encrypt", description = "Under a passphrase.")
  private boolean encrypt;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "Holds it; else LEDGERSTONE_BACKUP_PASSPHRASE, else it is asked for.")
  private @Nullable Path passphraseFile;

  @Override
  public Integer call() {
    Context context = main.context();
    String passphrase = encrypt ? Passphrase.wanted(passphraseFile, context.environment()) : null;
    try (Database database = context.current();
        Progress progress = main.progress()) {
      Backup.Report report =
          new Backup(database, Clock.systemUTC(), Version.text(), progress::rows)
              .write(file, passphrase);
      progress.clear();
      print(report, main);
      return Main.OK;
    }
  }

  static void print(Backup.Report report, Main main) {
    main.printOne(
        Rows.of("file", "tables", "rows", "bytes of rows", "bytes", "seconds", "sha256")
            .add(
                report.file(),
                report.tables(),
                report.rows(),
                report.lines(),
                report.bytes(),
                Progress.seconds(report.took()),
                report.sha256()));
  }
}
