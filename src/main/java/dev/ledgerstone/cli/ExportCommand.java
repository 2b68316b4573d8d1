package dev.ledgerstone.cli;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.archive.Backup;
import dev.ledgerstone.ops.archive.Manifest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code export}. */
@Command(
    name = "export",
    description =
        "Writes one tenant's rows into a file, as they were at one moment, while servers go on. Another server takes"
            + " them by: import tenant FILE.")
final class ExportCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Parameters(paramLabel = "FILE", description = "Ends in .tar.zst or .tar.gz; is not there yet.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path file;

  @Option(names = "--tenant", paramLabel = "SLUG", description = "Whose; default: default.")
  private String tenant = Seed.DEFAULT_TENANT;

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
      UUID id = database.read(sql -> TenantStore.require(sql, tenant));
      Backup.Report report =
          new Backup(database, Clock.systemUTC(), Version.text(), progress::rows)
              .write(file, passphrase, new Manifest.Tenant(id.toString(), tenant));
      progress.clear();
      BackupCommand.print(report, main);
      return Main.OK;
    }
  }
}
