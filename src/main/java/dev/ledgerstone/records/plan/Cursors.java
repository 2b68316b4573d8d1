package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.Test.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Pages by key: a cursor holds the last row's values of the order, which the primary key makes
 * whole, so that a page costs the same at any depth and rows that come and go shift nothing.
 */
public final class Cursors {
  /**
   * @param node ordered to the last, and after the cursor
   * @param values of a row that make its cursor
   */
  record Keyed(Node node, List<Expr> values) {}

  private Cursors() {}

  static Keyed key(Node node, String cursor) {
    if (node.isGrouped()) {
      throw new RecordsProblem.NotSupported(
              "a cursor over groups", "page over groups with limit and offset")
          .exception();
    }
    if (node.table().primaryKey().isEmpty()
        || node.orders().stream().anyMatch(it -> !(it.value() instanceof Expr.OfColumn))) {
      throw new RecordsProblem.NotSupported(
              "a cursor over an order that is not of columns", "order by columns of the table")
          .exception();
    }
    List<Order> orders = new ArrayList<>(node.orders());
    boolean isDescending = !orders.isEmpty() && orders.getLast().isDescending();
    for (String name : node.table().primaryKey()) {
      Expr key = new Expr.OfColumn(Relations.column(node.table(), name));
      if (orders.stream().noneMatch(it -> it.value().equals(key))) {
        orders.add(new Order(key, isDescending, isDescending));
      }
    }
    Node ordered =
        new Node(node.table(), node.guard(), node.where(), node.items(), orders, node.page());
    List<Expr> values = orders.stream().map(Order::value).toList();
    return new Keyed(
        cursor.isEmpty() ? ordered : ordered.with(after(orders, decode(cursor, orders.size()))),
        values);
  }

  /** The cursor of a row. */
  public static String encode(String valuesAsJson) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(valuesAsJson.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode decode(String cursor, int size) {
    try {
      JsonNode values =
          Literals.tree(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8));
      if (values.isArray() && values.size() == size) {
        return values;
      }
    } catch (IllegalArgumentException | ProblemException _) {
      // Not one of ours.
    }
    throw new RecordsProblem.BadCursor().exception();
  }

  private static Condition after(List<Order> orders, JsonNode values) {
    boolean isUniform =
        orders.stream()
            .allMatch(
                it ->
                    it.isDescending() == orders.getFirst().isDescending()
                        && !column(it).isNullable());
    if (isUniform) {
      List<Operand> bounds = new ArrayList<>();
      for (int i = 0; i < orders.size(); i++) {
        bounds.add(operand(orders.get(i), values.get(i)));
      }
      return new Condition.Beyond(
          orders.stream().map(Order::value).toList(), !orders.getFirst().isDescending(), bounds);
    }
    List<Condition> ways = new ArrayList<>();
    List<Condition> equal = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      Order order = orders.get(i);
      List<Condition> way = new ArrayList<>(equal);
      way.add(beyond(order, values.get(i)));
      ways.add(new Condition.All(way));
      equal.add(
          values.get(i).isNull()
              ? new Condition.Is(order.value(), State.NULL)
              : new Condition.Compare(order.value(), Operator.EQ, operand(order, values.get(i))));
    }
    return new Condition.Any(ways);
  }

  private static Condition beyond(Order order, JsonNode value) {
    if (value.isNull()) {
      return order.areNullsFirst()
          ? new Condition.Is(order.value(), State.NOT_NULL)
          : Condition.NEVER;
    }
    Condition beyond =
        new Condition.Compare(
            order.value(), order.isDescending() ? Operator.LT : Operator.GT, operand(order, value));
    return order.areNullsFirst() || !column(order).isNullable()
        ? beyond
        : new Condition.Any(List.of(beyond, new Condition.Is(order.value(), State.NULL)));
  }

  private static Column column(Order order) {
    return ((Expr.OfColumn) order.value()).column();
  }

  private static Operand operand(Order order, JsonNode value) {
    Kind kind = order.value().kind();
    try {
      return Literals.of(
          kind,
          kind == Kind.JSON
              ? new String(Json.bytes(value), StandardCharsets.UTF_8)
              : value.asText());
    } catch (ProblemException _) {
      throw new RecordsProblem.BadCursor().exception();
    }
  }
}
