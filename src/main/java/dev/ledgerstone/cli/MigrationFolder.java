package dev.ledgerstone.cli;

import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.problem.RequestProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which migrations a command of {@code db} means. */
final class MigrationFolder {
  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Where all migrations are, such as a checkout's "
              + DbRevisionCommand.FOLDER
              + "; default: those of this version.")
  private @Nullable Path directory;

  MigrationSource source() {
    return directory == null
        ? MigrationSource.classpath()
        : MigrationSource.directory(existing(directory));
  }

  /** A command of {@code db} that means the same migrations. */
  String command(String command) {
    return "ledgerstone db " + command + (directory == null ? "" : " --directory " + directory);
  }

  static Path existing(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new RequestProblem.Invalid(
              "directory",
              "there is no folder " + folder,
              "make it first, or name the one that holds the migrations with --directory")
          .exception();
    }
    return folder;
  }
}
