package dev.ledgerstone.records;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Database.ConnectionWork;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.problem.ProblemException;
import java.sql.SQLException;

/** Transactions of writing requests: whole, or absent. */
final class Transactions {
  private static final int MOST_TRIES = 4;

  private final Database database;

  Transactions(Database database) {
    this.database = database;
  }

  /** Carries a result out of a transaction that is to leave nothing. */
  private static final class TakenBack extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Object result;

    TakenBack(Object result) {
      super("taken back, as the request asked", null, false, false);
      this.result = result;
    }
  }

  /**
   * Runs work in one transaction. One that lost against another (a deadlock) is run again: work
   * must not remember anything.
   *
   * @param isTakenBack whether it is rolled back at its end, and only its result stays
   */
  <T> T run(ConnectionWork<T> work, boolean isTakenBack) {
    if (isTakenBack) {
      return takenBack(work);
    }
    for (int i = 1; ; i++) {
      try {
        return database.writeJdbc(work);
      } catch (ProblemException e) {
        if (i == MOST_TRIES || !hasLost(e)) {
          throw e;
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // what the work itself gave
  private <T> T takenBack(ConnectionWork<T> work) {
    try {
      return database.writeJdbc(
          connection -> {
            throw new TakenBack(work.on(connection));
          });
    } catch (TakenBack e) {
      return (T) e.result;
    }
  }

  /** SQLSTATE class 40: a deadlock, or a snapshot that is too old. */
  private static boolean hasLost(ProblemException e) {
    return e.getCause() instanceof SQLException cause && SqlStates.of(cause).startsWith("40");
  }
}
