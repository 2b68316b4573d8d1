package dev.ledgerstone.records;

import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Table;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Requests of PostgREST's language over our tables: most of them sensible, some of them not. */
final class RandomRequests {
  private static final List<String> OPERATORS =
      List.of(
          "eq",
          "neq",
          "gt",
          "gte",
          "lt",
          "lte",
          "like",
          "ilike",
          "match",
          "imatch",
          "in",
          "is",
          "isdistinct",
          "cs",
          "cd",
          "ov",
          "fts",
          "plfts",
          "phfts",
          "wfts",
          "eq(any)",
          "like(all)",
          "gt(any)",
          "sl",
          "adj");
  private static final List<String> CASTS =
      List.of("text", "int", "numeric", "float8", "date", "uuid", "jsonb", "boolean");
  private static final List<String> SUMS = List.of("sum", "avg", "count", "min", "max");

  private final SplittableRandom random;
  private final Catalogue catalogue = Catalogue.ofSchema();
  private final List<Table> tables = new ArrayList<>(catalogue.tables());

  RandomRequests(long seed) {
    this.random = new SplittableRandom(seed);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean in(int parts) {
    return random.nextInt(parts) == 0;
  }

  /** A path with its query. */
  String next() {
    Table table = one(tables);
    List<String> query = new ArrayList<>();
    List<Relationship> embedded = new ArrayList<>();
    if (!in(5)) {
      query.add("select=" + escaped(select(table, 2, embedded)));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      query.add(parameter("", table));
    }
    if (in(4)) {
      query.add(
          (in(3) ? "not." : "")
              + (in(2) ? "or" : "and")
              + "="
              + escaped("(" + tree(table, 2) + "," + tree(table, 1) + ")"));
    }
    for (Relationship each : embedded) {
      if (in(2)) {
        query.add(parameter(each.to().name() + ".", each.to()));
      }
      if (in(4)) {
        query.add(each.to().name() + "=" + (in(2) ? "not." : "") + "is.null");
      }
      if (in(4)) {
        query.add(each.to().name() + ".order=" + escaped(order(each.to())));
      }
      if (in(6)) {
        query.add(each.to().name() + ".limit=" + random.nextInt(3));
      }
    }
    if (in(2)) {
      query.add("order=" + escaped(order(table)));
    }
    if (in(3)) {
      query.add("limit=" + random.nextInt(4));
    }
    if (in(8)) {
      query.add("cursor=");
    }
    return "/" + table + (query.isEmpty() ? "" : "?" + String.join("&", query));
  }

  private String select(Table table, int depth, List<Relationship> embedded) {
    List<String> items = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      items.add(item(table));
    }
    List<Relationship> from = catalogue.relationships(table);
    if (depth > 0 && !from.isEmpty() && !in(3)) {
      Relationship each = one(from);
      String hint = in(2) ? "" : "!" + each.name();
      String name = (in(5) ? "..." : "") + each.to() + hint + (in(4) ? "!inner" : "");
      items.add(name + "(" + (in(8) ? "" : select(each.to(), depth - 1, new ArrayList<>())) + ")");
      embedded.add(each);
    }
    return String.join(",", items);
  }

  private String item(Table table) {
    if (in(8)) {
      return "*";
    }
    if (in(12)) {
      return "count()";
    }
    Column column = column(table);
    return (in(4) ? "alias" + random.nextInt(3) + ":" : "")
        + path(column)
        + (in(4) ? "::" + one(CASTS) : "")
        + (in(9) ? "." + one(SUMS) + "()" : "");
  }

  private Column column(Table table) {
    return one(new ArrayList<>(table.columns().values()));
  }

  private String path(Column column) {
    return column.name()
        + (column.kind() == Kind.JSON && in(2)
            ? one(List.of("->a", "->>a", "->0", "->0->>b", "->-1"))
            : "");
  }

  private String order(Table table) {
    return path(column(table))
        + one(List.of("", ".asc", ".desc", ".desc.nullslast", ".nullsfirst"))
        + (in(3) ? "," + column(table).name() : "");
  }

  private String parameter(String prefix, Table table) {
    Column column = column(table);
    return escaped(prefix + path(column)) + "=" + escaped(test(column));
  }

  private String tree(Table table, int depth) {
    if (depth > 0 && in(3)) {
      return (in(3) ? "not." : "")
          + (in(2) ? "or(" : "and(")
          + tree(table, depth - 1)
          + ","
          + tree(table, depth - 1)
          + ")";
    }
    Column column = column(table);
    return path(column) + "." + test(column);
  }

  private String test(Column column) {
    String operator = one(OPERATORS);
    String value =
        switch (operator) {
          case "in" -> "(" + value(column) + "," + value(column) + ")";
          case "is" -> one(List.of("null", "not_null", "true", "unknown"));
          case "eq(any)", "like(all)", "gt(any)", "ov" -> "{" + value(column) + "}";
          default -> value(column);
        };
    return (in(4) ? "not." : "") + operator + "." + value;
  }

  private String value(Column column) {
    if (in(8)) {
      return one(
          List.of("", "*a*", "a'b\"c", "{}", "[1]", "\\", "%", "(", "null", "ünï", "a|b", "1e9"));
    }
    return switch (column.kind()) {
      case TEXT ->
          column.values().isEmpty() ? one(List.of("ann", "chat", "Alpha")) : one(column.values());
      case UUID -> Fixture.id(11 + random.nextInt(60)).toString();
      case BIGINT, INTEGER -> Integer.toString(random.nextInt(30));
      case BOOLEAN -> one(List.of("true", "false"));
      case DOUBLE, NUMERIC -> one(List.of("0.25", "1.5", "-3e2"));
      case TIMESTAMP -> one(List.of("2026-01-02", "2026-01-02T03:05:11Z"));
      case JSON -> one(List.of("[\"CHAT\"]", "{\"max\":5}", "{CHAT}", "1", "\"a\""));
    };
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
