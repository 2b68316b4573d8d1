package dev.ledgerstone.cli;

import dev.ledgerstone.db.design.DesignSql;
import dev.ledgerstone.db.design.Designs;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private final MigrationFolder migrations = new MigrationFolder();

  @Override
  public Integer call() {
    db.main().say(DesignSql.text(Designs.made(migrations.source())).stripTrailing());
    return Main.OK;
  }
}
