package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.request.SelectItem.Function;
import java.util.Optional;

/**
 * One member of an answer's objects.
 *
 * @param name as the answer writes it; from the request, never from the schema alone
 * @param function by which the rows of a group are summed up; empty: rows are grouped by it
 * @param cast of what was summed up
 */
public record Item(String name, Expr value, Optional<Function> function, Optional<CastType> cast) {
  static Item of(String name, Expr value) {
    return new Item(name, value, Optional.empty(), Optional.empty());
  }

  public boolean isAggregate() {
    return function.isPresent();
  }
}
