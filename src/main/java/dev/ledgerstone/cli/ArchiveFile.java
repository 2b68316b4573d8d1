package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.archive.Backup;
import dev.ledgerstone.ops.archive.Manifest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command takes that writes or reads an archive. */
final class ArchiveFile {
  private ArchiveFile() {}

  /** One that is to be made. */
  static final class Written {
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

    /**
     * Writes it, and says what is in it.
     *
     * @param whose rows; null: everybody's
     */
    int write(Main main, Function<Database, Manifest.@Nullable Tenant> whose) {
      Context context = main.context();
      String passphrase = encrypt ? Passphrase.wanted(passphraseFile, context.environment()) : null;
      try (Database database = context.current();
          Progress progress = main.progress()) {
        Backup.Report report =
            new Backup(database, Clock.systemUTC(), Version.text(), progress::rows)
                .write(file, passphrase, whose.apply(database));
        progress.clear();
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
        return Main.OK;
      }
    }
  }

  /** One that is there. */
  static final class Read {
    @Parameters(paramLabel = "FILE")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(
        names = "--passphrase-file",
        paramLabel = "FILE",
        description = "Of an encrypted archive; else LEDGERSTONE_BACKUP_PASSPHRASE.")
    private @Nullable Path passphraseFile;

    Path file() {
      return file;
    }

    /** Null: none was given. */
    @Nullable String passphrase(Context context) {
      return Passphrase.given(passphraseFile, context.environment());
    }
  }
}
