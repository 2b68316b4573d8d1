package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.Logic;
import dev.ledgerstone.records.request.OrderTerm;
import dev.ledgerstone.records.request.Page;
import dev.ledgerstone.records.request.Path;
import dev.ledgerstone.records.request.Preferences.Deleted;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.SelectItem;
import dev.ledgerstone.records.request.SelectItem.Target;
import dev.ledgerstone.records.request.Test;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the nodes of one query: each level of its select, with the filters that are meant for it.
 */
final class Nodes {
  private static final String COUNT = "count";

  /** What {@code select=*} means, by table. */
  private static final Map<Table, List<Item>> WHOLE = new ConcurrentHashMap<>();

  private final CallerView view;
  private final Relations relations;
  private final Query query;
  private final Deleted deleted;
  private final long mostRows;
  private final Set<List<String>> known = new HashSet<>();

  Nodes(CallerView view, Query query, Deleted deleted, long mostRows) {
    this.view = view;
    this.relations = new Relations(view);
    this.query = query;
    this.deleted = deleted;
    this.mostRows = mostRows;
  }

  /** All columns of a table, as they are. */
  static List<Item> whole(Table table) {
    return WHOLE.computeIfAbsent(
        table,
        it ->
            List.copyOf(
                it.columns().values().stream()
                    .map(column -> Item.of(column.name(), new Expr.OfColumn(column)))
                    .toList()));
  }

  Node root(Table table, Guard guard) {
    Node root = node(table, guard, query.select(), List.of());
    requireKnown(query.filters().keySet());
    requireKnown(query.orders().keySet());
    requireKnown(query.pages().keySet());
    return root;
  }

  private void requireKnown(Set<List<String>> meant) {
    for (List<String> path : meant) {
      if (!known.contains(path)) {
        throw new RecordsProblem.NotEmbedded(unknownPart(path)).exception();
      }
    }
  }

  /** Whether a filter, order or page is meant for a path, or for one below it. */
  private boolean isMentioned(List<String> path) {
    for (Map<List<String>, ?> each : List.of(query.filters(), query.orders(), query.pages())) {
      for (List<String> one : each.keySet()) {
        if (one.size() >= path.size() && one.subList(0, path.size()).equals(path)) {
          return true;
        }
      }
    }
    return false;
  }

  private String unknownPart(List<String> path) {
    for (int i = 1; i < path.size(); i++) {
      if (!known.contains(path.subList(0, i))) {
        return path.get(i - 1);
      }
    }
    return path.getLast();
  }

  private Node node(Table table, Guard guard, List<SelectItem> select, List<String> path) {
    known.add(path);
    Level level = new Level(table, path);
    level.select(select);
    return new Node(
        table,
        guard,
        level.where(),
        level.items,
        level.orders(),
        query.pages().getOrDefault(path, Page.ALL).atMost(mostRows));
  }

  /** What hangs from a row under a name. */
  private record Hanging(Link link, Node node, boolean isInner) {}

  /** One level of the select, on its way to be a node. */
  private final class Level {
    private final Table table;
    private final List<String> path;
    private List<Item> items = new ArrayList<>();
    private final Map<String, Hanging> hanging = new LinkedHashMap<>();

    Level(Table table, List<String> path) {
      this.table = table;
      this.path = path;
    }

    void select(List<SelectItem> select) {
      if (select.size() == 1 && select.getFirst() instanceof SelectItem.Star) {
        items = whole(table);
        return;
      }
      for (SelectItem item : select) {
        switch (item) {
          case SelectItem.Star _ -> whole(table).forEach(this::add);
          case SelectItem.CountRows(String alias, String cast) -> add(count(alias, cast));
          case SelectItem.Value value when countsRows(value) ->
              add(count(value.alias(), value.cast()));
          case SelectItem.Value value -> add(value(value));
          case SelectItem.Embed embed -> embed(embed, calledBy(embed, select));
          case SelectItem.Spread(Target target, List<SelectItem> within) -> spread(target, within);
        }
      }
    }

    /** Of two members of one name the later counts, as in PostgREST's JSON. */
    private void add(Item item) {
      items.removeIf(it -> it.name().equals(item.name()));
      items.add(item);
    }

    /** {@code messages(count)}, as clients of PostgREST write it, is {@code count()}. */
    private boolean countsRows(SelectItem.Value it) {
      return it.path().column().equals(COUNT)
          && it.path().steps().isEmpty()
          && it.aggregate() == null
          && table.column(COUNT).isEmpty();
    }

    private static Item count(@Nullable String alias, @Nullable String cast) {
      return new Item(
          alias == null ? COUNT : alias,
          new Expr.Row(),
          Optional.of(SelectItem.Function.COUNT),
          Aggregates.cast(SelectItem.Function.COUNT, new Expr.Row(), cast));
    }

    private Item value(SelectItem.Value it) {
      Expr value = expr(it.path());
      if (it.cast() != null) {
        value = new Expr.Cast(value, CastType.of(value.kind(), it.cast()));
      }
      SelectItem.@Nullable Aggregate aggregate = it.aggregate();
      if (aggregate == null) {
        return Item.of(it.alias() == null ? it.path().lastName() : it.alias(), value);
      }
      Aggregates.check(aggregate.function(), value);
      return new Item(
          it.alias() == null ? aggregate.function().text() : it.alias(),
          value,
          Optional.of(aggregate.function()),
          Aggregates.cast(aggregate.function(), value, aggregate.cast()));
    }

    private List<String> below(String name) {
      List<String> below = new ArrayList<>(path);
      below.add(name);
      return List.copyOf(below);
    }

    /**
     * The name by which the rest of the query calls an embed: its own, or, as PostgREST has it too,
     * its table's, where no other embed could be meant.
     */
    private String calledBy(SelectItem.Embed embed, List<SelectItem> select) {
      String target = embed.target().name();
      boolean isOwn = embed.name().equals(target) || isMentioned(below(embed.name()));
      if (isOwn || !isMentioned(below(target))) {
        return embed.name();
      }
      long meant =
          select.stream()
              .filter(
                  it ->
                      switch (it) {
                        case SelectItem.Embed other -> other.target().name().equals(target);
                        case SelectItem.Spread other -> other.target().name().equals(target);
                        case SelectItem.Star _, SelectItem.Value _, SelectItem.CountRows _ -> false;
                      })
              .count();
      return meant == 1 ? target : embed.name();
    }

    private Hanging hang(Target target, String name, String calledBy, List<SelectItem> select) {
      Relationship relationship = relations.find(table, target);
      Node node =
          node(
              relationship.to(),
              view.reading(relationship.to(), deleted == Deleted.ONLY ? Deleted.INCLUDE : deleted),
              select,
              below(calledBy));
      Hanging made = new Hanging(view.link(relationship), node, target.isInner());
      hanging.put(name, made);
      return made;
    }

    private void embed(SelectItem.Embed embed, String calledBy) {
      Hanging made = hang(embed.target(), embed.name(), calledBy, embed.items());
      if (!embed.items().isEmpty()) {
        add(Item.of(embed.name(), new Expr.Nested(made.link(), made.node())));
      }
    }

    private void spread(Target target, List<SelectItem> within) {
      Hanging made = hang(target, target.name(), target.name(), within);
      Node node = made.node();
      if (node.isGrouped() && !made.link().relationship().isToOne()) {
        Node ordered = orderedByKeys(node);
        for (int i = 0; i < node.items().size(); i++) {
          add(Item.of(node.items().get(i).name(), new Expr.Gathered(made.link(), ordered, i)));
        }
        return;
      }
      for (Item item : node.items()) {
        add(
            new Item(
                item.name(),
                new Expr.Related(made.link(), node, item.value()),
                item.function(),
                item.cast()));
      }
    }

    /** Each array is read by itself: in one order the values of a group have one place. */
    private static Node orderedByKeys(Node node) {
      List<Order> orders = new ArrayList<>(node.orders());
      for (Item item : node.items()) {
        if (!item.isAggregate()
            && orders.stream().noneMatch(it -> it.value().equals(item.value()))) {
          orders.add(new Order(item.value(), false, false));
        }
      }
      return new Node(node.table(), node.guard(), node.where(), node.items(), orders, node.page());
    }

    private Expr expr(Path place) {
      Column column = Relations.column(table, place.column());
      if (place.steps().isEmpty()) {
        return new Expr.OfColumn(column);
      }
      if (column.kind() != Kind.JSON) {
        throw new RecordsProblem.NoOperator(column.kind().sqlName(), "->").exception();
      }
      for (Path.Step step : place.steps().subList(0, place.steps().size() - 1)) {
        if (step.asText()) {
          throw new RecordsProblem.NoOperator("text", "->").exception();
        }
      }
      return new Expr.InJson(column, place.steps());
    }

    Condition where() {
      List<Condition> parts = new ArrayList<>();
      query.filters().getOrDefault(path, List.of()).forEach(it -> parts.add(condition(it)));
      for (Hanging each : hanging.values()) {
        if (each.isInner()) {
          parts.add(new Condition.Exists(each.link(), each.node()));
        }
      }
      return Condition.all(parts.toArray(Condition[]::new));
    }

    private Condition condition(Logic logic) {
      return switch (logic) {
        case Logic.Filter filter -> filter(filter);
        case Logic.Group(boolean isNegated, boolean isOr, List<Logic> parts) -> {
          List<Condition> all = parts.stream().map(this::condition).toList();
          Condition group = isOr ? new Condition.Any(all) : new Condition.All(all);
          yield isNegated ? new Condition.Not(group) : group;
        }
      };
    }

    private Condition filter(Logic.Filter it) {
      String name = it.path().column();
      Hanging embedded = it.path().steps().isEmpty() ? hanging.get(name) : null;
      Condition condition;
      if (embedded != null && (isNullTest(it.test()) || table.column(name).isEmpty())) {
        condition = isThere(name, embedded, it.test());
      } else {
        condition = Conditions.of(expr(it.path()), it.test());
      }
      return it.isNegated() ? new Condition.Not(condition) : condition;
    }

    private static boolean isNullTest(Test test) {
      return test instanceof Test.Is(Test.State state)
          && (state == Test.State.NULL || state == Test.State.NOT_NULL);
    }

    private static Condition isThere(String name, Hanging embedded, Test test) {
      Condition exists = new Condition.Exists(embedded.link(), embedded.node());
      if (test instanceof Test.Is(Test.State state)) {
        if (state == Test.State.NULL) {
          return new Condition.Not(exists);
        } else if (state == Test.State.NOT_NULL) {
          return exists;
        }
      }
      throw new RecordsProblem.BadEmbedFilter(name).exception();
    }

    List<Order> orders() {
      List<Order> orders = new ArrayList<>();
      for (OrderTerm term : query.orders().getOrDefault(path, List.of())) {
        Order order = new Order(ordered(term), term.isDescending(), term.areNullsFirst());
        if (orders.stream().noneMatch(it -> it.value().equals(order.value()))) {
          orders.add(order);
        }
      }
      boolean isGrouped = items.stream().anyMatch(Item::isAggregate);
      if (isGrouped) {
        orders.forEach(this::requireGrouped);
      }
      return orders;
    }

    private Expr ordered(OrderTerm term) {
      if (term.relation() == null) {
        return expr(term.path());
      }
      Hanging embedded = hanging.get(term.relation());
      if (embedded == null) {
        throw new RecordsProblem.NotEmbedded(term.relation()).exception();
      }
      if (!embedded.link().relationship().isToOne()) {
        throw new RecordsProblem.NoRelatedOrder(table.name(), term.relation()).exception();
      }
      return new Expr.Related(embedded.link(), embedded.node(), far(embedded.node(), term.path()));
    }

    /** A column of an embed's row, or what its select calls so. */
    private Expr far(Node node, Path place) {
      if (place.steps().isEmpty() && node.table().column(place.column()).isEmpty()) {
        for (Item item : node.items()) {
          if (item.name().equals(place.column()) && !item.isAggregate()) {
            return item.value();
          }
        }
      }
      return new Level(node.table(), path).expr(place);
    }

    private void requireGrouped(Order order) {
      if (items.stream().noneMatch(it -> !it.isAggregate() && it.value().equals(order.value()))) {
        String name = order.value() instanceof Expr.OfColumn(Column column) ? column.name() : "?";
        throw new RecordsProblem.NotGrouped(table.name(), name).exception();
      }
    }
  }
}
