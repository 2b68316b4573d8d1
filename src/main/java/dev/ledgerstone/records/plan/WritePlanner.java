package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.http.Spelling;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.catalogue.Table.Tenancy;
import dev.ledgerstone.records.plan.WritePlan.Meeting;
import dev.ledgerstone.records.request.Logic;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.Page;
import dev.ledgerstone.records.request.Payload;
import dev.ledgerstone.records.request.Preferences.Deleted;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.SelectItem;
import dev.ledgerstone.records.request.Test;
import dev.ledgerstone.records.request.WriteProblem;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes plans of writing requests, for one caller, at one time. */
public final class WritePlanner {
  /** Rows that one request changes at most. */
  public static final int MOST_ROWS = 10_000;

  private static final String WRITE = "write";
  private static final String DELETE = "delete";
  private static final List<String> LEAST = List.of("id");

  private final CallerView view;
  private final Instant now;

  public WritePlanner(CallerView view, Instant now) {
    this.view = view;
    this.now = now.truncatedTo(ChronoUnit.MICROS);
  }

  public Instant now() {
    return now;
  }

  /** Adds rows; a key that is there already is refused. */
  public WritePlan.Insert insert(Table table, Payload payload, boolean isDefaulted) {
    requireWritable(table, true);
    return insert(table, payload, isDefaulted, Optional.empty());
  }

  /**
   * Adds rows, and merges or passes over those whose key is there.
   *
   * @param key its columns; empty: the primary key's
   */
  public WritePlan.Insert upsert(
      Table table,
      Payload payload,
      boolean isDefaulted,
      Optional<List<String>> key,
      boolean isMerged) {
    requireWritable(table, !isMerged);
    List<Column> columns = key(table, key);
    Node found = target(table, WRITE, allOf(table), Deleted.LEFT_OUT);
    List<Column> merged = new ArrayList<>(given(table, payload));
    merged.removeAll(columns);
    merged.removeIf(it -> table.primaryKey().contains(it.name()));
    return insert(
        table,
        payload,
        isDefaulted,
        Optional.of(
            new Meeting(columns, found, isMerged ? Optional.of(merged) : Optional.empty())));
  }

  /** One row, by the key that the address and the body name. */
  public WritePlan.Insert put(Table table, Payload payload, Query query) {
    requireWritable(table, false);
    if (!query.rootPage().equals(Page.ALL)) {
      throw new WriteProblem.PagedPut().exception();
    }
    Map<String, String> named = new LinkedHashMap<>();
    for (Logic each : query.rootFilters()) {
      if (each instanceof Logic.Filter filter
          && !filter.isNegated()
          && filter.path().steps().isEmpty()
          && filter.test() instanceof Test.Compare(Operator operator, String value)
          && operator == Operator.EQ
          && table.primaryKey().contains(filter.path().column())) {
        named.put(filter.path().column(), value);
      } else {
        throw new WriteProblem.BadPut().exception();
      }
    }
    if (!named.keySet().equals(Set.copyOf(table.primaryKey()))) {
      throw new WriteProblem.BadPut().exception();
    }
    Map<String, JsonNode> row = payload.only();
    for (String column : table.primaryKey()) {
      Column key = Relations.column(table, column);
      Object addressed = Literals.of(key.kind(), named.get(column) + "").value();
      JsonNode sent = row.get(column);
      if (sent == null
          || sent.isNull()
          || !addressed.equals(Values.of(table, key, sent, payload.isText()))) {
        throw new WriteProblem.OtherKey().exception();
      }
    }
    return upsert(table, payload, false, Optional.empty(), true);
  }

  /**
   * Gives the rows that a query filters the values of the body.
   *
   * @param isDefaulted whether a column that is meant and not sent gets its default, else null
   */
  public WritePlan.Update update(Table table, Payload payload, Query query, boolean isDefaulted) {
    requireWritable(table, false);
    Map<String, JsonNode> row = payload.rows().isEmpty() ? Map.of() : payload.only();
    List<Column> columns = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    UUID key = null;
    Optional<UUID> owner = scope(table, WRITE);
    for (Column column : given(table, payload)) {
      JsonNode sent = row.get(column.name());
      Object value =
          sent == null && isDefaulted
              ? Values.fallback(table, column)
              : Values.of(table, column, sent, payload.isText());
      if (table.primaryKey().contains(column.name()) && value instanceof UUID id) {
        key = id;
      } else {
        requireOwn(table, column, value, owner);
        columns.add(column);
        values.add(value);
      }
    }
    if (!columns.isEmpty()) {
      stamp(table, columns, values);
    }
    return new WritePlan.Update(
        table,
        tenant(),
        WritePlan.Kind.UPDATE,
        target(table, WRITE, query, Deleted.LEFT_OUT),
        columns,
        values,
        Optional.ofNullable(key));
  }

  /** Takes away the rows that a query filters: marks them, where the table keeps such. */
  public WritePlan delete(Table table, Query query) {
    requireWritable(table, false);
    Node target = target(table, DELETE, query, Deleted.LEFT_OUT);
    return table.isSoftDeleted()
        ? marked(table, WritePlan.Kind.SOFT_DELETE, target)
        : new WritePlan.Delete(table, tenant(), target);
  }

  /** Brings a row back that was marked as deleted; needs the permission to delete it. */
  public WritePlan.Update restore(Table table, String id) {
    requireWritable(table, false);
    if (!table.isSoftDeleted()) {
      throw new RecordsProblem.NotSupported(
              "restoring rows of " + table.name(), "its rows are deleted for good; make a new one")
          .exception();
    }
    Node target = target(table, DELETE, allOf(table), Deleted.ONLY);
    Column key = Relations.column(table, table.primaryKey().getFirst());
    return marked(
        table, WritePlan.Kind.RESTORE, target.with(equal(key, Literals.of(key.kind(), id))));
  }

  /**
   * What is answered of rows that were written: the query's select of them, its filters left out,
   * for a row may have left those.
   */
  public ReadPlan representation(
      Table table,
      Query query,
      java.util.Collection<UUID> keys,
      boolean isStripped,
      Optional<java.time.ZoneId> zone,
      long mostEmbedded) {
    Query shown = withoutRoot(query);
    Node node =
        new Planner(view, Math.max(mostEmbedded, keys.size()))
            .node(table, view.reading(table, Deleted.INCLUDE), shown, Deleted.LEFT_OUT);
    Column key = Relations.column(table, table.primaryKey().getFirst());
    Node written =
        node.with(
            new Condition.Among(
                new Expr.OfColumn(key),
                keys.stream().map(it -> new Operand(key.kind(), it)).toList()));
    List<Order> orders =
        written.orders().isEmpty() && !written.isGrouped()
            ? List.of(new Order(new Expr.OfColumn(key), false, false))
            : written.orders();
    return new ReadPlan(
        new Node(table, written.guard(), written.where(), written.items(), orders, written.page()),
        dev.ledgerstone.records.request.Preferences.Count.NONE,
        isStripped,
        zone,
        Optional.empty(),
        false);
  }

  // ---- rows

  private WritePlan.Insert insert(
      Table table, Payload payload, boolean isDefaulted, Optional<Meeting> meeting) {
    if (payload.rows().size() > MOST_ROWS) {
      throw new WriteProblem.TooManyRows(MOST_ROWS).exception();
    }
    Optional<UUID> owner = scope(table, WRITE);
    List<Column> given = given(table, payload);
    List<Column> columns = new ArrayList<>(given);
    List<@Nullable Object> servers = new ArrayList<>();
    Column generated = generatedKey(table);
    if (generated != null && !given.contains(generated)) {
      columns.add(generated);
      servers.add(null);
    }
    addServers(table, columns, servers, owner);
    if (!payload.rows().isEmpty()) {
      requireValues(table, columns);
    }
    List<List<@Nullable Object>> rows = new ArrayList<>(payload.rows().size());
    for (Map<String, JsonNode> row : payload.rows()) {
      @Nullable Object[] values = new @Nullable Object[columns.size()];
      for (int i = 0; i < given.size(); i++) {
        Column column = given.get(i);
        JsonNode sent = row.get(column.name());
        if (column.equals(generated) && (sent == null || sent.isNull())) {
          continue;
        }
        values[i] =
            sent == null && isDefaulted
                ? Values.fallback(table, column)
                : Values.of(table, column, sent, payload.isText());
        requireOwn(table, column, values[i], owner);
      }
      for (int i = 0; i < servers.size(); i++) {
        values[given.size() + i] = servers.get(i);
      }
      if (generated != null) {
        int at = columns.indexOf(generated);
        if (values[at] == null) {
          values[at] = Ids.next();
        }
      }
      rows.add(Arrays.asList(values));
    }
    return new WritePlan.Insert(table, tenant(), columns, rows, meeting);
  }

  /** The key that the server makes where the request does not; null: the request must. */
  private static @Nullable Column generatedKey(Table table) {
    return table.primaryKey().equals(LEAST) ? table.columns().get("id") : null;
  }

  private void addServers(
      Table table, List<Column> columns, List<@Nullable Object> values, Optional<UUID> owner) {
    table
        .ownerColumn()
        .flatMap(table::column)
        .filter(it -> !columns.contains(it) && !it.isServers())
        .filter(it -> owner.isPresent() || isRequired(it))
        .filter(it -> it.kind() == Kind.UUID)
        .ifPresent(
            it -> {
              columns.add(it);
              values.add(view.caller().user());
            });
    add(table, "tenant_id", tenant(), columns, values);
    add(table, "created_at", now, columns, values);
    add(table, "updated_at", now, columns, values);
    add(table, "created_by", view.caller().user(), columns, values);
    if (owner.isPresent() && table.ownerColumn().isEmpty()) {
      throw new WriteProblem.NotOwn(table.name()).exception();
    }
  }

  private static void add(
      Table table, String name, Object value, List<Column> columns, List<@Nullable Object> values) {
    Column column = table.columns().get(name);
    if (column != null && !columns.contains(column)) {
      columns.add(column);
      values.add(value);
    }
  }

  private static boolean isRequired(Column column) {
    return !column.isNullable() && column.defaultValue() == null;
  }

  /** What no default fills must be said. */
  private static void requireValues(Table table, List<Column> columns) {
    for (Column column : table.columns().values()) {
      if (isRequired(column) && !columns.contains(column)) {
        throw new WriteProblem.NoValue(table.name(), column.name()).exception();
      }
    }
  }

  private WritePlan.Update marked(Table table, WritePlan.Kind kind, Node target) {
    List<Column> columns = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    columns.add(Relations.column(table, "deleted_at"));
    values.add(kind == WritePlan.Kind.RESTORE ? null : now);
    stamp(table, columns, values);
    return new WritePlan.Update(table, tenant(), kind, target, columns, values, Optional.empty());
  }

  private void stamp(Table table, List<Column> columns, List<@Nullable Object> values) {
    Column updated = table.columns().get("updated_at");
    if (updated != null) {
      columns.add(updated);
      values.add(now);
    }
  }

  // ---- columns

  /** The columns of a body that are written, in its order; refuses those that are not. */
  private List<Column> given(Table table, Payload payload) {
    List<Column> columns = new ArrayList<>();
    for (String name : payload.columns()) {
      Column column = table.columns().get(name);
      if (column == null) {
        throw new RecordsProblem.NoColumn(
                name, table.name(), Spelling.nearest(name, table.columns().keySet()).orElse(""))
            .exception();
      }
      if (name.equals(table.tenantColumn()) && table.tenancy() != Tenancy.SELF) {
        payload.rows().forEach(row -> requireTenant(table, column, row.get(name)));
      } else if (column.isServers()) {
        throw new WriteProblem.ServersColumn(table.name(), name).exception();
      } else {
        columns.add(column);
      }
    }
    return columns;
  }

  /** It is implied; saying it is no fault, saying another is. */
  private void requireTenant(Table table, Column column, @Nullable JsonNode sent) {
    if (sent != null && !sent.isNull() && !tenant().equals(Values.of(table, column, sent, false))) {
      throw new WriteProblem.NotOwn(table.name()).exception();
    }
  }

  private static List<Column> key(Table table, Optional<List<String>> named) {
    Set<String> wanted = new TreeSet<>(named.orElse(table.primaryKey()));
    if (wanted.size() > 1) {
      wanted.remove("tenant_id");
    }
    boolean isKey =
        wanted.equals(new TreeSet<>(table.primaryKey()))
            || table.uniqueKeys().stream().anyMatch(it -> wanted.equals(new TreeSet<>(it)));
    if (!isKey || !table.columns().keySet().containsAll(wanted)) {
      throw new WriteProblem.NoKey(table.name(), String.join(",", named.orElse(List.of())))
          .exception();
    }
    return wanted.stream().map(it -> Relations.column(table, it)).toList();
  }

  // ---- who may

  private UUID tenant() {
    return view.caller().tenant().id();
  }

  private Optional<UUID> scope(Table table, String action) {
    return view.guard(table, action, Deleted.LEFT_OUT).owner();
  }

  private void requireWritable(Table table, boolean isInsert) {
    switch (table.writing()) {
      case FULL -> {}
      case APPEND -> {
        if (!isInsert) {
          throw new WriteProblem.ReadOnly(table.name(), true).exception();
        }
      }
      case NONE -> throw new WriteProblem.ReadOnly(table.name(), false).exception();
    }
    boolean isEverybodys =
        table.tenancy() == Tenancy.GLOBAL
            || (table.tenancy() == Tenancy.SHARED && tenant().equals(Tenants.PLATFORM));
    boolean isPlatformOwner =
        tenant().equals(Tenants.PLATFORM) && view.caller().role().equals("OWNER");
    if (isEverybodys && !isPlatformOwner) {
      throw new RecordsProblem.NotPermitted(
              table.name(), CallerView.permission(table, WRITE) + " as an owner of platform")
          .exception();
    }
  }

  /** Of a caller who writes their own rows alone: the row stays theirs. */
  private static void requireOwn(
      Table table, Column column, @Nullable Object value, Optional<UUID> owner) {
    if (owner.isPresent()
        && table.ownerColumn().filter(column.name()::equals).isPresent()
        && !owner.get().equals(value)) {
      throw new WriteProblem.NotOwn(table.name()).exception();
    }
  }

  /**
   * The rows of a query that the caller may change: none that are shared by another tenant, and, as
   * a filter tells what a row holds, none that the caller may not read.
   */
  private Node target(Table table, String action, Query query, Deleted deleted) {
    Guard guard = view.guard(table, action, deleted);
    Node node = new Planner(view, MOST_ROWS + 1L).node(table, guard, rootOnly(query), deleted);
    if (table.tenancy() == Tenancy.SHARED) {
      Column tenant = Relations.column(table, "tenant_id");
      node = node.with(equal(tenant, new Operand(Kind.UUID, tenant())));
    }
    Optional<UUID> reader =
        query.rootFilters().isEmpty()
            ? Optional.empty()
            : view.guard(table, "read", deleted).owner();
    if (reader.isPresent()) {
      Optional<Column> owner = table.ownerColumn().flatMap(table::column);
      node =
          node.with(
              owner.isEmpty()
                  ? Condition.NEVER
                  : equal(owner.get(), new Operand(Kind.UUID, reader.get())));
    }
    return node;
  }

  private static Condition equal(Column column, Operand value) {
    return new Condition.Compare(new Expr.OfColumn(column), Operator.EQ, value);
  }

  // ---- queries

  private static final List<String> ROOT = List.of();

  private static Query allOf(Table table) {
    return new Query(
        List.of(new SelectItem.Value(null, path(table), null, null)),
        Map.of(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static dev.ledgerstone.records.request.Path path(Table table) {
    return dev.ledgerstone.records.request.Path.of(table.primaryKey().getFirst());
  }

  private static Query rootOnly(Query query) {
    return new Query(
        List.of(new SelectItem.Star()),
        only(query.filters()),
        only(query.orders()),
        only(query.pages()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static <T> Map<List<String>, T> only(Map<List<String>, T> all) {
    T root = all.get(ROOT);
    return root == null ? Map.of() : Map.of(ROOT, root);
  }

  private static Query withoutRoot(Query query) {
    return new Query(
        query.select(),
        without(query.filters()),
        query.orders(),
        without(query.pages()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static <T> Map<List<String>, T> without(Map<List<String>, T> all) {
    Map<List<String>, T> rest = new LinkedHashMap<>(all);
    rest.remove(ROOT);
    return rest;
  }
}
