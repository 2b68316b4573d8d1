package dev.ledgerstone.cli;

import dev.ledgerstone.db.design.DesignSql;
import dev.ledgerstone.db.design.Designs;
import dev.ledgerstone.db.migrate.MigrationSource;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code db schema}. */
@Command(
    name = "schema",
    description =
        "Prints the tables that the migrations make, as SQL: the text to edit for `db revision"
            + " --autogenerate`. Asks no database.")
final class DbSchemaCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DbCommand db;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Where migrations are; default: those of this version.")
  private @Nullable Path directory;

  @Override
  public Integer call() {
    MigrationSource source =
        directory == null ? MigrationSource.classpath() : MigrationSource.directory(directory);
    db.main().say(DesignSql.text(Designs.made(source)).stripTrailing());
    return Main.OK;
  }
}
