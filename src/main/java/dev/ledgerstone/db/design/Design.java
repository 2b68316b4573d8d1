package dev.ledgerstone.db.design;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a schema, as far as both engines share them: columns, keys, constraints, btree
 * indexes, comments. Triggers, policies, views and an engine's own indexes are left out.
 *
 * @param tables by name
 */
public record Design(List<Table> tables) {
  public Design {
    tables = tables.stream().sorted(Comparator.comparing(Table::name)).toList();
  }

  /**
   * A table.
   *
   * @param comment null: none
   * @param key the columns of the primary key; empty: it has none
   */
  public record Table(
      String name,
      @Nullable String comment,
      List<Column> columns,
      List<String> key,
      List<Constraint> constraints,
      List<Index> indexes) {
    public Table {
      columns = List.copyOf(columns);
      key = List.copyOf(key);
      constraints = sorted(constraints, Constraint::name);
      indexes = sorted(indexes, Index::name);
    }

    Optional<Column> column(String wanted) {
      return columns.stream().filter(it -> it.name.equals(wanted)).findFirst();
    }

    /** Which feature it belongs to, as the traits at its comment's end say; empty: none said. */
    public String feature() {
      List<String> traits = traits();
      return traits.isEmpty() ? "" : traits.getFirst();
    }

    /** Whether its rows are never changed. */
    boolean isAppendOnly() {
      return traits().contains("append");
    }

    private List<String> traits() {
      String said = comment == null ? "" : comment;
      int open = said.lastIndexOf('[');
      return open < 0 || !said.endsWith("]")
          ? List.of()
          : List.of(said.substring(open + 1, said.length() - 1).split("; "));
    }

    Stream<Reference> references() {
      return constraints.stream().filter(Reference.class::isInstance).map(Reference.class::cast);
    }
  }

  /**
   * A column.
   *
   * @param type as the portable text says it: {@code varchar}, {@code timestamptz}
   * @param standard its default; null: none
   */
  public record Column(
      String name,
      String type,
      boolean required,
      @Nullable Expression standard,
      @Nullable String comment) {}

  /** What a table holds its rows to, by a name. */
  public sealed interface Constraint {
    String name();
  }

  /** No two rows have the same of these. */
  public record Unique(String name, List<String> columns) implements Constraint {}

  /** Each row has this true or unknown. */
  public record Check(String name, Expression rule) implements Constraint {}

  /**
   * Each row has its row there.
   *
   * @param onDelete in lower case; {@code no action} where nothing is said
   */
  public record Reference(
      String name, List<String> columns, String target, List<String> targetColumns, String onDelete)
      implements Constraint {}

  /**
   * An ordered index that is not behind a constraint.
   *
   * @param columns names or expressions, with {@code desc} where it runs down
   * @param where null: of all rows
   */
  public record Index(
      String name, boolean unique, List<Expression> columns, @Nullable Expression where) {}

  Optional<Table> table(String wanted) {
    return tables.stream().filter(it -> it.name.equals(wanted)).findFirst();
  }

  /** Those of one feature, or all. */
  public Design of(@Nullable String feature) {
    return feature == null
        ? this
        : new Design(tables.stream().filter(it -> it.feature().equals(feature)).toList());
  }

  /** The features that its tables belong to. */
  public List<String> features() {
    return tables.stream()
        .map(Table::feature)
        .filter(it -> !it.isEmpty())
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * This design, and everything of another one that is not in it.
   *
   * @param kept is told the name of each thing that this design alone would lose
   */
  Design keeping(Design other, List<String> kept) {
    List<Table> all = new ArrayList<>();
    for (Table table : tables) {
      all.add(other.table(table.name).map(before -> keeping(table, before, kept)).orElse(table));
    }
    for (Table before : other.tables) {
      if (table(before.name).isEmpty()) {
        kept.add("table " + before.name);
        all.add(before);
      }
    }
    return new Design(all);
  }

  private static Table keeping(Table table, Table before, List<String> kept) {
    return new Table(
        table.name,
        table.comment,
        both(table.columns, before.columns, Column::name, "column " + table.name + ".", kept),
        table.key,
        both(table.constraints, before.constraints, Constraint::name, "constraint ", kept),
        both(table.indexes, before.indexes, Index::name, "index ", kept));
  }

  private static <T> List<T> both(
      List<T> now, List<T> before, Function<T, String> name, String what, List<String> kept) {
    List<T> all = new ArrayList<>(now);
    for (T each : before) {
      if (now.stream().noneMatch(it -> name.apply(it).equals(name.apply(each)))) {
        kept.add(what + name.apply(each));
        all.add(each);
      }
    }
    return all;
  }

  /** Everything in it, a line each, sorted; the order of columns is not told. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Table table : tables) {
      lines.add("table " + table.name + " " + table.key + " " + table.comment);
      table.columns.forEach(it -> lines.add("column " + table.name + " " + it));
      table.constraints.forEach(it -> lines.add("constraint " + table.name + " " + it));
      table.indexes.forEach(it -> lines.add("index " + table.name + " " + it));
    }
    return lines.stream().sorted().toList();
  }

  /**
   * So that a table stands behind those that it refers to.
   *
   * @param ring is told the tables that refer to each other in a ring
   */
  static List<Table> inOrder(List<Table> tables, List<String> ring) {
    List<Table> ordered = new ArrayList<>();
    List<Table> rest = new ArrayList<>(tables);
    while (!rest.isEmpty()) {
      List<String> open = rest.stream().map(Table::name).toList();
      List<Table> free =
          rest.stream()
              .filter(
                  table ->
                      table
                          .references()
                          .map(Reference::target)
                          .allMatch(it -> it.equals(table.name) || !open.contains(it)))
              .toList();
      if (free.isEmpty()) {
        ring.addAll(open);
        free = List.copyOf(rest);
      }
      ordered.addAll(free);
      rest.removeAll(free);
    }
    return ordered;
  }

  private static <T> List<T> sorted(List<T> things, Function<T, String> name) {
    return things.stream()
        .sorted(Comparator.comparing(name))
        .collect(Collectors.toUnmodifiableList());
  }
}
