package dev.ledgerstone.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Prepared statements of one connection, by their text: preparing costs more than running them. */
final class Statements {
  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  Statements(Connection connection) {
    this.connection = connection;
  }

  @SuppressWarnings("ReferenceEquality") // statements belong to one connection object
  boolean isOf(Connection other) {
    return connection == other;
  }

  PreparedStatement get(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    return statement;
  }

  /** For a connection that goes on to others. */
  void close() throws SQLException {
    for (PreparedStatement each : prepared.values()) {
      each.close();
    }
    prepared.clear();
  }
}
