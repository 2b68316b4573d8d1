package dev.ledgerstone.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private final ArchiveFile.Written archive = new ArchiveFile.Written();

  @Override
  public Integer call() {
    return archive.write(main, _ -> null);
  }
}
