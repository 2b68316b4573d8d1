package dev.ledgerstone.ops.archive;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Timestamps;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads tables in the snapshot of a connection: all rows, or those of one tenant. */
final class RowSource {
  /** Rows that PostgreSQL sends at once; some are large. */
  private static final int FETCH = 200;

  private static final String TENANT_ID = "tenant_id";

  private final Connection connection;
  private final Dialect dialect;
  private final @Nullable UUID tenant;

  RowSource(Connection connection, Dialect dialect, @Nullable UUID tenant) {
    this.connection = connection;
    this.dialect = dialect;
    this.tenant = tenant;
  }

  /** Whether an archive of one tenant holds rows of a table. */
  static boolean isTenants(Shape shape) {
    return shape.has(TENANT_ID) || shape.name().equals("tenants");
  }

  /** The condition of the tenant, with its parameters; empty without one. */
  private String where(Shape shape) {
    if (tenant == null) {
      return "";
    }
    return switch (shape.name()) {
      case "tenants" -> " where id = ?";
      // The platform's prices, by which its lines were priced, belong to its lines.
      case "model_prices" ->
          " where tenant_id = ? or id in (select price_id from ai_requests where tenant_id = ?)";
      default -> " where tenant_id = ?";
    };
  }

  Manifest.Content content(Shape shape) throws SQLException {
    String from = " from " + shape.name() + where(shape);
    long rows;
    try (PreparedStatement statement = prepare("select count(*)" + from);
        ResultSet row = statement.executeQuery()) {
      row.next();
      rows = row.getLong(1);
    }
    boolean hasTimes =
        tenant == null
            && rows > 0
            && shape.columns().contains(new Shape.Column("id", Shape.Kind.UUID));
    return new Manifest.Content(
        shape,
        rows,
        hasTimes ? id(from + " order by id limit 1") : null,
        hasTimes ? id(from + " order by id desc limit 1") : null);
  }

  private @Nullable String id(String from) throws SQLException {
    try (PreparedStatement statement = prepare("select id" + from);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** Reads a table's rows, in no order that means anything. */
  void read(Shape shape, RowLines.RowSink sink) throws SQLException, IOException {
    List<Shape.Column> columns = shape.columns();
    try (PreparedStatement statement =
        prepare("select " + shape.names() + " from " + shape.name() + where(shape))) {
      statement.setFetchSize(FETCH);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          @Nullable Object[] values = new @Nullable Object[columns.size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = value(row, i + 1, columns.get(i).kind());
          }
          sink.row(values);
        }
      }
    }
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    if (tenant != null) {
      int parameters = statement.getParameterMetaData().getParameterCount();
      for (int i = 1; i <= parameters; i++) {
        dialect.set(statement, i, tenant);
      }
    }
    return statement;
  }

  private @Nullable Object value(ResultSet row, int at, Shape.Kind kind) throws SQLException {
    return switch (kind) {
      case TEXT, UUID, JSON -> row.getString(at);
      case INTEGER -> {
        long value = row.getLong(at);
        yield row.wasNull() ? null : value;
      }
      case DOUBLE -> {
        double value = row.getDouble(at);
        yield row.wasNull() ? null : value;
      }
      case BOOLEAN -> {
        boolean value = row.getBoolean(at);
        yield row.wasNull() ? null : value;
      }
      case TIME -> {
        if (dialect.isInProcess()) {
          yield row.getString(at);
        }
        Instant value = dialect.instant(row, at);
        yield value == null ? null : Timestamps.text(value);
      }
    };
  }
}
