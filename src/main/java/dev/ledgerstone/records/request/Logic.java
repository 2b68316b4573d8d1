package dev.ledgerstone.records.request;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A filter, or several joined by and, or. */
public sealed interface Logic {
  /** One test of one value. */
  record Filter(Path path, boolean isNegated, Test test) implements Logic {
    /** What stands behind the equals sign of a parameter. */
    public String printTest() {
      return (isNegated ? "not." : "") + test.print(UnaryOperator.identity());
    }

    @Override
    public String toString() {
      return path + "." + (isNegated ? "not." : "") + test.print(Names::quote);
    }
  }

  /** All, or any, of some. */
  record Group(boolean isNegated, boolean isOr, List<Logic> parts) implements Logic {
    public Group {
      parts = List.copyOf(parts);
    }

    @Override
    public String toString() {
      return (isNegated ? "not." : "") + (isOr ? "or" : "and") + printParts();
    }

    /** What stands behind the equals sign of a parameter. */
    public String printParts() {
      return parts.stream().map(Logic::toString).collect(Collectors.joining(",", "(", ")"));
    }
  }
}
