package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import java.util.List;

/** A design as a Mermaid {@code erDiagram}. */
public final class Mermaid {
  private Mermaid() {}

  /** The diagram's text; every table refers to {@code tenants}, and that is not drawn. */
  public static String of(Design design) {
    StringBuilder text = new StringBuilder("erDiagram\n");
    for (Table table : design.tables()) {
      text.append("  ").append(table.name()).append(" {\n");
      for (Column column : table.columns()) {
        text.append("    ")
            .append(column.type().replaceAll("[^a-z0-9]+", "_").replaceAll("_$", ""))
            .append(' ')
            .append(column.name())
            .append(mark(table, column))
            .append('\n');
      }
      text.append("  }\n");
    }
    for (Table table : design.tables()) {
      table
          .references()
          .filter(it -> !it.target().equals("tenants"))
          .forEach(
              it ->
                  text.append(
                      "  %s %s--%s %s : \"%s\"%n"
                          .formatted(
                              it.target(),
                              isRequired(table, it) ? "||" : "|o",
                              isUnique(table, it) ? "o|" : "o{",
                              table.name(),
                              it.columns().getLast())));
    }
    return text.toString().replace("\r", "");
  }

  private static String mark(Table table, Column column) {
    boolean isKey = table.key().contains(column.name());
    boolean refers =
        table
            .references()
            .anyMatch(
                it ->
                    it.columns().contains(column.name())
                        && (it.columns().size() == 1 || !column.name().equals("tenant_id")));
    return isKey && refers ? " PK,FK" : isKey ? " PK" : refers ? " FK" : "";
  }

  private static boolean isRequired(Table table, Reference reference) {
    return reference.columns().stream()
        .allMatch(it -> table.column(it).map(Column::required).orElse(false));
  }

  private static boolean isUnique(Table table, Reference reference) {
    List<String> columns = reference.columns();
    return columns.equals(table.key())
        || table.constraints().stream()
            .anyMatch(it -> it instanceof Unique unique && unique.columns().equals(columns));
  }
}
