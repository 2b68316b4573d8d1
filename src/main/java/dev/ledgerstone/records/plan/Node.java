package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.Page;
import java.util.List;

/**
 * Rows of one table: whose they are, which, in which order, and what of each.
 *
 * @param where what the request filters; the guard holds beside it
 */
public record Node(
    Table table, Guard guard, Condition where, List<Item> items, List<Order> orders, Page page) {
  public Node {
    items = List.copyOf(items);
    orders = List.copyOf(orders);
  }

  /** Whether all columns are told of each row, as they are. */
  public boolean isWhole() {
    return items.equals(Nodes.whole(table));
  }

  /** Whether its rows are summed up. */
  public boolean isGrouped() {
    for (Item item : items) {
      if (item.isAggregate()) {
        return true;
      }
    }
    return false;
  }

  /** No more than so many of its rows. */
  Node atMost(long rows) {
    return new Node(table, guard, where, items, orders, page.atMost(rows));
  }

  Node with(Condition more) {
    return new Node(table, guard, Condition.all(where, more), items, orders, page);
  }
}
