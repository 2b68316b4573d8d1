package dev.ledgerstone.records.query;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.db.SearchIndex;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CastType;
import dev.ledgerstone.records.plan.Condition;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Operand;
import dev.ledgerstone.records.request.Path;
import dev.ledgerstone.records.request.SelectItem.Function;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SQLite's own. Functions that begin with {@code records_} are ours ({@code db.SqliteFunctions}):
 * what PostgreSQL has and SQLite lacks.
 */
final class SqliteRenderer extends Renderer {
  /** Two arguments each; some builds of SQLite take no more than a hundred. */
  private static final int MOST_MEMBERS = 50;

  /** A statement has room for 32,766 values. */
  private static final int MOST_LISTED = 200;

  SqliteRenderer(Optional<ZoneId> zone, boolean isNamingTenants) {
    super(zone, isNamingTenants);
  }

  @Override
  void limit(long rows) {
    sql.add(" limit ").bind(rows);
  }

  @Override
  void operand(Operand operand) {
    sql.bind(operand);
  }

  @Override
  void in(Kind kind, List<Operand> values) {
    if (values.size() <= MOST_LISTED) {
      sql.add(" in ");
      list(values, this::operand);
    } else {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      values.forEach(it -> array.addPOJO(Binding.sqlite(it)));
      sql.add(" in (select value from json_each(").bind(array.toString()).add("))");
    }
  }

  @Override
  String jsonAsText() {
    return "";
  }

  @Override
  String textAsJson() {
    return "";
  }

  @Override
  void inJson(Runnable column, List<Path.Step> steps) {
    boolean asText = steps.getLast().asText();
    sql.add(asText ? "records_json_text(" : "(");
    column.run();
    for (Path.Step step : steps) {
      sql.add(" -> ").bind(place(step.operand()));
    }
    sql.add(")");
  }

  /** As a path, for a name could look like one. */
  private static Object place(Path.Operand operand) {
    return switch (operand) {
      case Path.Operand.Key(String name) ->
          name.startsWith("$") || name.startsWith("[") ? "$.\"" + name + "\"" : name;
      case Path.Operand.Index(int position) ->
          position < 0 ? "$[#" + position + "]" : "$[" + position + "]";
    };
  }

  @Override
  void cast(Runnable value, Kind from, CastType to) {
    switch (to) {
      case TEXT -> {
        switch (from) {
          case BOOLEAN -> call("case ", value, " when 1 then 'true' when 0 then 'false' end");
          case JSON -> call("records_json_print(", value, ")");
          case TIMESTAMP -> json(value, from);
          case TEXT, UUID -> value.run();
          case BIGINT, INTEGER, DOUBLE, NUMERIC -> call("cast(", value, " as text)");
        }
      }
      case DATE -> call("substr(", value, ", 1, 10)");
      case INTEGER -> call("cast(records_int(", () -> whole(value, from), ") as integer)");
      case BIGINT -> whole(value, from);
      case NUMERIC, DOUBLE ->
          call(
              switch (from) {
                case TEXT -> "cast(records_number(";
                case JSON -> "cast(records_json_number(";
                case BIGINT, INTEGER, DOUBLE, NUMERIC, BOOLEAN, UUID, TIMESTAMP -> "cast((";
              },
              value,
              ") as real)");
      case BOOLEAN -> {
        switch (from) {
          case TEXT -> call("records_truth(", value, ")");
          case JSON -> call("records_json_truth(", value, ")");
          case BIGINT, INTEGER, DOUBLE, NUMERIC, BOOLEAN, UUID, TIMESTAMP ->
              call("((", value, ") <> 0)");
        }
      }
      case JSON -> {
        if (from == Kind.TEXT) {
          call("records_json(", value, ")");
        } else {
          value.run();
        }
      }
      case UUID, TIMESTAMP -> value.run();
    }
  }

  private void whole(Runnable value, Kind from) {
    switch (from) {
      case TEXT -> call("cast(records_whole(", value, ") as integer)");
      case JSON -> call("cast(records_json_whole(", value, ") as integer)");
      case DOUBLE, NUMERIC -> call("cast(round(", value, ") as integer)");
      case BIGINT, INTEGER, BOOLEAN, UUID, TIMESTAMP -> value.run();
    }
  }

  @Override
  void sortable(Runnable value, Kind kind) {
    if (kind == Kind.JSON) {
      call("records_json_key(", value, ")");
    } else {
      value.run();
    }
  }

  private void call(String before, Runnable value, String after) {
    sql.add(before);
    value.run();
    sql.add(after);
  }

  @Override
  void json(Runnable value, Kind kind) {
    switch (kind) {
      case BOOLEAN -> call("json(case ", value, " when 1 then 'true' when 0 then 'false' end)");
      case JSON -> call("json(", value, ")");
      case TIMESTAMP -> {
        if (zone.isEmpty()) {
          value.run();
        } else {
          call("records_time(", value, ", ");
          sql.bind(zone.get().getId()).add(")");
        }
      }
      case TEXT, UUID, BIGINT, INTEGER, DOUBLE, NUMERIC -> value.run();
    }
  }

  /**
   * A function of SQLite takes some hundred arguments at most: what is too much for one {@code
   * json_object} is set into it behind.
   */
  @Override
  void object(List<Member> members) {
    sql.add("json_set(".repeat(Math.max(0, (members.size() - 1) / MOST_MEMBERS)));
    sql.add("json_object(");
    for (int i = 0; i < members.size(); i++) {
      boolean isFirst = i < MOST_MEMBERS;
      if (i > 0 && i % MOST_MEMBERS == 0) {
        sql.add(")");
      }
      sql.add(i == 0 ? "" : ", ");
      String name = members.get(i).name();
      if (Sql.isPlain(name)) {
        sql.add(isFirst ? "'" : "'$.").add(name).add("'");
      } else {
        sql.bind(isFirst ? name : "$.\"" + name + '"');
      }
      sql.add(", ");
      members.get(i).value().run();
    }
    sql.add(")");
  }

  @Override
  void one(Runnable rows) {
    sql.add("(");
    rows.run();
    sql.add(")");
  }

  @Override
  void many(Runnable rows) {
    String alias = derived();
    sql.add("coalesce((select '[' || group_concat(").column(alias, "j").add(", ',') || ']' from (");
    rows.run();
    sql.add(") ").add(alias).add("), '[]')");
  }

  @Override
  void manyValues(Kind kind, Runnable rows) {
    String alias = derived();
    // What a subquery hands out has lost its mark as JSON: the mark is made outside of it.
    sql.add("coalesce((select json_group_array(");
    json(() -> sql.column(alias, "v"), kind);
    sql.add(") from (");
    rows.run();
    sql.add(") ").add(alias).add("), '[]')");
  }

  @Override
  void aggregate(Function function, Kind kind, String column) {
    sql.add(function.text()).add("(").add(column).add(")");
  }

  @Override
  void jsonEquals(Runnable left, Operand right) {
    call("records_json_equal(", left, ", ");
    operand(right);
    sql.add(")");
  }

  @Override
  void like(Runnable left, String pattern, boolean ignoresCase) {
    call(ignoresCase ? "records_ilike(" : "records_like(", left, ", ");
    sql.bind(pattern).add(")");
  }

  @Override
  void matches(Runnable left, String pattern, boolean ignoresCase) {
    call(ignoresCase ? "records_imatch(" : "records_match(", left, ", ");
    sql.bind(pattern).add(")");
  }

  @Override
  void contains(Runnable left, String json, boolean isReversed) {
    sql.add("records_json_contains(");
    if (isReversed) {
      sql.bind(json).add(", ");
      left.run();
    } else {
      left.run();
      sql.add(", ").bind(json);
    }
    sql.add(")");
  }

  @Override
  void overlaps(Runnable left, String json) {
    call("records_json_overlaps(", left, ", ");
    sql.bind(json).add(")");
  }

  /** The index names the rows that may hold it, and the words themselves decide. */
  @Override
  void fullText(String alias, Condition.FullText search) {
    String match = isNegated() ? null : match(table(alias), search);
    if (match != null) {
      String words = table(alias).name() + "_fts";
      sql.add("(").column(alias, "rowid").add(" in (select rowid from ").add(words);
      sql.add(" where ").add(words).add(" match ").bind(match).add(") and ");
    }
    boolean isJson = search.left().kind() == Kind.JSON;
    call(
        isJson ? "records_search(records_json_words(" : "records_search(",
        () -> expr(search.left(), alias),
        isJson ? "), " : ", ");
    sql.bind(search.search().text())
        .add(", ")
        .bind(search.language())
        .add(", ")
        .bind(search.query())
        .add(match == null ? ")" : "))");
  }

  private static @Nullable String match(Table table, Condition.FullText search) {
    return search.left() instanceof Expr.OfColumn(var column)
        ? SearchIndex.match(table.name(), column.name(), search.search().text(), search.query())
        : null;
  }

  @Override
  boolean isFoundByWords(Table table, Condition where) {
    return switch (where) {
      case Condition.FullText search -> match(table, search) != null;
      case Condition.All(List<Condition> parts) ->
          parts.stream().anyMatch(it -> isFoundByWords(table, it));
      case Condition.Any(List<Condition> parts) ->
          !parts.isEmpty() && parts.stream().allMatch(it -> isFoundByWords(table, it));
      default -> false;
    };
  }

  @Override
  void body(boolean isStripped) {
    String body = "coalesce('[' || group_concat(s.j, ',') || ']', '[]')";
    sql.add(isStripped ? "records_strip_nulls(" + body + ")" : body);
  }

  @Override
  void rowBody(boolean isStripped) {
    sql.add(isStripped ? "records_strip_nulls(s.j)" : "s.j");
  }

  @Override
  void text(String column) {
    sql.add(column);
  }

  @Override
  void array(List<Expr> values, String alias) {
    sql.add("json_array");
    list(values, it -> json(it, alias));
  }

  @Override
  void lastOf(String column) {
    sql.add("json_extract(json_group_array(json(").add(column).add(")), '$[#-1]')");
  }
}
