package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes plans of queries, for one caller. */
public final class Planner {
  private final CallerView view;
  private final long mostRows;

  /**
   * @param mostRows of any node, whatever a request asks for
   */
  public Planner(CallerView view, long mostRows) {
    this.view = view;
    this.mostRows = mostRows;
  }

  /** Reads rows of a table. */
  public ReadPlan read(Table table, Query query, Preferences preferences, boolean isStripped) {
    Node root =
        node(table, view.reading(table, preferences.deleted()), query, preferences.deleted());
    if (query.cursor().isPresent()) {
      Cursors.Keyed keyed = Cursors.key(root, query.cursor().get());
      return new ReadPlan(
          keyed.node(),
          preferences.count(),
          isStripped,
          preferences.timezone(),
          Optional.of(keyed.values()),
          false);
    }
    Set<String> fixed = root.isGrouped() ? Set.of() : fixed(root.where());
    // Of other keys a row that was deleted, or is shared, may have the same.
    boolean isOne = !table.primaryKey().isEmpty() && fixed.containsAll(table.primaryKey());
    return new ReadPlan(
        isOne ? root.atMost(1) : root,
        preferences.count(),
        isStripped,
        preferences.timezone(),
        Optional.empty(),
        table.isVersioned() && table.isUnique(fixed) && !embeds(root));
  }

  /**
   * The rows of a table that a query filters, ordered and paged, and what it selects of them: of a
   * writing request the target and, read after it, the representation.
   *
   * @param guard of the action that the caller is about to take
   */
  public Node node(Table table, Guard guard, Query query, Preferences.Deleted deleted) {
    return new Nodes(view, query, deleted, mostRows).root(table, guard);
  }

  private static boolean embeds(Node root) {
    for (Item item : root.items()) {
      boolean isEmbed =
          item.value() instanceof Expr.Nested
              || item.value() instanceof Expr.Related
              || item.value() instanceof Expr.Gathered;
      if (isEmbed) {
        return true;
      }
    }
    return false;
  }

  /** Columns of which the request names one value. */
  private static Set<String> fixed(Condition where) {
    List<Condition> parts =
        where instanceof Condition.All(List<Condition> all) ? all : List.of(where);
    Set<String> columns = new HashSet<>();
    for (Condition part : parts) {
      if (part instanceof Condition.Compare(Expr.OfColumn(var column), Operator operator, _)
          && operator == Operator.EQ) {
        columns.add(column.name());
      }
    }
    return columns;
  }
}
