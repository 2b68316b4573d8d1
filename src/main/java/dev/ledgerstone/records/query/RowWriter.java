package dev.ledgerstone.records.query;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Constraints;
import dev.ledgerstone.records.catalogue.Constraints.Reference;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.Operand;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.request.WriteProblem;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Locks, adds, changes and takes away rows within a transaction of the caller. Every statement
 * names the tenant, also where keys alone would do.
 */
public final class RowWriter {
  /** Rows of which a statement tells how they stand; of more it tells the keys. */
  public static final int MOST_TOLD = 100;

  /**
   * Rows that one statement adds to SQLite, where more are added at once. An index over words is
   * flushed before each statement that adds to its table, which costs more than the row
   * (docs/performance.md).
   */
  private static final int MOST_JOINED = 64;

  /** Keys that one statement lists. */
  private static final int MOST_LISTED = 5_000;

  private final Engine engine;
  private final Statements statements;
  private final RowImages images;
  private final Faults faults;
  private final Map<String, Map<String, String>> conditions = new ConcurrentHashMap<>();

  public RowWriter(Database database, Statements statements) {
    this.engine = database.engine();
    this.statements = statements;
    this.images = new RowImages(database.dialect());
    this.faults = new Faults(engine, statements);
  }

  /**
   * How many of some rows for one table one statement adds; at least one.
   *
   * @param rows at least one
   */
  public int together(int rows) {
    return switch (engine) {
      // A power of two, so that a connection keeps few texts.
      case SQLITE -> Math.min(MOST_JOINED, Integer.highestOneBit(rows));
      case POSTGRES -> Math.min(MOST_TOLD, rows);
    };
  }

  /** The rows of a node, as they stand; nobody else changes them until the transaction ends. */
  public List<Row> lock(Connection connection, Node target) throws SQLException {
    Renderer to = statements.renderer(Optional.empty());
    String alias = to.alias();
    to.sql.add("select ");
    RowImages.columns(to.sql, target.table(), alias + ".");
    to.source(target, alias, Optional.empty(), "");
    if (target.orders().isEmpty()) {
      // Who locks in one order does not wait in a ring.
      to.sql.add(" order by ").column(alias, target.table().primaryKey().getFirst());
    } else {
      to.orderBy(target.orders(), alias);
    }
    to.page(target.page());
    if (engine == Engine.POSTGRES) {
      to.sql.add(" for update");
    }
    return statements.query(connection, to.sql, rows -> images.read(target.table(), rows));
  }

  /** Adds the rows of a plan. */
  public List<Row> insert(Connection connection, WritePlan.Insert plan) throws SQLException {
    Table table = plan.table();
    UUID tenant = plan.tenant();
    List<Column> columns = plan.columns();
    List<List<@Nullable Object>> rows = plan.rows();
    try {
      requireReferred(connection, table, tenant, columns, rows);
      if (rows.size() <= MOST_TOLD) {
        return insertTold(connection, table, columns, rows);
      }
      switch (engine) {
        case SQLITE -> insertJoined(connection, table, columns, rows);
        case POSTGRES -> // the driver joins them
            statements.batch(connection, text(table, columns, 1), rows);
      }
      int key = plan.keyPosition();
      return rows.stream().map(it -> new Row((UUID) it.get(key), null)).toList();
    } catch (ProblemException e) {
      throw faults.ofRows(connection, table, tenant, columns, rows, e);
    }
  }

  /**
   * Adds a few rows, each with a value a column.
   *
   * @return empty: one of them is refused, and none is there
   */
  public Optional<List<Row>> tryInsert(
      Connection connection,
      Table table,
      UUID tenant,
      List<Column> columns,
      List<List<@Nullable Object>> rows)
      throws SQLException {
    try {
      requireReferred(connection, table, tenant, columns, rows);
      return Optional.of(insertTold(connection, table, columns, rows));
    } catch (ProblemException e) {
      return Optional.empty();
    }
  }

  /** In statements of powers of two, so that a connection keeps few texts. */
  private void insertJoined(
      Connection connection, Table table, List<Column> columns, List<List<@Nullable Object>> rows)
      throws SQLException {
    int from = 0;
    while (from < rows.size()) {
      int size = together(rows.size() - from);
      List<List<@Nullable Object>> joined = new ArrayList<>();
      do {
        List<@Nullable Object> values = new ArrayList<>(size * columns.size());
        rows.subList(from, from + size).forEach(values::addAll);
        joined.add(values);
        from += size;
      } while (rows.size() - from >= size);
      statements.batch(connection, text(table, columns, size), joined);
    }
  }

  /** A statement that adds so many rows. */
  private String text(Table table, List<Column> columns, int rows) {
    Sql sql = new Sql();
    into(sql, table, columns);
    sql.add(" values ");
    for (int i = 0; i < rows; i++) {
      sql.add(i == 0 ? "(" : ", (");
      for (int j = 0; j < columns.size(); j++) {
        sql.add(j == 0 ? "?" : ", ?").add(cast(columns.get(j)));
      }
      sql.add(")");
    }
    return sql.text();
  }

  private List<Row> insertTold(
      Connection connection, Table table, List<Column> columns, List<List<@Nullable Object>> rows)
      throws SQLException {
    Sql sql = new Sql();
    into(sql, table, columns);
    if (engine == Engine.POSTGRES && rows.size() > 1) {
      given(sql, columns, rows);
    } else {
      String before = " values ";
      for (List<@Nullable Object> row : rows) {
        sql.add(before);
        values(sql, columns, row);
        before = ", ";
      }
    }
    sql.add(" returning ");
    RowImages.columns(sql, table, "");
    return statements.query(connection, sql, found -> images.read(table, found));
  }

  private static void into(Sql sql, Table table, List<Column> columns) {
    sql.add("insert into ").add(table.name()).add(" (");
    String comma = "";
    for (Column column : columns) {
      sql.add(comma).add(column.name());
      comma = ", ";
    }
    sql.add(")");
  }

  /** Rows as arrays, so that the statement is the same for any number of them. */
  private static void given(Sql sql, List<Column> columns, List<List<@Nullable Object>> rows) {
    String before = " select * from unnest(";
    for (int i = 0; i < columns.size(); i++) {
      ArrayText values = new ArrayText();
      for (List<@Nullable Object> row : rows) {
        values.add(row.get(i));
      }
      sql.add(before).bind(values.toString()).add("::");
      sql.add(columns.get(i).kind().sqlName()).add("[]");
      before = ", ";
    }
    sql.add(")");
  }

  private void values(Sql sql, List<Column> columns, List<@Nullable Object> values) {
    String before = "(";
    for (int i = 0; i < columns.size(); i++) {
      sql.add(before);
      Object value = values.get(i);
      if (value == null && engine == Engine.POSTGRES) {
        sql.add("null"); // of no type, where a parameter of several rows would be a text
      } else {
        sql.bind(value).add(cast(columns.get(i)));
      }
      before = ", ";
    }
    sql.add(")");
  }

  private String cast(Column column) {
    return engine == Engine.POSTGRES && column.kind() == Kind.JSON ? "::jsonb" : "";
  }

  /** Gives rows the same values, and the next version. */
  public List<Row> update(
      Connection connection,
      Table table,
      UUID tenant,
      List<Column> columns,
      List<@Nullable Object> values,
      Collection<UUID> keys)
      throws SQLException {
    try {
      requireReferred(connection, table, tenant, columns, List.of(values));
      boolean isTold = keys.size() <= MOST_TOLD;
      List<UUID> all = List.copyOf(keys);
      for (int from = 0; from < all.size(); from += MOST_LISTED) {
        List<UUID> part = all.subList(from, Math.min(all.size(), from + MOST_LISTED));
        Renderer to = statements.renderer(Optional.empty());
        set(to.sql, table, columns, values);
        where(to, table, tenant, part);
        to.sql.add(" returning ");
        if (isTold) {
          RowImages.columns(to.sql, table, "");
          return statements.query(connection, to.sql, rows -> images.read(table, rows));
        }
        to.sql.add("1");
        statements.query(connection, to.sql, RowWriter::count);
      }
      return all.stream().map(it -> new Row(it, null)).toList();
    } catch (ProblemException e) {
      throw faults.ofRows(connection, table, tenant, columns, List.of(values), e);
    }
  }

  private void set(Sql sql, Table table, List<Column> columns, List<@Nullable Object> values) {
    sql.add("update ").add(table.name());
    String before = " set ";
    for (int i = 0; i < columns.size(); i++) {
      sql.add(before).add(columns.get(i).name()).add(" = ");
      Object value = values.get(i);
      if (value == null) {
        sql.add("null");
      } else {
        sql.bind(value).add(cast(columns.get(i)));
      }
      before = ", ";
    }
    if (table.isVersioned()) {
      sql.add(before).add("version = version + 1");
    }
  }

  /** Takes rows away. */
  public void delete(Connection connection, Table table, UUID tenant, Collection<UUID> keys)
      throws SQLException {
    try {
      List<UUID> all = List.copyOf(keys);
      for (int from = 0; from < all.size(); from += MOST_LISTED) {
        Renderer to = statements.renderer(Optional.empty());
        to.sql.add("delete from ").add(table.name());
        where(to, table, tenant, all.subList(from, Math.min(all.size(), from + MOST_LISTED)));
        to.sql.add(" returning 1");
        statements.query(connection, to.sql, RowWriter::count);
      }
    } catch (ProblemException e) {
      throw faults.ofKeys(connection, table, tenant, keys, e);
    }
  }

  private void where(Renderer to, Table table, UUID tenant, List<UUID> keys) {
    to.sql.add(" where ");
    String column = table.tenantColumn();
    if (column != null && statements.isNamingTenants()) {
      to.sql.add(column).add(" = ").bind(tenant).add(" and ");
    }
    to.sql.add(table.primaryKey().getFirst());
    to.in(Kind.UUID, keys.stream().map(it -> new Operand(Kind.UUID, it)).toList());
  }

  private static int count(ResultSet rows) throws SQLException {
    int count = 0;
    while (rows.next()) {
      count++;
    }
    return count;
  }

  /**
   * Refuses a reference by id alone to another tenant's row, as if it were not there; where the
   * tenant is part of the key, the database itself does.
   */
  private void requireReferred(
      Connection connection,
      Table table,
      UUID tenant,
      List<Column> columns,
      List<List<@Nullable Object>> rows)
      throws SQLException {
    for (Reference reference : Constraints.from(table)) {
      if (!reference.isTenantsOwn()) {
        Set<Object> referred = new LinkedHashSet<>();
        for (int i = 0; i < columns.size(); i++) {
          if (columns.get(i).name().equals(reference.columns().getFirst())) {
            for (List<@Nullable Object> row : rows) {
              Object value = row.get(i);
              if (value != null) {
                referred.add(value);
              }
            }
          }
        }
        if (!referred.isEmpty()) {
          requireReferred(connection, table, tenant, reference, referred);
        }
      }
    }
  }

  private void requireReferred(
      Connection connection, Table table, UUID tenant, Reference reference, Set<Object> ids)
      throws SQLException {
    Renderer to = statements.renderer(Optional.empty());
    to.sql.add("select 1 from ").add(reference.target()).add(" where ");
    if (statements.isNamingTenants()) {
      to.sql.add("tenant_id");
      to.in(
          Kind.UUID,
          (reference.isShared() ? List.of(tenant, Tenants.PLATFORM) : List.of(tenant))
              .stream().map(it -> new Operand(Kind.UUID, it)).toList());
      to.sql.add(" and ");
    }
    to.sql.add(reference.targetColumns().getFirst());
    to.in(Kind.UUID, ids.stream().map(it -> new Operand(Kind.UUID, it)).toList());
    if (statements.query(connection, to.sql, RowWriter::count) < ids.size()) {
      throw new WriteProblem.NoReferred(
              table.name(), reference.name(), reference.columns(), reference.target())
          .exception();
    }
  }

  /**
   * Refuses columns that are unique among some rows alone, but for those that are not deleted:
   * which of the others a body means cannot be told.
   */
  public void requireKey(Connection connection, Table table, List<Column> key) throws SQLException {
    Set<String> columns = new TreeSet<>(key.stream().map(Column::name).toList());
    Optional<List<String>> indexes = Constraints.indexes(table, columns);
    if (indexes.isPresent()) {
      Map<String, String> conditions = conditions(connection, table);
      boolean isKey =
          indexes.get().stream()
              .map(it -> conditions.getOrDefault(it, "unknown"))
              .anyMatch(it -> it.isEmpty() || it.equals("deleted_at is null"));
      if (!isKey) {
        throw new WriteProblem.NoKey(table.name(), String.join(",", columns)).exception();
      }
    }
  }

  /** Of a table's indexes; the generated schema does not have them. */
  private Map<String, String> conditions(Connection connection, Table table) throws SQLException {
    Map<String, String> known = conditions.get(table.name());
    if (known != null) {
      return known;
    }
    Sql sql =
        switch (engine) {
          case SQLITE ->
              new Sql()
                  .add(
                      "select name, sql from sqlite_master where type = 'index' and sql is not null")
                  .add(" and tbl_name = ");
          case POSTGRES ->
              new Sql()
                  .add("select indexname, indexdef from pg_indexes")
                  .add(" where schemaname = current_schema() and tablename = ");
        };
    Map<String, String> read =
        statements.query(
            connection,
            sql.bind(table.name()),
            rows -> {
              Map<String, String> all = new HashMap<>();
              while (rows.next()) {
                String text = rows.getString(2).toLowerCase(Locale.ROOT);
                int where = text.indexOf(" where ");
                all.put(
                    rows.getString(1),
                    where < 0 ? "" : text.substring(where + 7).replaceAll("[()]", "").strip());
              }
              return all;
            });
    conditions.put(table.name(), read);
    return read;
  }

  /** Says something that is no row: {@code savepoint …}. */
  public void command(Connection connection, String command) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(command);
    }
  }
}
