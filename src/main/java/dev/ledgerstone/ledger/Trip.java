package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Statements that PostgreSQL is sent together, and answers together: the writer waits for it once,
 * where it waited once for each (docs/performance.md). In process, where nothing is sent, each runs
 * as it is added.
 *
 * <p>They are one text with semicolons, which the driver prepares part by part and sends as one
 * message.
 */
final class Trip {
  /** One of the statements. */
  interface Leg {
    String sql();

    /**
     * Sets the statement's parameters.
     *
     * @param at the place of its first
     * @return the place behind its last
     */
    int bind(PreparedStatement statement, int at) throws SQLException;

    /** Reads what it returns, if it returns rows. */
    default void read(ResultSet rows) throws SQLException {}

    /** Runs it by itself, in process. */
    void runAlone(Statements statements) throws SQLException;
  }

  private final Statements statements;
  private final Dialect dialect;
  private final List<Leg> legs = new ArrayList<>();

  Trip(Statements statements, Dialect dialect) {
    this.statements = statements;
    this.dialect = dialect;
  }

  void add(Leg leg) throws SQLException {
    if (dialect.isInProcess()) {
      leg.runAlone(statements);
    } else {
      legs.add(leg);
    }
  }

  /** Has run all of them, in their order, when it returns. */
  void go() throws SQLException {
    if (legs.isEmpty()) {
      return;
    }
    PreparedStatement all =
        statements.get(legs.stream().map(Leg::sql).collect(Collectors.joining("; ")));
    int at = 1;
    for (Leg leg : legs) {
      at = leg.bind(all, at);
    }
    boolean hasRows = all.execute();
    for (Leg leg : legs) {
      if (hasRows) {
        try (ResultSet rows = all.getResultSet()) {
          leg.read(rows);
        }
      }
      hasRows = all.getMoreResults();
    }
    legs.clear();
  }
}
