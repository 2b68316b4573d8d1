package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.records.request.RecordsProblem;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Renders and runs statements, none longer than a limit. Plain JDBC: a statement of a plan is text
 * already, and one row by its key is the measured path (docs/records.md).
 */
public final class Statements implements AutoCloseable {
  /** Rows that PostgreSQL sends at a time. */
  private static final int FETCHED = 200;

  private final Engine engine;
  private final Duration limit;
  private final boolean isNamingTenants;
  private final Deadlines deadlines;

  public Statements(Engine engine, Duration limit) {
    this(engine, limit, true);
  }

  private Statements(Engine engine, Duration limit, boolean isNamingTenants) {
    this.engine = engine;
    this.limit = limit;
    this.isNamingTenants = isNamingTenants;
    this.deadlines = new Deadlines(limit);
  }

  /**
   * Without the first wall: statements that find and change rows say nothing of whose they are. For
   * the test of the second wall, which is PostgreSQL's (docs/adr/0012), and for nothing else.
   */
  static Statements withoutTenants(Engine engine, Duration limit) {
    return new Statements(engine, limit, false);
  }

  /** Whether statements say whose rows they mean. */
  boolean isNamingTenants() {
    return isNamingTenants;
  }

  /**
   * @param zone in which times are told; empty: UTC
   */
  Renderer renderer(Optional<ZoneId> zone) {
    return switch (engine) {
      case SQLITE -> new SqliteRenderer(zone, isNamingTenants);
      case POSTGRES -> new PostgresRenderer(zone, isNamingTenants);
    };
  }

  /** Makes something of the rows. */
  @FunctionalInterface
  interface Rows<T> {
    T of(ResultSet rows) throws SQLException;
  }

  <T> T query(Connection connection, Sql sql, Rows<T> result) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.text())) {
      Binding.set(engine, statement, sql.values());
      try (Deadlines.Running _ = deadlines.begin(statement);
          ResultSet rows = statement.executeQuery()) {
        return result.of(rows);
      }
    } catch (SQLException e) {
      throw problem(e);
    }
  }

  /** As above, of a statement that is held to its tenant by itself. */
  <T> T query(Database.Asked asked, Sql sql, Rows<T> result) throws SQLException {
    try {
      Binding.set(engine, asked.statement(), asked.first(), sql.values());
      try (Deadlines.Running _ = deadlines.begin(asked.statement());
          ResultSet rows = asked.rows()) {
        return result.of(rows);
      }
    } catch (SQLException e) {
      throw problem(e);
    }
  }

  /** Takes rows as the engine finds them. */
  @FunctionalInterface
  interface Streamed<T> {
    T of(ResultSet rows, Deadlines.Running running) throws SQLException;
  }

  /**
   * As {@link #query}, of rows that are not all held: on PostgreSQL within a transaction alone.
   * Time that the taker spends {@linkplain Deadlines.Running#unwatched unwatched} does not count.
   */
  <T> T stream(Connection connection, Sql sql, Streamed<T> result) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.text())) {
      Binding.set(engine, statement, sql.values());
      if (engine == Engine.POSTGRES) {
        statement.setFetchSize(FETCHED);
      }
      try (Deadlines.Running running = deadlines.begin(statement);
          ResultSet rows = statement.executeQuery()) {
        return result.of(rows, running);
      }
    } catch (SQLException e) {
      throw problem(e);
    }
  }

  /** Runs one statement for each of many rows of values. */
  void batch(Connection connection, String text, List<List<@Nullable Object>> rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (List<@Nullable Object> row : rows) {
        Binding.set(engine, statement, row);
        statement.addBatch();
      }
      try (Deadlines.Running _ = deadlines.begin(statement)) {
        statement.executeBatch();
      }
    } catch (BatchUpdateException e) {
      // PostgreSQL's driver tells what happened in the next exception.
      SQLException next = e.getNextException();
      throw problem(next == null ? e : next);
    } catch (SQLException e) {
      throw problem(e);
    }
  }

  /** What the engine refused, in the codes of the records API where they have one for it. */
  private RuntimeException problem(SQLException e) {
    String message = String.valueOf(e.getMessage());
    String state = SqlStates.of(e);
    return switch (state) {
      case "57014" -> new RecordsProblem.TooSlow(limit.toMillis()).exception();
      case "22P02" -> new RecordsProblem.BadValue("number", "").exception();
      case "22003" -> new RecordsProblem.OutOfRange("number", "").exception();
      case "2201B" -> new RecordsProblem.BadPattern("the engine does not take it").exception();
      case "42601" -> new RecordsProblem.BadSearch("syntax error in tsquery").exception();
      default -> {
        if (message.contains("[records 22P02]")) {
          yield new RecordsProblem.BadValue("number", "").exception();
        }
        if (message.contains("integer overflow")) {
          yield new RecordsProblem.OutOfRange("bigint", "").exception();
        }
        if (message.contains("[records 57014]")) {
          yield new RecordsProblem.TooSlow(limit.toMillis()).exception();
        }
        if (state.startsWith("22")) {
          yield new RecordsProblem.BadValue("the column", "").exception();
        }
        yield DatabaseProblem.of(e);
      }
    };
  }

  @Override
  public void close() {
    deadlines.close();
  }
}
