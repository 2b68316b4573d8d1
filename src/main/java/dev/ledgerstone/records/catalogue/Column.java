package dev.ledgerstone.records.catalogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column that the API shows.
 *
 * @param defaultValue as SQL writes it, such as {@code 'MEMBER'} or {@code 1}; null: none
 * @param values of an enumeration, in the order of its check; empty: any value
 * @param isServers set by the server alone
 * @param comment without its traits
 */
public record Column(
    String name,
    Kind kind,
    boolean isNullable,
    @Nullable String defaultValue,
    List<String> values,
    boolean isServers,
    String comment) {
  public Column {
    values = List.copyOf(values);
  }

  /** Whether it is JSON that holds an array, as far as its default tells. */
  public boolean isArray() {
    return kind == Kind.JSON && defaultValue != null && defaultValue.contains("[");
  }
}
