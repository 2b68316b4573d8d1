package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Engine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The SQL of {@code schema_history}, which no migration can make. */
final class History {
  static final String CREATE =
      """
      create table if not exists schema_history (
        number integer not null primary key,
        name varchar not null,
        checksum varchar not null,
        chain varchar not null,
        down varchar,
        applied_at timestamptz not null,
        took_millis bigint not null,
        server_version varchar not null
      )""";

  static final String COLUMNS =
      "number, name, checksum, chain, down, applied_at, took_millis, server_version";

  private final Engine engine;
  private final Dialect dialect;

  History(Engine engine, Dialect dialect) {
    this.engine = engine;
    this.dialect = dialect;
  }

  /** Every row by number; none if the table is not there. */
  List<AppliedMigration> read(Connection connection) throws SQLException {
    List<AppliedMigration> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      if (!exists(statement)) {
        return rows;
      }
      try (ResultSet row =
          statement.executeQuery("select " + COLUMNS + " from schema_history order by number")) {
        while (row.next()) {
          rows.add(applied(row));
        }
      }
    }
    return rows;
  }

  private boolean exists(Statement statement) throws SQLException {
    String question =
        switch (engine) {
          case SQLITE ->
              "select count(*) from sqlite_schema where type = 'table' and name = 'schema_history'";
          case POSTGRES ->
              "select case when to_regclass('schema_history') is null then 0 else 1 end";
        };
    try (ResultSet row = statement.executeQuery(question)) {
      return row.next() && row.getInt(1) > 0;
    }
  }

  private AppliedMigration applied(ResultSet row) throws SQLException {
    var appliedAt = dialect.instant(row, 6);
    if (appliedAt == null) {
      throw new SQLException("schema_history.applied_at is null");
    }
    return new AppliedMigration(
        row.getInt(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        appliedAt,
        Duration.ofMillis(row.getLong(7)),
        row.getString(8));
  }

  void insert(Connection connection, AppliedMigration row) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into schema_history (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setInt(1, row.number());
      insert.setString(2, row.name());
      insert.setString(3, row.checksum());
      insert.setString(4, row.chain());
      insert.setString(5, row.down());
      dialect.set(insert, 6, row.appliedAt());
      insert.setLong(7, row.took().toMillis());
      insert.setString(8, row.serverVersion());
      insert.executeUpdate();
    }
  }

  void delete(Connection connection, int number) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from schema_history where number = ?")) {
      delete.setInt(1, number);
      delete.executeUpdate();
    }
  }
}
