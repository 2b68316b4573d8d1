package dev.ledgerstone.db;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jooq.SelectForUpdateStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What SQL must say or bind differently on the two engines; the one place for it.
 *
 * <p>Mostly for measured paths (the ledger's group commit); everything else goes through jOOQ, and
 * asks here for the little that jOOQ does not know.
 */
public enum Dialect {
  SQLITE {
    @Override
    public boolean isInProcess() {
      return true;
    }

    @Override
    public String forUpdate() {
      return ""; // the writer has the whole file
    }

    @Override
    public String skipLocked() {
      return "";
    }

    @Override
    public String json() {
      return "?";
    }

    @Override
    public String nextEventSequence() {
      return "(select coalesce(max(sequence), 0) + 1 from events)";
    }

    @Override
    public boolean tryLock(DSLContext sql, long key) {
      return true; // who writes has the whole file
    }

    @Override
    public void lock(DSLContext sql, long key) {
      // Who writes has the whole file.
    }

    @Override
    public void expectManyRows(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma cache_size = -131072"); // KiB
        statement.execute("pragma wal_autocheckpoint = 16000"); // pages: 64 MB
      }
    }

    @Override
    String inList(String list) {
      return "in (select value from json_each(" + list + "))";
    }

    @Override
    Field<?> list(Collection<UUID> ids) {
      return DSL.val(array(ids));
    }

    @Override
    public <T> Field<T> filterOnly(Field<T> column) {
      return DSL.field("+{0}", column.getDataType(), column);
    }

    @Override
    public Condition holds(Field<JsonNode> array, String text) {
      return DSL.condition(
          "exists (select 1 from json_each({0}) where value = {1})", array, DSL.val(text));
    }

    @Override
    public void setList(PreparedStatement statement, int at, Collection<UUID> ids)
        throws SQLException {
      statement.setString(at, array(ids));
    }

    private static String array(Collection<UUID> ids) {
      return ids.stream()
          .map(id -> '"' + id.toString() + '"')
          .collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    public void set(PreparedStatement statement, int at, @Nullable UUID id) throws SQLException {
      statement.setString(at, id == null ? null : id.toString());
    }

    @Override
    public void set(PreparedStatement statement, int at, @Nullable Instant time)
        throws SQLException {
      statement.setString(at, time == null ? null : Timestamps.text(time));
    }

    @Override
    public @Nullable UUID uuid(ResultSet rows, int at) throws SQLException {
      String text = rows.getString(at);
      return text == null ? null : UUID.fromString(text);
    }

    @Override
    public @Nullable Instant instant(ResultSet rows, int at) throws SQLException {
      String text = rows.getString(at);
      return text == null ? null : Timestamps.instant(text);
    }
  },
  POSTGRES {
    @Override
    public boolean isInProcess() {
      return false;
    }

    @Override
    public String forUpdate() {
      return " for update";
    }

    @Override
    public String skipLocked() {
      return " for update skip locked";
    }

    @Override
    public String json() {
      return "?::jsonb";
    }

    @Override
    public String nextEventSequence() {
      // A number is taken by transactions that have theirs: whoever waits for all that run now,
      // waits
      // for every number below the sequence's last one (events.EventReader).
      return "(case when pg_current_xact_id() is not null then nextval('events_sequence') end)";
    }

    @Override
    public boolean tryLock(DSLContext sql, long key) {
      return Boolean.TRUE.equals(
          sql.fetchValue(
              DSL.select(
                  DSL.field("pg_try_advisory_xact_lock({0})", Boolean.class, DSL.val(key)))));
    }

    @Override
    public void lock(DSLContext sql, long key) {
      sql.fetch("select pg_advisory_xact_lock({0})", DSL.val(key));
    }

    @Override
    public void expectManyRows(Connection connection) {
      // It is made for many.
    }

    @Override
    String inList(String list) {
      return "= any(" + list + ")";
    }

    @Override
    Field<?> list(Collection<UUID> ids) {
      return DSL.val(ids.toArray(UUID[]::new));
    }

    @Override
    public Condition holds(Field<JsonNode> array, String text) {
      return DSL.condition("{0} @> jsonb_build_array(cast({1} as text))", array, DSL.val(text));
    }

    @Override
    public void setList(PreparedStatement statement, int at, Collection<UUID> ids)
        throws SQLException {
      statement.setArray(at, statement.getConnection().createArrayOf("uuid", ids.toArray()));
    }

    @Override
    public void set(PreparedStatement statement, int at, @Nullable UUID id) throws SQLException {
      if (id == null) {
        statement.setNull(at, Types.OTHER);
      } else {
        statement.setObject(at, id);
      }
    }

    @Override
    public void set(PreparedStatement statement, int at, @Nullable Instant time)
        throws SQLException {
      if (time == null) {
        statement.setNull(at, Types.TIMESTAMP_WITH_TIMEZONE);
      } else {
        statement.setObject(at, time.atOffset(ZoneOffset.UTC));
      }
    }

    @Override
    public @Nullable UUID uuid(ResultSet rows, int at) throws SQLException {
      return rows.getObject(at, UUID.class);
    }

    @Override
    public @Nullable Instant instant(ResultSet rows, int at) throws SQLException {
      OffsetDateTime time = rows.getObject(at, OffsetDateTime.class);
      return time == null ? null : time.toInstant();
    }
  };

  static Dialect of(Engine engine) {
    return switch (engine) {
      case SQLITE -> SQLITE;
      case POSTGRES -> POSTGRES;
    };
  }

  /** The dialect of a connection's engine. */
  public static Dialect of(DSLContext sql) {
    return sql.dialect().family() == SQLDialect.SQLITE ? SQLITE : POSTGRES;
  }

  /** Appended to a select whose rows this transaction is about to change. */
  public abstract String forUpdate();

  /** As {@link #forUpdate}, passing over rows that another transaction has locked. */
  public abstract String skipLocked();

  /** The place of a JSON parameter. */
  public abstract String json();

  /** Rows that this transaction is about to change, locked where others could change them too. */
  public static <R extends Record> ResultQuery<R> locked(
      DSLContext sql, SelectForUpdateStep<R> rows) {
    return sql.dialect().family() == SQLDialect.SQLITE ? rows : rows.forUpdate();
  }

  /**
   * Whether a statement costs no round trip, so that many small ones are as good as a great one.
   */
  public abstract boolean isInProcess();

  /** An expression for the next {@code events.sequence}. */
  public abstract String nextEventSequence();

  /**
   * Takes a lock that one transaction of all nodes has at a time, until it ends; does not wait.
   *
   * @return whether it was free
   */
  public abstract boolean tryLock(DSLContext sql, long key);

  /** As {@link #tryLock}, and waits until it is free. */
  public abstract void lock(DSLContext sql, long key);

  /**
   * Readies a connection for transactions of many thousands of rows each, as long as it is open:
   * SQLite holds more pages in memory, and takes them from its log into the file less often.
   */
  public abstract void expectManyRows(Connection connection) throws SQLException;

  /** Behind a column: is one of the ids of a list. */
  abstract String inList(String list);

  /** The list as one parameter of jOOQ's. */
  abstract Field<?> list(Collection<UUID> ids);

  /** Behind a column: is one of the ids of one parameter. */
  public String inList() {
    return inList("?");
  }

  /** The parameter of {@link #inList}. */
  public abstract void setList(PreparedStatement statement, int at, Collection<UUID> ids)
      throws SQLException;

  /** As {@link #inList}, in jOOQ's words: one parameter, however many ids. */
  public Condition isAmong(Field<UUID> column, Collection<UUID> ids) {
    return DSL.condition("{0} " + inList("{1}"), column, list(ids));
  }

  public abstract void set(PreparedStatement statement, int at, @Nullable UUID id)
      throws SQLException;

  public abstract void set(PreparedStatement statement, int at, @Nullable Instant time)
      throws SQLException;

  public abstract @Nullable UUID uuid(ResultSet rows, int at) throws SQLException;

  public abstract @Nullable Instant instant(ResultSet rows, int at) throws SQLException;

  /**
   * A column by which rows are filtered, never sought: SQLite, which does not know its rows until
   * it is told to analyze, would else seek by the tenant and read all that it has.
   */
  public <T> Field<T> filterOnly(Field<T> column) {
    return column;
  }

  /** Whether a column's JSON array of strings holds one. */
  public abstract Condition holds(Field<JsonNode> array, String text);

  /** JSON as text; both engines take it so. */
  public void set(PreparedStatement statement, int at, JsonNode json) throws SQLException {
    statement.setString(at, json.toString());
  }

  public void set(PreparedStatement statement, int at, @Nullable Long number) throws SQLException {
    if (number == null) {
      statement.setNull(at, Types.BIGINT);
    } else {
      statement.setLong(at, number);
    }
  }

  public void set(PreparedStatement statement, int at, @Nullable Double number)
      throws SQLException {
    if (number == null) {
      statement.setNull(at, Types.DOUBLE);
    } else {
      statement.setDouble(at, number);
    }
  }

  /**
   * A value by its own type: a String, Long, Integer, Double, Boolean, UUID or Instant, or none.
   */
  public void bind(PreparedStatement statement, int at, @Nullable Object value)
      throws SQLException {
    switch (value) {
      case null -> statement.setObject(at, null);
      case UUID id -> set(statement, at, id);
      case Instant time -> set(statement, at, time);
      case Long number -> statement.setLong(at, number);
      case Integer number -> statement.setInt(at, number);
      case String text -> statement.setString(at, text);
      case Boolean is -> statement.setBoolean(at, is);
      case Double number -> statement.setDouble(at, number);
      default -> throw new IllegalArgumentException(value.getClass().getName());
    }
  }
}
