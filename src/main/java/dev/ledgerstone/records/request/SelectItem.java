package dev.ledgerstone.records.request;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One item of {@code select}. */
public sealed interface SelectItem {
  /** Every column. */
  record Star() implements SelectItem {
    @Override
    public String toString() {
      return "*";
    }
  }

  /**
   * A column, or what is summed up of it.
   *
   * @param cast applied to the column, before it is summed up
   */
  record Value(
      @Nullable String alias, Path path, @Nullable String cast, @Nullable Aggregate aggregate)
      implements SelectItem {
    @Override
    public String toString() {
      return aliased(alias) + path + casting(cast) + (aggregate == null ? "" : "." + aggregate);
    }
  }

  /** {@code count()}: of rows. */
  record CountRows(@Nullable String alias, @Nullable String cast) implements SelectItem {
    @Override
    public String toString() {
      return aliased(alias) + "count()" + casting(cast);
    }
  }

  /** Rows of another table, as an object or an array. */
  record Embed(@Nullable String alias, Target target, List<SelectItem> items)
      implements SelectItem {
    public Embed {
      items = List.copyOf(items);
    }

    /** The name by which the rest of the request calls it. */
    public String name() {
      return alias == null ? target.name() : alias;
    }

    @Override
    public String toString() {
      return aliased(alias) + target + "(" + print(items) + ")";
    }
  }

  /** Rows of another table, whose columns become the row's own. */
  record Spread(Target target, List<SelectItem> items) implements SelectItem {
    public Spread {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return "..." + target + "(" + print(items) + ")";
    }
  }

  /**
   * What is embedded.
   *
   * @param name of a table, or of a column that refers to it
   * @param hint of a foreign key, a column or a junction, where several relationships fit
   * @param isInner whether rows without one are left out
   */
  record Target(String name, @Nullable String hint, boolean isInner) {
    @Override
    public String toString() {
      return Names.print(name)
          + (hint == null ? "" : "!" + Names.print(hint))
          + (isInner ? "!inner" : "");
    }
  }

  /** What is summed up. */
  record Aggregate(Function function, @Nullable String cast) {
    @Override
    public String toString() {
      return function.text() + "()" + casting(cast);
    }
  }

  /** How it is summed up. */
  enum Function {
    SUM,
    AVG,
    COUNT,
    MAX,
    MIN;

    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** The items as a request writes them. */
  static String print(List<SelectItem> items) {
    return items.stream().map(SelectItem::toString).collect(Collectors.joining(","));
  }

  private static String aliased(@Nullable String alias) {
    return alias == null ? "" : Names.print(alias) + ":";
  }

  private static String casting(@Nullable String cast) {
    return cast == null ? "" : "::" + cast;
  }
}
