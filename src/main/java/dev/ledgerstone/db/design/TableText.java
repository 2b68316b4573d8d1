package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Check;
import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Constraint;
import dev.ledgerstone.db.design.Design.Index;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import dev.ledgerstone.db.design.Design.Unique;
import dev.ledgerstone.db.design.Tokens.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code create table}, {@code create index} and {@code comment on}, in the portable subset
 * of SQL that docs/migrations.md describes. Constraints without a name get the one that PostgreSQL
 * would give them.
 */
final class TableText {
  private static final Set<String> AFTER_TYPE =
      Set.of(
          "not",
          "null",
          "default",
          "primary",
          "unique",
          "check",
          "references",
          "constraint",
          "collate",
          "generated");

  /** Types that both engines take, but for what stands in brackets behind them. */
  private static final Set<String> TYPES =
      Set.of(
          "uuid",
          "varchar",
          "text",
          "char",
          "boolean",
          "smallint",
          "integer",
          "bigint",
          "real",
          "double precision",
          "numeric",
          "timestamptz",
          "date",
          "jsonb",
          "bytea");

  private final Map<String, Draft> drafts = new LinkedHashMap<>();
  private final boolean isStrict;

  /**
   * @param isStrict whether a type that is none of both engines is a fault
   */
  TableText(boolean isStrict) {
    this.isStrict = isStrict;
  }

  /** A table that is being read. */
  private static final class Draft {
    private final String name;
    private @Nullable String comment;
    private final List<Column> columns = new ArrayList<>();
    private final Map<String, String> comments = new HashMap<>();
    private final List<String> key = new ArrayList<>();
    private final List<Constraint> constraints = new ArrayList<>();
    private final List<Index> indexes = new ArrayList<>();

    Draft(String name) {
      this.name = name;
    }

    boolean has(String column) {
      return columns.stream().anyMatch(it -> it.name().equals(column));
    }

    Table table() {
      return new Table(
          name,
          comment,
          columns.stream()
              .map(
                  it ->
                      new Column(
                          it.name(),
                          it.type(),
                          it.required(),
                          it.standard(),
                          comments.get(it.name())))
              .toList(),
          key,
          constraints,
          indexes);
    }
  }

  Design design() {
    return new Design(drafts.values().stream().map(Draft::table).toList());
  }

  /**
   * Reads one statement.
   *
   * @return whether it was one of those that this reads
   * @throws Tokens.Unexpected if it is, and cannot be read
   */
  boolean read(String sql) {
    Tokens tokens = new Tokens(sql);
    if (tokens.take("create", "table")) {
      tokens.take("if", "not", "exists");
      table(tokens);
    } else if (tokens.take("create", "index")) {
      index(tokens, false);
    } else if (tokens.take("create", "unique", "index")) {
      index(tokens, true);
    } else if (tokens.take("comment", "on", "table")) {
      comment(tokens, false);
    } else if (tokens.take("comment", "on", "column")) {
      comment(tokens, true);
    } else {
      return false;
    }
    return true;
  }

  private void table(Tokens tokens) {
    Draft draft = new Draft(tokens.name());
    tokens.expect("(");
    do {
      item(tokens, draft);
    } while (tokens.take(","));
    tokens.expect(")"); // what follows it is an engine's own: "partition by", "without rowid"
    drafts.put(draft.name, draft);
  }

  private void item(Tokens tokens, Draft draft) {
    @Nullable String name = tokens.take("constraint") ? tokens.name() : null;
    if (name != null
        || tokens.comes("primary", "key")
        || tokens.comes("foreign", "key")
        || tokens.comes("unique", "(")
        || tokens.comes("check", "(")) {
      constraint(tokens, draft, name);
    } else {
      column(tokens, draft);
    }
  }

  private static void constraint(Tokens tokens, Draft draft, @Nullable String name) {
    if (tokens.take("primary", "key")) {
      draft.key.addAll(tokens.names());
    } else if (tokens.take("unique")) {
      List<String> columns = tokens.names();
      draft.constraints.add(
          new Unique(name == null ? named(draft, columns, "key") : name, columns));
    } else if (tokens.take("check")) {
      check(tokens, draft, name == null ? draft.name + "_check" : name);
    } else if (tokens.take("foreign", "key")) {
      references(tokens, draft, name, tokens.names());
    } else {
      throw tokens.unexpected("a constraint is expected");
    }
  }

  private static String named(Draft draft, List<String> columns, String what) {
    return draft.name + "_" + String.join("_", columns) + "_" + what;
  }

  private static void check(Tokens tokens, Draft draft, String name) {
    draft.constraints.add(new Check(name, Expression.written(bracketed(tokens))));
  }

  private static String bracketed(Tokens tokens) {
    tokens.expect("(");
    int from = tokens.at();
    tokens.skipToSeparator();
    while (tokens.take(",")) {
      tokens.skipToSeparator();
    }
    String text = tokens.text(from, tokens.before());
    tokens.expect(")");
    return text;
  }

  private static void references(
      Tokens tokens, Draft draft, @Nullable String name, List<String> columns) {
    tokens.expect("references");
    String target = tokens.name();
    List<String> targetColumns = tokens.comes("(") ? tokens.names() : List.of("id");
    String onDelete = "no action";
    while (tokens.take("on")) {
      boolean isDelete = tokens.take("delete");
      if (!isDelete) {
        tokens.expect("update");
      }
      String action = tokens.name();
      action += action.equals("set") || action.equals("no") ? " " + tokens.name() : "";
      onDelete = isDelete ? action : onDelete;
    }
    draft.constraints.add(
        new Reference(
            name == null ? named(draft, columns, "fkey") : name,
            columns,
            target,
            targetColumns,
            onDelete));
  }

  private void column(Tokens tokens, Draft draft) {
    String name = tokens.name();
    String type = type(tokens);
    boolean required = false;
    Expression standard = null;
    String constraint = null;
    while (!tokens.comes(",") && !tokens.comes(")")) {
      if (tokens.take("not", "null")) {
        required = true;
      } else if (tokens.take("null")) {
        required = false;
      } else if (tokens.take("default")) {
        standard = Expression.written(standard(tokens));
      } else if (tokens.take("primary", "key")) {
        draft.key.add(name);
      } else if (tokens.take("unique")) {
        draft.constraints.add(
            new Unique(
                constraint == null ? named(draft, List.of(name), "key") : constraint,
                List.of(name)));
      } else if (tokens.take("check")) {
        check(
            tokens, draft, constraint == null ? named(draft, List.of(name), "check") : constraint);
      } else if (tokens.comes("references")) {
        references(tokens, draft, constraint, List.of(name));
      } else if (tokens.take("constraint")) {
        constraint = tokens.name();
      } else {
        throw tokens.unexpected("a rule of column " + name + " is expected");
      }
    }
    draft.columns.add(new Column(name, type, required, standard, null));
  }

  /** A default: up to the next rule of the column. */
  private static String standard(Tokens tokens) {
    int from = tokens.at();
    if (tokens.comes("(")) {
      bracketed(tokens);
    } else {
      do {
        tokens.next();
        if (tokens.comes("(")) {
          bracketed(tokens);
        }
      } while (!tokens.isAtEnd()
          && !tokens.comes(",")
          && !tokens.comes(")")
          && !AFTER_TYPE.contains(tokens.peek().text()));
    }
    return tokens.text(from, tokens.before());
  }

  private String type(Tokens tokens) {
    int from = tokens.at();
    while (tokens.peek().kind() == Kind.WORD && !AFTER_TYPE.contains(tokens.peek().text())) {
      tokens.next();
      if (tokens.comes("(")) {
        bracketed(tokens);
      }
    }
    String type = typeName(tokens.text(from, tokens.before()));
    if (isStrict && !isPortable(type)) {
      throw new Tokens.Unexpected("there is no type " + type + " on both engines", from);
    }
    return type;
  }

  static boolean isPortable(String type) {
    return TYPES.contains(type.replaceFirst("\\s*\\(.*", ""));
  }

  /** A type as the portable text says it. */
  static String typeName(String told) {
    String type = told.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ").replace(", ", ",");
    return switch (type) {
      case "int", "int4" -> "integer";
      case "int8" -> "bigint";
      case "int2" -> "smallint";
      case "bool" -> "boolean";
      case "float8" -> "double precision";
      case "timestamp with time zone" -> "timestamptz";
      default ->
          type.replace("character varying", "varchar")
              .replaceFirst("^character\\b", "char")
              .replaceFirst("^decimal\\b", "numeric");
    };
  }

  private void index(Tokens tokens, boolean unique) {
    tokens.take("concurrently");
    tokens.take("if", "not", "exists");
    String name = tokens.name();
    tokens.expect("on");
    String table = tokens.name();
    if (tokens.take("using") && !tokens.take("btree")) {
      return; // an engine's own
    }
    List<Expression> columns = new ArrayList<>();
    tokens.expect("(");
    do {
      int from = tokens.at();
      tokens.skipToSeparator();
      columns.add(indexColumn(tokens.text(from, tokens.before())));
    } while (tokens.take(","));
    tokens.expect(")");
    Expression where = null;
    if (tokens.take("where")) {
      int from = tokens.at();
      while (!tokens.isAtEnd()) {
        tokens.next();
      }
      where = Expression.written(tokens.text(from, tokens.before()));
    }
    draft(table, tokens).indexes.add(new Index(name, unique, columns, where));
  }

  private static Expression indexColumn(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.endsWith(" desc")) {
      return new Expression(
          text, Expression.written(text.substring(0, text.length() - 5)).canonical() + " desc");
    }
    return Expression.written(lower.endsWith(" asc") ? text.substring(0, text.length() - 4) : text);
  }

  private void comment(Tokens tokens, boolean isColumn) {
    String table = tokens.name();
    @Nullable Draft draft = drafts.get(table);
    if (isStrict && draft == null) {
      throw new Tokens.Unexpected("there is no table " + table + " to comment on", tokens.before());
    }
    @Nullable String column = null;
    if (isColumn) {
      tokens.expect(".");
      column = tokens.name();
      if (isStrict && draft != null && !draft.has(column)) {
        throw new Tokens.Unexpected(
            "there is no column " + column + " of " + table + " to comment on", tokens.before());
      }
    }
    tokens.expect("is");
    String literal = tokens.next().text();
    if (draft == null) {
      return; // of a view
    }
    @Nullable String text =
        literal.startsWith("'") && literal.length() > 2
            ? literal.substring(1, literal.length() - 1).replace("''", "'")
            : null;
    if (column == null) {
      draft.comment = text;
    } else if (text == null) {
      draft.comments.remove(column);
    } else {
      draft.comments.put(column, text);
    }
  }

  private Draft draft(String table, Tokens tokens) {
    @Nullable Draft draft = drafts.get(table);
    if (draft == null) {
      throw tokens.unexpected("table " + table + " is not declared");
    }
    return draft;
  }
}
