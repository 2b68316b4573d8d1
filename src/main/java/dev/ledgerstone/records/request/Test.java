package dev.ledgerstone.records.request;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a filter asks of a value. */
public sealed interface Test {
  /** One value. */
  record Compare(Operator operator, String value) implements Test {}

  /**
   * Any, or all, of an array's values.
   *
   * @param array as PostgreSQL writes it: {@code {a,b}}
   */
  record Quantified(Operator operator, boolean isAll, String array) implements Test {}

  /** One of a list. */
  record In(List<String> values) implements Test {
    public In {
      values = List.copyOf(values);
    }
  }

  /** A state of being there or being true. */
  record Is(State state) implements Test {}

  /** Differs from a value, a null being a value like others. */
  record IsDistinct(String value) implements Test {}

  /** Holds the words of a query. */
  record FullText(Search search, @Nullable String language, String query) implements Test {}

  /** States. */
  enum State {
    NULL,
    NOT_NULL,
    TRUE,
    FALSE,
    UNKNOWN;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the query of a full text search is written. */
  enum Search {
    FTS,
    PLFTS,
    PHFTS,
    WFTS;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The test as a request writes it, its values written by the place where it stands. */
  default String print(java.util.function.UnaryOperator<String> value) {
    return switch (this) {
      case Compare(Operator operator, String text) -> operator.text() + "." + value.apply(text);
      case Quantified(Operator operator, boolean isAll, String array) ->
          operator.text() + (isAll ? "(all)." : "(any).") + value.apply(array);
      case In(List<String> values) ->
          values.stream().map(Names::quote).collect(Collectors.joining(",", "in.(", ")"));
      case Is(State state) -> "is." + state.text();
      case IsDistinct(String text) -> "isdistinct." + value.apply(text);
      case FullText(Search search, String language, String query) ->
          search.text() + (language == null ? "" : "(" + language + ")") + "." + value.apply(query);
    };
  }
}
