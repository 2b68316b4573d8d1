package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rows of one table, which take their columns from records by a {@link Mapping}. */
public final class TableSink implements Sink<@Nullable Object[]> {
  private static final Set<String> NOW = Set.of("created_at", "updated_at");

  /** By which an id's time is told, where a record says it. */
  private static final List<String> TIMES = List.of("at", "created_at", "started_at");

  private static final String KEY = "_key";

  /** Into which a batch is cut that holds a record which the database refuses. */
  private static final int PARTS = 16;

  private final Table table;
  private final UUID tenant;
  private final Mapping mapping;
  private final Clock clock;
  private final Dialect dialect;
  private final List<Column> columns = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final List<Place> fills = new ArrayList<>();
  private final References references;
  private final String insert;

  /**
   * What a column holds where a record says nothing, found once.
   *
   * @param constant stands in every row, whatever the record says
   * @param fold the place of the column that this one is the folded form of; -1: of none
   */
  private record Place(
      @Nullable Cast cast,
      boolean isConstant,
      @Nullable Object constant,
      @Nullable Object fallback,
      boolean isNow,
      int fold) {}

  /**
   * @param name of a table that the API writes, or adds to
   */
  public TableSink(String name, UUID tenant, Mapping mapping, Clock clock, Engine engine) {
    this.table = find(name);
    this.tenant = tenant;
    this.mapping = mapping;
    this.clock = clock;
    this.dialect = engine == Engine.SQLITE ? Dialect.SQLITE : Dialect.POSTGRES;
    for (Column column : table.columns().values()) {
      places.put(column.name(), columns.size());
      columns.add(column);
    }
    check(mapping.rename().values());
    check(mapping.constants().keySet());
    check(mapping.defaults().keySet());
    check(mapping.casts().keySet());
    for (Column column : columns) {
      fills.add(place(column));
    }
    references = new References(table, columns, tenant, dialect);
    List<String> names = columns.stream().map(Column::name).toList();
    insert =
        "insert into "
            + table.name()
            + " ("
            + String.join(", ", names)
            + ") values ("
            + String.join(
                ", ",
                columns.stream().map(it -> it.kind() == Kind.JSON ? dialect.json() : "?").toList())
            + ")";
  }

  /** Whether a record, or the mapping, must say what stands in a column. */
  static boolean isNeeded(Column column) {
    return !column.isNullable()
        && column.defaultValue() == null
        && !NOW.contains(column.name())
        && !column.name().equals("id")
        && !column.name().equals("tenant_id")
        && !(column.isServers() && column.name().endsWith(KEY));
  }

  /** A table whose rows can be brought along. */
  static Table find(String name) {
    Table table =
        Catalogue.ofSchema()
            .table(name)
            .orElseThrow(() -> new RequestProblem.NotFound("table", name).exception());
    boolean isWritten =
        switch (table.writing()) {
          case FULL, APPEND -> true;
          case NONE -> false;
        };
    boolean isTenants =
        switch (table.tenancy()) {
          case OWN, SHARED -> true;
          case GLOBAL, SELF -> false;
        };
    if (!isWritten || !isTenants || !table.secrets().isEmpty()) {
      throw new RequestProblem.Invalid(
              "--table",
              "rows of " + name + " are made by the server alone",
              "docs/tables.md says which tables are written; a view, a readonly table, or one with secrets is not")
          .exception();
    }
    return table;
  }

  private void check(Iterable<String> names) {
    for (String name : names) {
      if (!places.containsKey(name) || name.equals("tenant_id")) {
        throw Mapping.wrong("the table " + table.name() + " has no column " + name + " to be set");
      }
    }
  }

  @Override
  public String table() {
    return table.name();
  }

  @Override
  public String identity() {
    return mapping.text();
  }

  @Override
  public @Nullable Object[] take(ObjectNode record) throws Rejected {
    @Nullable Object[] row = new @Nullable Object[columns.size()];
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      String name = mapping.rename().getOrDefault(field.getKey(), field.getKey());
      Integer place = places.get(name);
      if (mapping.ignore().contains(field.getKey())) {
        continue;
      }
      if (place == null || name.equals("tenant_id")) {
        if (mapping.ignore().contains("*")) {
          continue;
        }
        throw new Rejected(
            field.getKey() + ": the table has no such column; name it under rename or ignore");
      }
      if (!field.getValue().isNull()) {
        row[place] = value(columns.get(place), fills.get(place).cast, field.getValue());
      }
    }
    complete(row);
    return row;
  }

  private Object value(Column column, @Nullable Cast cast, JsonNode value) throws Rejected {
    try {
      return Values.of(column, cast == null ? value : cast.of(value, tenant));
    } catch (Rejected e) {
      throw new Rejected(column.name() + ": " + e.reason());
    }
  }

  private void complete(@Nullable Object[] row) throws Rejected {
    for (int i = 0; i < row.length; i++) {
      Place place = fills.get(i);
      if (place.isConstant) {
        row[i] = place.constant;
      }
      if (row[i] == null) {
        row[i] = place.isNow ? clock.instant() : place.fallback;
      }
    }
    for (int i = 0; i < row.length; i++) {
      int fold = fills.get(i).fold;
      if (fold >= 0 && row[i] == null && row[fold] instanceof String text) {
        row[i] = text.strip().toLowerCase(Locale.ROOT);
      }
    }
    Integer id = places.get("id");
    if (id != null && row[id] == null) {
      row[id] = id(row);
    }
    for (int i = 0; i < row.length; i++) {
      if (row[i] == null && !columns.get(i).isNullable()) {
        throw new Rejected(columns.get(i).name() + ": is missing");
      }
    }
  }

  private Place place(Column column) {
    Cast cast = mapping.casts().get(column.name());
    JsonNode constant = mapping.constants().get(column.name());
    JsonNode fallback = mapping.defaults().get(column.name());
    boolean isUnsaid = fallback == null || fallback.isNull();
    return new Place(
        cast,
        constant != null,
        constant == null || constant.isNull() ? null : given(column, cast, constant),
        fallback == null || fallback.isNull() ? standard(column) : given(column, cast, fallback),
        isUnsaid && NOW.contains(column.name()) && !column.isNullable(),
        folded(column));
  }

  /** A value of the mapping, as its column holds it. */
  private Object given(Column column, @Nullable Cast cast, JsonNode value) {
    try {
      return value(column, cast, value);
    } catch (Rejected e) {
      throw Mapping.wrong(e.reason());
    }
  }

  /** {@code email_key} is {@code email} in the form by which uniqueness is judged. */
  private int folded(Column column) {
    return column.isServers() && column.name().endsWith(KEY)
        ? places.getOrDefault(column.name().substring(0, column.name().length() - KEY.length()), -1)
        : -1;
  }

  /** The schema's own default; null: there is none that a row could hold. */
  private @Nullable Object standard(Column column) {
    if (column.name().equals("tenant_id")) {
      return tenant;
    }
    String text = column.defaultValue();
    if (text == null || column.isNullable()) {
      return null;
    }
    boolean isQuoted = text.startsWith("'") && text.endsWith("'");
    String plain = isQuoted ? text.substring(1, text.length() - 1).replace("''", "'") : text;
    try {
      return Values.of(
          column,
          column.kind() == Kind.JSON
              ? RecordReader.MAPPER.readTree(plain)
              : TextNode.valueOf(plain));
    } catch (JsonProcessingException | Rejected _) {
      return null; // an expression of the database: who imports says the value
    }
  }

  /** A row of the past has an id of its time: lists go by ids, and partitions too. */
  private UUID id(@Nullable Object[] row) {
    for (String name : TIMES) {
      Integer place = places.get(name);
      if (place != null
          && row[place] instanceof Instant at
          && at.isBefore(clock.instant().minusSeconds(1))
          && at.toEpochMilli() > 0) {
        return Ids.at(at);
      }
    }
    return Ids.next();
  }

  @Override
  public long write(
      Connection connection, List<Taken<@Nullable Object[]>> records, Rejections rejections)
      throws SQLException {
    List<Taken<@Nullable Object[]>> good = references.check(connection, records, rejections);
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      if (dialect.isInProcess()) {
        writeEach(statement, good, rejections);
      } else {
        write(connection, statement, good, rejections);
      }
    }
    return 0;
  }

  /** SQLite: a statement that fails leaves no trace, and its transaction stands. */
  private void writeEach(
      PreparedStatement statement, List<Taken<@Nullable Object[]>> records, Rejections rejections)
      throws SQLException {
    for (Taken<@Nullable Object[]> each : records) {
      bind(statement, each.value());
      try {
        statement.executeUpdate();
      } catch (SQLException e) {
        if (!isTheirs(SqlStates.of(e))) {
          throw e;
        }
        rejections.add(each, reason(e));
      }
    }
  }

  /** Whether it is the record that is at fault, and not the database. */
  private static boolean isTheirs(String state) {
    return state.startsWith("23") || state.startsWith("22") || state.startsWith("P0");
  }

  private static String reason(SQLException e) {
    String state = SqlStates.of(e);
    return state.startsWith("23")
        ? "breaks the rule " + SqlStates.constraint(e)
        : "is refused by the database (SQLSTATE " + state + ")";
  }

  /** PostgreSQL: all at once; if one is refused, in smaller parts, until it stands alone. */
  private void write(
      Connection connection,
      PreparedStatement statement,
      List<Taken<@Nullable Object[]>> records,
      Rejections rejections)
      throws SQLException {
    if (records.isEmpty()) {
      return;
    }
    execute(connection, "savepoint records");
    try {
      for (Taken<@Nullable Object[]> each : records) {
        bind(statement, each.value());
        statement.addBatch();
      }
      statement.executeBatch();
      execute(connection, "release savepoint records");
      return;
    } catch (SQLException failure) {
      statement.clearBatch();
      SQLException e = failure.getNextException() == null ? failure : failure.getNextException();
      execute(connection, "rollback to savepoint records");
      execute(connection, "release savepoint records");
      if (!isTheirs(SqlStates.of(e))) {
        throw failure;
      }
      if (records.size() == 1) {
        rejections.add(records.getFirst(), reason(e));
        return;
      }
    }
    int part = Math.max(1, records.size() / PARTS);
    for (int from = 0; from < records.size(); from += part) {
      write(
          connection,
          statement,
          records.subList(from, Math.min(records.size(), from + part)),
          rejections);
    }
  }

  private void bind(PreparedStatement statement, @Nullable Object[] row) throws SQLException {
    for (int i = 0; i < row.length; i++) {
      Object value = row[i];
      int at = i + 1;
      switch (value) {
        case null -> statement.setNull(at, type(columns.get(i).kind()));
        case UUID id -> dialect.set(statement, at, id);
        case Instant time -> dialect.set(statement, at, time);
        case JsonNode tree -> dialect.set(statement, at, tree);
        case Long number -> statement.setLong(at, number);
        case Double number -> statement.setDouble(at, number);
        case Boolean truth -> statement.setBoolean(at, truth);
        default -> statement.setString(at, Objects.toString(value));
      }
    }
  }

  private static int type(Kind kind) {
    return switch (kind) {
      case TEXT, JSON -> Types.VARCHAR;
      case UUID -> Types.OTHER;
      case BIGINT, INTEGER -> Types.BIGINT;
      case BOOLEAN -> Types.BOOLEAN;
      case DOUBLE, NUMERIC -> Types.DOUBLE;
      case TIMESTAMP -> Types.TIMESTAMP_WITH_TIMEZONE;
    };
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
