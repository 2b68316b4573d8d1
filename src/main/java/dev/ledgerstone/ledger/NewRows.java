package dev.ledgerstone.ledger;

import dev.ledgerstone.db.GivenRows;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Rows to insert. */
record NewRows<T>(GivenRows<T> of, String sql, List<T> rows) implements Trip.Leg {
  @Override
  public int bind(PreparedStatement statement, int at) throws SQLException {
    return of.bind(statement, at, rows);
  }

  @Override
  public void runAlone(Statements statements) throws SQLException {
    of.run(statements.get(sql), rows);
  }
}
