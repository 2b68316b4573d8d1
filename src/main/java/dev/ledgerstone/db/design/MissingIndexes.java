package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Foreign keys without an index: deleting a row there reads this table from end to end. */
public final class MissingIndexes {
  private MissingIndexes() {}

  /** Each as the statement that makes it; those to {@code tenants} are left out. */
  public static List<String> of(Design design) {
    List<String> missing = new ArrayList<>();
    for (Table table : design.tables()) {
      table
          .references()
          .filter(it -> !it.target().equals("tenants") && !isIndexed(table, it))
          .forEach(
              it ->
                  missing.add(
                      "create index on " + table.name() + " " + DesignSql.names(it.columns())));
    }
    return missing;
  }

  private static boolean isIndexed(Table table, Reference reference) {
    List<List<String>> indexes = new ArrayList<>(List.of(table.key()));
    table.constraints().stream()
        .filter(Unique.class::isInstance)
        .map(it -> ((Unique) it).columns())
        .forEach(indexes::add);
    table
        .indexes()
        .forEach(it -> indexes.add(it.columns().stream().map(Expression::canonical).toList()));
    // The tenant alone narrows too little: the index begins with another of the columns, or has
    // all.
    List<String> columns = reference.columns();
    return indexes.stream()
        .filter(it -> !it.isEmpty())
        .anyMatch(it -> begins(it, columns) || it.getFirst().equals(columns.getLast()));
  }

  /** Whether these columns come first, in whatever order. */
  private static boolean begins(List<String> index, List<String> columns) {
    return index.size() >= columns.size()
        && new HashSet<>(index.subList(0, columns.size())).equals(new HashSet<>(columns));
  }
}
