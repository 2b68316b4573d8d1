package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Runs a step together with its entry in the history. */
final class StepRunner {
  private StepRunner() {}

  /** What the step changes in the history. */
  @FunctionalInterface
  interface Entry {
    void write(Connection connection, Duration took) throws SQLException;
  }

  /**
   * Runs a step if it is its turn, in one transaction with its entry. A step that refuses a
   * transaction runs first and is entered afterwards: cut off between the two, it is run again.
   *
   * @param isTurn asked inside the transaction that writes the entry
   * @return whether it was its turn
   */
  static boolean run(
      MigrationSession session,
      String migration,
      Step step,
      Database.ConnectionWork<Boolean> isTurn,
      Entry entry)
      throws SQLException {
    long begin = System.nanoTime();
    if (!step.inTransaction()) {
      if (!isTurn.on(session.connection())) {
        return false;
      }
      statements(session, step);
    }
    return session.transaction(
        step.rebuilds(),
        connection -> {
          if (!isTurn.on(connection)) {
            return false;
          }
          if (step.inTransaction()) {
            statements(session, step);
          }
          if (step.rebuilds()) {
            session.checkReferences(migration);
          }
          entry.write(connection, Duration.ofNanos(System.nanoTime() - begin));
          return true;
        });
  }

  private static void statements(MigrationSession session, Step step) {
    for (SqlStatement statement : step.statements()) {
      try {
        session.execute(statement.text());
      } catch (SQLException e) {
        throw new MigrationProblem.Failed(
                statement.file(), line(statement, e), statement.excerpt(), reason(e))
            .exception(e);
      }
    }
  }

  /** The line of the fault, where the engine tells it; else of the statement. */
  private static int line(SqlStatement statement, SQLException e) {
    @Nullable ServerErrorMessage server = server(e);
    int position = server == null ? 0 : server.getPosition();
    String before =
        statement.text().substring(0, Math.clamp(position - 1L, 0, statement.text().length()));
    return statement.line() + (int) before.chars().filter(c -> c == '\n').count();
  }

  private static String reason(SQLException e) {
    @Nullable ServerErrorMessage server = server(e);
    @Nullable String message = server == null ? e.getMessage() : server.getMessage();
    return message == null ? "it failed" : message;
  }

  private static @Nullable ServerErrorMessage server(SQLException e) {
    return e instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
  }
}
