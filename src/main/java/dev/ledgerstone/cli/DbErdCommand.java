package dev.ledgerstone.cli;

import dev.ledgerstone.db.design.Design;
import dev.ledgerstone.db.design.Designs;
import dev.ledgerstone.db.design.Mermaid;
import dev.ledgerstone.db.design.SvgDrawing;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.problem.RequestProblem;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code db erd}. */
@Command(
    name = "erd",
    description =
        "Draws the tables and who refers to whom, the whole or one feature: ledgerstone db erd --feature"
            + " ledger --format svg > ledger.svg. Asks no database.")
final class DbErdCommand implements Callable<Integer> {
  enum Format {
    MERMAID,
    SVG
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private DbCommand db;

  @Option(names = "--feature", paramLabel = "NAME", description = "Which part; default: all of it.")
  private @Nullable String feature;

  @Option(
      names = "--format",
      paramLabel = "mermaid|svg",
      defaultValue = "mermaid",
      description = "Mermaid's text, or a picture; default: mermaid.")
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Format format;

  @Override
  public Integer call() {
    Design whole = Designs.made(MigrationSource.classpath());
    Design part = whole.of(feature);
    if (part.tables().isEmpty()) {
      throw new RequestProblem.Invalid(
              "--feature",
              "no table belongs to " + feature,
              "features are: " + String.join(", ", whole.features()))
          .exception();
    }
    db.main()
        .say(
            switch (format) {
              case MERMAID -> Mermaid.of(part).stripTrailing();
              case SVG -> SvgDrawing.of(part, whole, feature != null).stripTrailing();
            });
    return Main.OK;
  }
}
