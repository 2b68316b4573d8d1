package dev.ledgerstone.records.query;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Relationship.Junction;
import dev.ledgerstone.records.catalogue.Relationship.Pair;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CastType;
import dev.ledgerstone.records.plan.Condition;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Guard;
import dev.ledgerstone.records.plan.Link;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.Operand;
import dev.ledgerstone.records.plan.Order;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.Page;
import dev.ledgerstone.records.request.Path;
import dev.ledgerstone.records.request.SelectItem.Function;
import dev.ledgerstone.records.request.Test;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Plans as SQL, as far as the engines agree. What they write differently is abstract here.
 *
 * <p>Every node is rendered by {@link #source}, and so with its guard; there is no other way to a
 * table.
 */
abstract class Renderer {
  /** The alias that is given out first. */
  static final String FIRST = "t0";

  final Sql sql = new Sql();
  final Optional<ZoneId> zone;
  private final boolean isNamingTenants;
  private int aliases;

  /** By alias. */
  private final Map<String, Table> tables = new HashMap<>();

  private boolean isNegated;

  /**
   * @param isNamingTenants whether each node's guard names the tenant, as all do but those of the
   *     test of row-level security
   */
  Renderer(Optional<ZoneId> zone, boolean isNamingTenants) {
    this.zone = zone;
    this.isNamingTenants = isNamingTenants;
  }

  final String alias() {
    return "t" + aliases++;
  }

  /** Of a query in brackets: a plan's reader tells tables by their aliases. */
  final String derived() {
    return "d" + aliases++;
  }

  // ---- rows

  /** {@code from … where …}: the rows of a node that hang from a row above, or all of them. */
  final void source(Node node, String alias, Optional<Link> link, String above) {
    tables.put(alias, node.table());
    sql.add(" from ").add(node.table().name()).add(" ").add(alias);
    String between = "";
    if (link.isPresent() && link.get().relationship().junction() != null) {
      between = alias();
      sql.add(", ").add(link.get().relationship().junction().table().name()).add(" ").add(between);
    }
    sql.add(" where ");
    boolean isFoundByWords = link.isEmpty() && isFoundByWords(node.table(), node.where());
    guard(node.guard(), alias, isFoundByWords ? "+" : "");
    if (link.isPresent()) {
      link(link.get(), above, alias, between);
    }
    if (!node.where().equals(Condition.ALWAYS)) {
      sql.add(" and ");
      condition(node.where(), alias);
    }
  }

  private void link(Link link, String above, String alias, String between) {
    Relationship relationship = link.relationship();
    Junction junction = relationship.junction();
    if (junction == null) {
      equal(relationship.pairs(), above, alias);
    } else {
      equal(junction.fromPairs(), above, between);
      equal(junction.toPairs(), between, alias);
      sql.add(" and ");
      guard(link.junction().orElseThrow(), between, "");
    }
  }

  private void equal(List<Pair> pairs, String left, String right) {
    for (Pair pair : pairs) {
      sql.add(" and ").column(right, pair.right()).add(" = ").column(left, pair.left());
    }
  }

  /**
   * @param filter {@code +} keeps SQLite from seeking by the tenant; else empty
   */
  private void guard(Guard guard, String alias, String filter) {
    Table table = guard.table();
    Optional<String> ownerColumn = table.ownerColumn();
    boolean isOwn = guard.owner().isPresent();
    switch (table.tenancy()) {
      case OWN -> {
        tenant(filter, alias, "tenant_id", guard.tenant());
        if (isOwn) {
          owner(guard, alias, ownerColumn);
        }
      }
      case SHARED -> {
        if (isOwn) {
          tenant("(", alias, "tenant_id", guard.tenant());
          owner(guard, alias, ownerColumn);
          sql.add(" or ").column(alias, "tenant_id").add(" = ").bind(Tenants.PLATFORM).add(")");
        } else if (!isNamingTenants) {
          sql.add("1 = 1");
        } else {
          sql.column(alias, "tenant_id").add(" in (").bind(guard.tenant());
          sql.add(", ").bind(Tenants.PLATFORM).add(")");
        }
      }
      case GLOBAL -> sql.add("1 = 1");
      case SELF -> {
        tenant("", alias, "id", guard.tenant());
        if (isOwn) {
          sql.add(" and 1 = 0");
        }
      }
    }
    if (table.isSoftDeleted()) {
      switch (guard.deleted()) {
        case LEFT_OUT -> sql.add(" and ").column(alias, "deleted_at").add(" is null");
        case ONLY -> sql.add(" and ").column(alias, "deleted_at").add(" is not null");
        case INCLUDE -> {
          // Rows of both kinds.
        }
      }
    }
  }

  private void tenant(String before, String alias, String column, UUID tenant) {
    sql.add(before);
    if (isNamingTenants) {
      sql.column(alias, column).add(" = ").bind(tenant);
    } else {
      sql.add("1 = 1");
    }
  }

  /** Of a table without an owner nothing is the caller's own. */
  private void owner(Guard guard, String alias, Optional<String> column) {
    if (column.isPresent()) {
      sql.add(" and ").column(alias, column.get()).add(" = ").bind(guard.owner().orElseThrow());
    } else {
      sql.add(" and 1 = 0");
    }
  }

  final void orderBy(List<Order> orders, String alias) {
    String before = " order by ";
    for (Order order : orders) {
      sql.add(before);
      sortable(() -> expr(order.value(), alias), order.value().kind());
      direction(order);
      before = ", ";
    }
  }

  /** A nulls clause where there can be no null would keep SQLite from using the index. */
  final void direction(Order order) {
    sql.add(order.isDescending() ? " desc" : " asc");
    if (!(order.value() instanceof Expr.OfColumn(var column)) || column.isNullable()) {
      sql.add(order.areNullsFirst() ? " nulls first" : " nulls last");
    }
  }

  /** A page of what a query gives in an order of its own. */
  void paged(Page page, Runnable query) {
    query.run();
    page(page);
  }

  final void page(Page page) {
    limit(page.limit().orElse(Long.MAX_VALUE));
    if (page.offset() > 0) {
      sql.add(" offset ").bind(page.offset());
    }
  }

  /** At most so many rows. */
  abstract void limit(long rows);

  // ---- values

  /** The SQL value of an expression. */
  final void expr(Expr expr, String alias) {
    switch (expr) {
      case Expr.OfColumn(var column) -> sql.column(alias, column.name());
      case Expr.InJson(var column, List<Path.Step> steps) ->
          inJson(() -> sql.column(alias, column.name()), steps);
      case Expr.Cast(Expr value, CastType type) ->
          cast(() -> expr(value, alias), value.kind(), type);
      case Expr.Related related -> related(related, alias);
      case Expr.Nested(Link link, Node node) -> nested(link, node, alias);
      case Expr.Gathered gathered ->
          manyValues(
              Groups.kind(gathered.node().items().get(gathered.index())),
              () -> new Groups(this).values(gathered, alias));
      case Expr.Row _ -> sql.add("1");
    }
  }

  private void related(Expr.Related related, String above) {
    if (!related.link().relationship().isToOne()) {
      manyRelated(related, above);
      return;
    }
    String alias = alias();
    sql.add("(select ");
    expr(related.value(), alias);
    source(related.node(), alias, Optional.of(related.link()), above);
    sql.add(" limit 1)");
  }

  private void nested(Link link, Node node, String above) {
    if (link.relationship().isToOne()) {
      one(() -> rows(node, Optional.of(link), above, false));
    } else {
      many(() -> rows(node, Optional.of(link), above, true));
    }
  }

  /** {@code select <object> as j from …}: the rows of a node, each as JSON. */
  final void rows(Node node, Optional<Link> link, String above, boolean isPaged) {
    if (isPaged) {
      paged(node.page(), () -> rowsOf(node, link, above, true));
    } else {
      rowsOf(node, link, above, false);
      sql.add(" limit 1");
    }
  }

  private void rowsOf(Node node, Optional<Link> link, String above, boolean isOrdered) {
    if (node.isGrouped()) {
      new Groups(this).rows(node, link, above);
    } else {
      String alias = alias();
      sql.add("select ");
      object(
          node.items().stream()
              .map(it -> new Member(it.name(), () -> json(it.value(), alias)))
              .toList());
      sql.add(" as j");
      source(node, alias, link, above);
      if (isOrdered) {
        orderBy(node.orders(), alias);
      }
    }
  }

  /** A member of a JSON object, and what writes its value. */
  record Member(String name, Runnable value) {}

  /** The value of an expression, as a member of JSON. */
  final void json(Expr expr, String alias) {
    json(() -> expr(expr, alias), expr.kind());
  }

  // ---- conditions

  final void condition(Condition condition, String alias) {
    switch (condition) {
      case Condition.All(List<Condition> parts) -> join(parts, " and ", "1 = 1", alias);
      case Condition.Any(List<Condition> parts) -> join(parts, " or ", "1 = 0", alias);
      case Condition.Not(Condition part) -> {
        boolean wasNegated = isNegated;
        isNegated = true;
        sql.add("not (");
        condition(part, alias);
        sql.add(")");
        isNegated = wasNegated;
      }
      case Condition.Compare(Expr left, Operator operator, Operand right) -> {
        boolean isEquality = operator == Operator.EQ || operator == Operator.NEQ;
        if (right.kind() == Kind.JSON && isEquality) {
          sql.add(operator == Operator.NEQ ? "not (" : "(");
          jsonEquals(() -> expr(left, alias), right);
          sql.add(")");
        } else {
          sortable(() -> expr(left, alias), left.kind());
          sql.add(" ").add(operator.sql()).add(" ");
          sortable(() -> operand(right), right.kind());
        }
      }
      case Condition.Beyond(List<Expr> left, boolean isAfter, List<Operand> right) -> {
        list(left, it -> sortable(() -> expr(it, alias), it.kind()));
        sql.add(isAfter ? " > " : " < ");
        list(right, it -> sortable(() -> operand(it), it.kind()));
      }
      case Condition.Like(Expr left, String pattern, boolean ignoresCase) ->
          like(() -> expr(left, alias), pattern, ignoresCase);
      case Condition.Matches(Expr left, String pattern, boolean ignoresCase) ->
          matches(() -> expr(left, alias), pattern, ignoresCase);
      case Condition.Among(Expr left, List<Operand> values) -> among(left, values, alias);
      case Condition.Is(Expr left, Test.State state) -> {
        expr(left, alias);
        sql.add(
            switch (state) {
              case NULL, UNKNOWN -> " is null";
              case NOT_NULL -> " is not null";
              case TRUE -> " is true";
              case FALSE -> " is false";
            });
      }
      case Condition.IsDistinct(Expr left, Operand right) -> {
        if (right.kind() == Kind.JSON) {
          sql.add("not coalesce(");
          jsonEquals(() -> expr(left, alias), right);
          sql.add(", false)");
        } else {
          expr(left, alias);
          sql.add(" is distinct from ");
          operand(right);
        }
      }
      case Condition.Contains(Expr left, String json, boolean isReversed) ->
          contains(() -> expr(left, alias), json, isReversed);
      case Condition.Overlaps(Expr left, String json) -> overlaps(() -> expr(left, alias), json);
      case Condition.FullText search -> fullText(alias, search);
      case Condition.Exists(Link link, Node node) -> {
        String inner = alias();
        sql.add("exists (select 1");
        source(node, inner, Optional.of(link), alias);
        sql.add(")");
      }
    }
  }

  private void join(List<Condition> parts, String word, String none, String alias) {
    if (parts.isEmpty()) {
      sql.add(none);
      return;
    }
    String before = "(";
    for (Condition part : parts) {
      sql.add(before);
      condition(part, alias);
      before = word;
    }
    sql.add(")");
  }

  private void among(Expr left, List<Operand> values, String alias) {
    if (values.isEmpty()) {
      sql.add("1 = 0");
    } else if (left.kind() == Kind.JSON) {
      join(
          values.stream()
              .<Condition>map(it -> new Condition.Compare(left, Operator.EQ, it))
              .toList(),
          " or ",
          "1 = 0",
          alias);
    } else {
      expr(left, alias);
      in(left.kind(), values);
    }
  }

  final <T> void list(List<T> parts, Consumer<T> each) {
    String before = "(";
    for (T part : parts) {
      sql.add(before);
      each.accept(part);
      before = ", ";
    }
    sql.add(")");
  }

  // ---- what the engines write differently

  /** Behind JSON that is grouped by: JSON itself has no equality. */
  abstract String jsonAsText();

  abstract String textAsJson();

  /** A value of a request in its place. */
  abstract void operand(Operand operand);

  /** {@code in …}, behind a value. */
  abstract void in(Kind kind, List<Operand> values);

  abstract void inJson(Runnable column, List<Path.Step> steps);

  abstract void cast(Runnable value, Kind from, CastType to);

  /** A value of a kind, such that it becomes JSON as the API writes it. */
  abstract void json(Runnable value, Kind kind);

  abstract void object(List<Member> members);

  /** One row's {@code j}, or null. */
  abstract void one(Runnable rows);

  /** An array of all rows' {@code j}. */
  abstract void many(Runnable rows);

  private void manyRelated(Expr.Related related, String above) {
    Node node = related.node();
    manyValues(
        related.value().kind(),
        () ->
            paged(
                node.page(),
                () -> {
                  String alias = alias();
                  sql.add("select ");
                  expr(related.value(), alias);
                  sql.add(" as v");
                  source(node, alias, Optional.of(related.link()), above);
                  orderBy(node.orders(), alias);
                }));
  }

  /** An array of all rows' {@code v}, which are of a kind. */
  abstract void manyValues(Kind kind, Runnable rows);

  /** The sum, or what else, of a column of groups. */
  abstract void aggregate(Function function, Kind kind, String column);

  abstract void jsonEquals(Runnable left, Operand right);

  /** A value of a kind in a form that has the order of its kind. */
  abstract void sortable(Runnable value, Kind kind);

  abstract void like(Runnable left, String pattern, boolean ignoresCase);

  abstract void matches(Runnable left, String pattern, boolean ignoresCase);

  abstract void contains(Runnable left, String json, boolean isReversed);

  abstract void overlaps(Runnable left, String json);

  /**
   * Whether an index over words finds the rows, which reads few where the tenant's reads all that
   * it has.
   */
  boolean isFoundByWords(Table table, Condition where) {
    return false;
  }

  abstract void fullText(String alias, Condition.FullText search);

  /** The table of an alias. */
  final Table table(String alias) {
    return Objects.requireNonNull(tables.get(alias), alias);
  }

  /** Whether a condition that is not known to hold, being null, would not do as one that fails. */
  final boolean isNegated() {
    return isNegated;
  }

  /** The body of a list, of all {@code s.j}, as text. */
  abstract void body(boolean isStripped);

  /** One row of a list, {@code s.j}, as text. */
  abstract void rowBody(boolean isStripped);

  /** JSON as text. */
  abstract void text(String column);

  /** A row's values as a JSON array; the cursor of the last of them. */
  abstract void array(List<Expr> values, String alias);

  abstract void lastOf(String column);
}
