package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.Test.Search;
import dev.ledgerstone.records.request.Test.State;
import java.util.ArrayList;
import java.util.List;

/** What must be true of a row. */
public sealed interface Condition {
  /** All of some; of none: always. */
  record All(List<Condition> parts) implements Condition {
    public All {
      parts = List.copyOf(parts);
    }
  }

  /** Any of some; of none: never. */
  record Any(List<Condition> parts) implements Condition {
    public Any {
      parts = List.copyOf(parts);
    }
  }

  record Not(Condition part) implements Condition {}

  /**
   * An order of two values.
   *
   * @param operator EQ, NEQ, GT, GTE, LT or LTE
   */
  record Compare(Expr left, Operator operator, Operand right) implements Condition {}

  /** Whether several values, read as one, come after (or before) others, in that order. */
  record Beyond(List<Expr> left, boolean isAfter, List<Operand> right) implements Condition {
    public Beyond {
      left = List.copyOf(left);
      right = List.copyOf(right);
    }
  }

  /**
   * @param pattern with {@code %} and {@code _}
   */
  record Like(Expr left, String pattern, boolean ignoresCase) implements Condition {}

  /**
   * @param pattern a regular expression
   */
  record Matches(Expr left, String pattern, boolean ignoresCase) implements Condition {}

  record Among(Expr left, List<Operand> values) implements Condition {
    public Among {
      values = List.copyOf(values);
    }
  }

  record Is(Expr left, State state) implements Condition {}

  record IsDistinct(Expr left, Operand right) implements Condition {}

  /**
   * JSON within JSON.
   *
   * @param isReversed whether the column lies within the value, and not the value in the column
   */
  record Contains(Expr left, String json, boolean isReversed) implements Condition {}

  /**
   * @param json an array, of which some element is one of the column's
   */
  record Overlaps(Expr left, String json) implements Condition {}

  /**
   * @param language of the words; empty: words as they stand
   */
  record FullText(Expr left, Search search, String language, String query) implements Condition {}

  /** Whether any row hangs from this one. */
  record Exists(Link link, Node node) implements Condition {}

  Condition ALWAYS = new All(List.of());
  Condition NEVER = new Any(List.of());

  static Condition all(Condition... parts) {
    List<Condition> flat = new ArrayList<>();
    for (Condition part : parts) {
      if (part instanceof All(List<Condition> inner)) {
        flat.addAll(inner);
      } else {
        flat.add(part);
      }
    }
    return flat.size() == 1 ? flat.getFirst() : new All(flat);
  }
}
