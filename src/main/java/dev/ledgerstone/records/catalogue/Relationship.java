package dev.ledgerstone.records.catalogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of one table belong to those of another.
 *
 * @param name of the foreign key; of a many-to-many relationship the junction's name
 * @param pairs columns that are equal, the tenant's left out; empty where a junction stands between
 * @param junction null: the tables meet directly
 */
public record Relationship(
    String name,
    Table from,
    Table to,
    Cardinality cardinality,
    List<Pair> pairs,
    @Nullable Junction junction) {
  /** How many rows of the other table belong to one row of this. */
  public enum Cardinality {
    MANY_TO_ONE("many-to-one"),
    ONE_TO_ONE("one-to-one"),
    ONE_TO_MANY("one-to-many"),
    MANY_TO_MANY("many-to-many");

    private final String text;

    Cardinality(String text) {
      this.text = text;
    }

    /** As PostgREST's errors write it. */
    public String text() {
      return text;
    }
  }

  /** A column of {@code from} (or of the junction) that equals one of {@code to}. */
  public record Pair(String left, String right) {}

  /**
   * A table between two others.
   *
   * @param fromPairs left: the near table's column, right: the junction's
   * @param toPairs left: the junction's column, right: the far table's
   */
  public record Junction(
      Table table, String fromKey, String toKey, List<Pair> fromPairs, List<Pair> toPairs) {}

  public boolean isToOne() {
    return switch (cardinality) {
      case MANY_TO_ONE, ONE_TO_ONE -> true;
      case ONE_TO_MANY, MANY_TO_MANY -> false;
    };
  }

  /** As PostgREST's hints and errors show it: {@code messages_fkey using messages(a) and …}. */
  public String shown() {
    if (junction != null) {
      return junction.table().name()
          + " using "
          + junction.fromKey()
          + columns(junction.fromPairs(), false)
          + " and "
          + junction.toKey()
          + columns(junction.toPairs(), true);
    }
    return name + " using " + from + columns(pairs, true) + " and " + to + columns(pairs, false);
  }

  private static String columns(List<Pair> pairs, boolean isLeft) {
    return "("
        + String.join(", ", pairs.stream().map(it -> isLeft ? it.left() : it.right()).toList())
        + ")";
  }
}
