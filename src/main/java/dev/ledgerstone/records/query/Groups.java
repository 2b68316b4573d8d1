package dev.ledgerstone.records.query;

import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Item;
import dev.ledgerstone.records.plan.Link;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.Order;
import dev.ledgerstone.records.request.SelectItem.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rows that are summed up: an inner query computes each item's value, the outer one groups by those
 * that are not summed, so that any expression can be either.
 */
final class Groups {
  private final Renderer to;

  Groups(Renderer to) {
    this.to = to;
  }

  /** {@code select <object> as j from (…) group by …}. */
  void rows(Node node, Optional<Link> link, String above) {
    String group = to.derived();
    List<Renderer.Member> members = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < node.items().size(); i++) {
      Item item = node.items().get(i);
      String column = group + ".c" + i;
      members.add(new Renderer.Member(item.name(), () -> member(item, column)));
      if (!item.isAggregate()) {
        keys.add(column);
      }
    }
    to.sql.add("select ");
    to.object(members);
    to.sql.add(" as j from (");
    values(node, link, above);
    to.sql.add(") ").add(group);
    groupBy(keys);
    orderBy(node, group);
  }

  /**
   * {@code select <value> as v from (…) group by …}: one member of the groups, which has a kind.
   */
  void values(Expr.Gathered gathered, String above) {
    Node node = gathered.node();
    String group = to.derived();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < node.items().size(); i++) {
      if (!node.items().get(i).isAggregate()) {
        keys.add(group + ".c" + i);
      }
    }
    to.paged(
        node.page(),
        () -> {
          to.sql.add("select ");
          value(node.items().get(gathered.index()), group + ".c" + gathered.index());
          to.sql.add(" as v from (");
          values(node, Optional.of(gathered.link()), above);
          to.sql.add(") ").add(group);
          groupBy(keys);
          orderBy(node, group);
        });
  }

  /** {@code select 1 from (…) group by …}: as many rows as there are groups. */
  void counted(Node node) {
    String group = to.derived();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < node.items().size(); i++) {
      if (!node.items().get(i).isAggregate()) {
        keys.add(group + ".c" + i);
      }
    }
    to.sql.add(keys.isEmpty() ? "select count(*) from (" : "select 1 from (");
    values(node, Optional.empty(), "");
    to.sql.add(") ").add(group);
    groupBy(keys);
  }

  /** Whether a value is JSON that was made here; a column's own is of a type that has equality. */
  private static boolean isJson(Expr value) {
    return switch (value) {
      case Expr.Nested _, Expr.Gathered _ -> true;
      case Expr.Related(Link link, _, Expr inner) ->
          !link.relationship().isToOne() || isJson(inner);
      case Expr.OfColumn _, Expr.InJson _, Expr.Cast _, Expr.Row _ -> false;
    };
  }

  private void groupBy(List<String> keys) {
    if (!keys.isEmpty()) {
      to.sql.add(" group by ").add(String.join(", ", keys));
    }
  }

  private void values(Node node, Optional<Link> link, String above) {
    String alias = to.alias();
    String before = "select ";
    for (int i = 0; i < node.items().size(); i++) {
      to.sql.add(before);
      Expr value = node.items().get(i).value();
      to.expr(value, alias);
      to.sql.add(isJson(value) ? to.jsonAsText() : "").add(" as c" + i);
      before = ", ";
    }
    to.source(node, alias, link, above);
  }

  private void member(Item item, String column) {
    to.json(() -> value(item, column), kind(item));
  }

  /** Of a member of a group. */
  static Kind kind(Item item) {
    if (item.cast().isPresent() && item.function().isPresent()) {
      return item.cast().get().kind();
    }
    return item.function().isPresent()
        ? summed(item.function().get(), item.value().kind())
        : item.value().kind();
  }

  private static Kind summed(Function function, Kind kind) {
    return switch (function) {
      case COUNT -> Kind.BIGINT;
      case AVG -> Kind.DOUBLE;
      case SUM, MAX, MIN -> kind;
    };
  }

  private void value(Item item, String column) {
    Kind kind = item.value().kind();
    if (item.function().isEmpty()) {
      to.sql.add(column).add(isJson(item.value()) ? to.textAsJson() : "");
      return;
    }
    Function function = item.function().get();
    if (item.cast().isPresent()) {
      to.cast(
          () -> to.aggregate(function, kind, column), summed(function, kind), item.cast().get());
    } else {
      to.aggregate(function, kind, column);
    }
  }

  private void orderBy(Node node, String group) {
    String before = " order by ";
    for (Order order : node.orders()) {
      to.sql.add(before);
      for (int i = 0; i < node.items().size(); i++) {
        Item item = node.items().get(i);
        if (!item.isAggregate() && item.value().equals(order.value())) {
          String column = group + ".c" + i;
          to.sortable(() -> to.sql.add(column), item.value().kind());
          break;
        }
      }
      to.direction(order);
      before = ", ";
    }
  }
}
