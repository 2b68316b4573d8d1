package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Designs as portable SQL: what {@link Designs#declared} reads back. */
public final class DesignSql {
  /** Of the columns that we name, those that a parser would take for something else. */
  private static final Set<String> RESERVED =
      Set.of(
          "order",
          "group",
          "user",
          "table",
          "select",
          "where",
          "from",
          "to",
          "end",
          "limit",
          "offset",
          "references",
          "check",
          "default",
          "primary",
          "unique",
          "constraint",
          "desc",
          "asc",
          "all",
          "any",
          "array",
          "case",
          "cast",
          "collate",
          "grant",
          "in",
          "into",
          "not",
          "null",
          "on",
          "or",
          "and",
          "then",
          "when",
          "using",
          "with");

  private DesignSql() {}

  /** A whole design, in an order in which it can be run. */
  public static String text(Design design) {
    StringBuilder text = new StringBuilder();
    for (Table table : Design.inOrder(design.tables(), new ArrayList<>())) {
      text.append(text.isEmpty() ? "" : "\n").append(table(table, table.name())).append(";\n");
      table.indexes().forEach(it -> text.append(index(table.name(), it)).append(";\n"));
      comments(table).forEach(it -> text.append(it).append(";\n"));
    }
    return text.toString();
  }

  /** Its columns and constraints, under a name that may be another. */
  static String table(Table table, String name) {
    List<String> items = new ArrayList<>();
    boolean isPlainKey = table.key().size() == 1;
    for (Column column : table.columns()) {
      boolean isKey = isPlainKey && table.key().getFirst().equals(column.name());
      items.add(column(column) + (isKey ? " primary key" : ""));
    }
    if (!isPlainKey && !table.key().isEmpty()) {
      items.add("primary key " + names(table.key()));
    }
    table.constraints().forEach(it -> items.add(constraint(it)));
    return "create table " + quoted(name) + " (\n  " + String.join(",\n  ", items) + "\n)";
  }

  static String column(Column column) {
    return quoted(column.name())
        + " "
        + column.type()
        + (column.required() ? " not null" : "")
        + (column.standard() == null ? "" : " default " + column.standard().text());
  }

  static String constraint(Constraint constraint) {
    return "constraint "
        + quoted(constraint.name())
        + " "
        + switch (constraint) {
          case Unique it -> "unique " + names(it.columns());
          case Check it -> "check (" + it.rule().text() + ")";
          case Reference it ->
              "foreign key "
                  + names(it.columns())
                  + " references "
                  + quoted(it.target())
                  + " "
                  + names(it.targetColumns())
                  + (it.onDelete().equals("no action") ? "" : " on delete " + it.onDelete());
        };
  }

  static String index(String table, Index index) {
    return "create "
        + (index.unique() ? "unique " : "")
        + "index "
        + quoted(index.name())
        + " on "
        + quoted(table)
        + " ("
        + String.join(", ", index.columns().stream().map(Expression::text).toList())
        + ")"
        + (index.where() == null ? "" : " where " + index.where().text());
  }

  static List<String> comments(Table table) {
    List<String> comments = new ArrayList<>();
    if (table.comment() != null) {
      comments.add(comment(table.name(), null, table.comment()));
    }
    for (Column column : table.columns()) {
      if (column.comment() != null) {
        comments.add(comment(table.name(), column.name(), column.comment()));
      }
    }
    return comments;
  }

  static String comment(String table, @Nullable String column, @Nullable String text) {
    return "comment on "
        + (column == null
            ? "table " + quoted(table)
            : "column " + quoted(table) + "." + quoted(column))
        + " is "
        + "'"
        + (text == null ? "" : text.replace("'", "''")) // an empty one takes it away
        + "'";
  }

  static String names(List<String> names) {
    return "(" + String.join(", ", names.stream().map(DesignSql::quoted).toList()) + ")";
  }

  static String quoted(String name) {
    return name.matches("[a-z_][a-z0-9_]*") && !RESERVED.contains(name)
        ? name
        : '"' + name.replace("\"", "\"\"") + '"';
  }
}
