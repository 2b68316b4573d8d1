package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Engine;
import java.util.List;

/** What is run to pass from one version to the next, or back. */
record Step(List<SqlStatement> statements, boolean inTransaction, boolean rebuilds) {
  Step {
    statements = List.copyOf(statements);
  }

  /** As text that {@link #parse} reads: how the history keeps the way down. */
  String text() {
    return (inTransaction ? "" : MigrationFile.NO_TRANSACTION + "\n")
        + (rebuilds ? MigrationFile.REBUILD + "\n" : "")
        + SqlStatement.join(statements);
  }

  /**
   * @param origin what a failure names as the file
   */
  static Step parse(Engine engine, String origin, String text) {
    List<String> head = text.lines().takeWhile(line -> line.startsWith("-- @")).toList();
    return new Step(
        SqlSplitter.split(engine, origin, 1, text),
        !head.contains(MigrationFile.NO_TRANSACTION),
        head.contains(MigrationFile.REBUILD));
  }
}
