package dev.ledgerstone.records.query;

import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.plan.CastType;
import dev.ledgerstone.records.plan.Condition;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Operand;
import dev.ledgerstone.records.request.Page;
import dev.ledgerstone.records.request.Path;
import dev.ledgerstone.records.request.SelectItem.Function;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** PostgreSQL's own. In a prepared statement of JDBC its operator {@code ?} is written twice. */
final class PostgresRenderer extends Renderer {
  /** A function takes 100 arguments: 50 members of an object. */
  private static final int MOST_MEMBERS = 50;

  /** Behind this nobody pages. */
  private static final long MOST_CUT = 1L << 40;

  private static final String ISO = "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'";

  PostgresRenderer(Optional<ZoneId> zone, boolean isNamingTenants) {
    super(zone, isNamingTenants);
  }

  /**
   * In digits: a limit that is bound is taken for a tenth of all rows, so that a plan for any value
   * would seem dear, and every page is planned anew (docs/performance.md).
   */
  @Override
  void limit(long rows) {
    if (rows < Long.MAX_VALUE) {
      sql.add(" limit ").add(Long.toString(rows));
    }
  }

  /**
   * Cut behind the page at a power of two, which stands in the text. An offset that is bound is
   * taken for a tenth of all rows, however small it is: with the cut it is a tenth of few, no other
   * plan would be cheaper for one that is known, and the page is planned no more.
   */
  @Override
  void paged(Page page, Runnable query) {
    if (page.offset() == 0 || page.limit().isEmpty() || page.offset() >= MOST_CUT) {
      super.paged(page, query);
      return;
    }
    long end = page.offset() + Math.min(page.limit().getAsLong(), MOST_CUT);
    sql.add("select * from (");
    query.run();
    sql.add(" limit ").add(Long.toString(Long.highestOneBit(end) << 1));
    sql.add(") ").add(derived());
    page(page);
  }

  @Override
  void operand(Operand operand) {
    sql.bind(operand);
    if (operand.kind() == Kind.JSON) {
      sql.add("::jsonb");
    }
  }

  /** One parameter for all, so that the statement is the same for lists of any length. */
  @Override
  void in(Kind kind, List<Operand> values) {
    ArrayText array = new ArrayText();
    values.forEach(array::add);
    sql.add(" = any(").bind(array.toString()).add("::").add(kind.sqlName()).add("[])");
  }

  @Override
  String jsonAsText() {
    return "::text";
  }

  @Override
  String textAsJson() {
    return "::json";
  }

  @Override
  void inJson(Runnable column, List<Path.Step> steps) {
    sql.add("(");
    column.run();
    for (Path.Step step : steps) {
      sql.add(step.asText() ? " ->> " : " -> ");
      switch (step.operand()) {
        case Path.Operand.Key(String name) -> sql.bind(name).add("::text");
        case Path.Operand.Index(int position) -> sql.bind(position).add("::int");
      }
    }
    sql.add(")");
  }

  @Override
  void cast(Runnable given, Kind from, CastType to) {
    Runnable value = from == Kind.JSON && to != CastType.TEXT ? () -> nullAsNone(given) : given;
    switch (to) {
      case TEXT -> {
        if (from == Kind.TIMESTAMP) {
          json(value, from);
        } else {
          as(value, "text");
        }
      }
      case DATE -> {
        sql.add("to_char(");
        value.run();
        sql.add(" at time zone 'UTC', 'YYYY-MM-DD')");
      }
      case INTEGER, BIGINT -> as(value, from == Kind.BOOLEAN ? "integer" : to.kind().sqlName());
      case NUMERIC, DOUBLE, BOOLEAN, UUID, TIMESTAMP, JSON -> as(value, to.kind().sqlName());
    }
  }

  @Override
  void sortable(Runnable value, Kind kind) {
    value.run();
  }

  /** Versions before 18 refuse to cast a null of JSON. */
  private void nullAsNone(Runnable json) {
    sql.add("nullif(");
    json.run();
    sql.add(", 'null'::jsonb)");
  }

  private void as(Runnable value, String type) {
    sql.add("(");
    value.run();
    sql.add(")::").add(type);
  }

  @Override
  void json(Runnable value, Kind kind) {
    if (kind != Kind.TIMESTAMP) {
      value.run();
    } else if (zone.isEmpty()) {
      sql.add("to_char(");
      value.run();
      sql.add(" at time zone 'UTC', " + ISO + ")");
    } else {
      sql.add("(select to_char(z.local, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') ")
          .add("|| case when z.offs < interval '0' then '-' else '+' end ")
          .add("|| to_char(greatest(z.offs, -z.offs), 'HH24:MI') ")
          .add("from (select y.at at time zone ");
      zone(zone.get());
      sql.add(" as local, (y.at at time zone ");
      zone(zone.get());
      sql.add(") - (y.at at time zone 'UTC') as offs from (select ");
      value.run();
      sql.add(" as at) y) z)");
    }
  }

  /** An offset as an interval: as a name it would count westwards (POSIX). */
  private void zone(ZoneId zone) {
    if (zone.getRules().isFixedOffset()) {
      int seconds = zone.getRules().getOffset(Instant.EPOCH).getTotalSeconds();
      sql.add("(").bind(seconds).add(" * interval '1 second')");
    } else {
      sql.bind(zone.getId());
    }
  }

  @Override
  void object(List<Member> members) {
    if (members.size() <= MOST_MEMBERS) {
      sql.add("json_build_object(");
      for (int i = 0; i < members.size(); i++) {
        Member member = members.get(i);
        sql.add(i == 0 ? "" : ", ");
        if (Sql.isPlain(member.name())) {
          sql.add("'").add(member.name()).add("'");
        } else {
          sql.bind(member.name()).add("::text");
        }
        sql.add(", ");
        member.value().run();
      }
      sql.add(")");
    } else {
      wide(members);
    }
  }

  /** An object of any width: text of its members, side by side. */
  private void wide(List<Member> members) {
    sql.add("('{' ");
    String before = "|| ";
    for (Member member : members) {
      sql.add(before).add("to_json(").bind(member.name()).add("::text)::text || ':' || ");
      sql.add("coalesce(to_json(");
      member.value().run();
      sql.add(")::text, 'null') ");
      before = "|| ',' || ";
    }
    sql.add("|| '}')::json");
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
    sql.add("coalesce((select json_agg(").column(alias, "j").add(") from (");
    rows.run();
    sql.add(") ").add(alias).add("), '[]'::json)");
  }

  @Override
  void manyValues(Kind kind, Runnable rows) {
    many(
        () -> {
          String alias = derived();
          sql.add("select ");
          json(() -> sql.column(alias, "v"), kind);
          sql.add(" as j from (");
          rows.run();
          sql.add(") ").add(alias);
        });
  }

  @Override
  void aggregate(Function function, Kind kind, String column) {
    String of = kind == Kind.UUID ? column + "::text" : column;
    sql.add(
        switch (function) {
          case COUNT -> "count(" + column + ")";
          case SUM -> "sum(" + column + ")";
          case AVG -> "avg(" + column + ")::double precision";
          case MAX -> "max(" + of + ")";
          case MIN -> "min(" + of + ")";
        });
  }

  @Override
  void jsonEquals(Runnable left, Operand right) {
    left.run();
    sql.add(" = ");
    operand(right);
  }

  @Override
  void like(Runnable left, String pattern, boolean ignoresCase) {
    left.run();
    sql.add(ignoresCase ? " ilike " : " like ").bind(pattern);
  }

  @Override
  void matches(Runnable left, String pattern, boolean ignoresCase) {
    left.run();
    sql.add(ignoresCase ? " ~* " : " ~ ").bind(pattern);
  }

  @Override
  void contains(Runnable left, String json, boolean isReversed) {
    left.run();
    sql.add(isReversed ? " <@ " : " @> ").bind(json).add("::jsonb");
  }

  @Override
  void overlaps(Runnable left, String json) {
    sql.add("case when "); // of nothing it is not known, as with every operator
    left.run();
    sql.add(" is not null then exists (select 1 from jsonb_array_elements(").bind(json);
    sql.add("::jsonb) e where ");
    left.run();
    sql.add(" @> jsonb_build_array(e.value)) end");
  }

  /** The language stands as a literal, so that an index on the expression fits. */
  @Override
  void fullText(String alias, Condition.FullText search) {
    String language = "'" + search.language() + "'";
    sql.add("to_tsvector(" + language + ", ");
    expr(search.left(), alias);
    sql.add(") @@ ")
        .add(
            switch (search.search()) {
              case FTS -> "to_tsquery(";
              case PLFTS -> "plainto_tsquery(";
              case PHFTS -> "phraseto_tsquery(";
              case WFTS -> "websearch_to_tsquery(";
            })
        .add(language + ", ")
        .bind(search.query())
        .add(")");
  }

  @Override
  void body(boolean isStripped) {
    sql.add(
        isStripped
            ? "json_strip_nulls(coalesce(json_agg(s.j), '[]'::json))::text"
            : "coalesce(json_agg(s.j), '[]'::json)::text");
  }

  @Override
  void rowBody(boolean isStripped) {
    sql.add(isStripped ? "json_strip_nulls(s.j)::text" : "s.j::text");
  }

  @Override
  void text(String column) {
    sql.add(column).add("::text");
  }

  @Override
  void array(List<Expr> values, String alias) {
    sql.add("json_build_array");
    list(values, it -> json(it, alias));
  }

  @Override
  void lastOf(String column) {
    sql.add("(array_agg(").add(column).add("))[count(*)]::text");
  }
}
