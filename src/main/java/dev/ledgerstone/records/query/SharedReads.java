package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.plan.Operand;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one row by its key, on PostgreSQL: those that wait, of one tenant and one text, are one
 * statement, which reads its values from arrays. A round trip costs more than the row, on both
 * sides (docs/performance.md).
 *
 * <p>Nobody waits for company: a read that finds fewer than {@link #MOST_RUNNING} statements of its
 * kind under way is asked at once, by itself. One that finds so many waits for the next end, and
 * the first of those who wait then asks for all of them. Where that fails each asks for itself.
 */
final class SharedReads {
  /** Statements of one kind that run at a time. */
  private static final int MOST_RUNNING = 2;

  private static final int MOST_JOINED = 64;

  /** The columns of a statement of a plan: behind them stands whose row it is. */
  private static final int WIDTH = 5;

  /** What one statement can answer together. */
  private record Kind(Database source, UUID tenant, String text) {}

  /** Reads of a kind. */
  private static final class Line {
    private int running;
    private final Queue<Asking> waiting = new ArrayDeque<>();
  }

  /** What becomes of one that waits. */
  private enum Turn {
    ANSWERED,
    /** It asks for itself. */
    ALONE,
    /** It asks for those who wait, and for itself. */
    LEADING
  }

  private static final class Asking {
    private final Sql sql;
    private final Statements.Rows<Answer> result;
    private final CompletableFuture<Turn> turn = new CompletableFuture<>();
    private @Nullable Answer answer;

    Asking(Sql sql, Statements.Rows<Answer> result) {
      this.sql = sql;
      this.result = result;
    }
  }

  private final Statements statements;
  private final Map<Kind, Line> lines = new ConcurrentHashMap<>();

  SharedReads(Statements statements) {
    this.statements = statements;
  }

  /**
   * Reads what a statement gives, which is one row, as {@link Database#askAs} does.
   *
   * @param result made of the row on which the reading stands, by whichever thread
   */
  Answer read(Database source, UUID tenant, Sql sql, Statements.Rows<Answer> result) {
    if (source.engine() == Engine.SQLITE || !isJoinable(sql)) {
      return alone(source, tenant, sql, result);
    }
    Kind kind = new Kind(source, tenant, sql.text());
    Asking mine = new Asking(sql, result);
    if (enter(kind, mine)) {
      try {
        return alone(source, tenant, sql, result);
      } finally {
        leave(kind);
      }
    }
    return switch (mine.turn.join()) {
      case ANSWERED -> Objects.requireNonNull(mine.answer);
      case ALONE -> alone(source, tenant, sql, result);
      case LEADING -> {
        try {
          lead(kind, mine);
          yield mine.answer == null ? alone(source, tenant, sql, result) : mine.answer;
        } finally {
          leave(kind);
        }
      }
    };
  }

  private Answer alone(Database source, UUID tenant, Sql sql, Statements.Rows<Answer> result) {
    return source.askAs(
        tenant,
        sql.text(),
        true,
        asked ->
            statements.query(
                asked,
                sql,
                rows -> {
                  rows.next();
                  return result.of(rows);
                }));
  }

  /** How many wait for a statement. */
  int waiting() {
    int[] waiting = {0};
    for (Kind kind : lines.keySet()) {
      lines.computeIfPresent(
          kind,
          (_, line) -> {
            waiting[0] += line.waiting.size();
            return line;
          });
    }
    return waiting[0];
  }

  /** Whether it may ask now; else it waits, and will be told its turn. */
  private boolean enter(Kind kind, Asking mine) {
    boolean[] mayAsk = {false};
    lines.compute(
        kind,
        (_, known) -> {
          Line line = known == null ? new Line() : known;
          mayAsk[0] = line.running < MOST_RUNNING;
          if (mayAsk[0]) {
            line.running++;
          } else {
            line.waiting.add(mine);
          }
          return line;
        });
    return mayAsk[0];
  }

  /** Hands the turn to the next, if there is one. */
  private void leave(Kind kind) {
    List<Asking> next = new ArrayList<>(1);
    lines.computeIfPresent(
        kind,
        (_, line) -> {
          Asking first = line.waiting.poll();
          if (first != null) {
            next.add(first);
            return line;
          }
          return --line.running == 0 ? null : line;
        });
    next.forEach(it -> it.turn.complete(Turn.LEADING));
  }

  private List<Asking> withThoseWhoWait(Kind kind, Asking mine) {
    List<Asking> all = new ArrayList<>();
    all.add(mine);
    lines.computeIfPresent(
        kind,
        (_, line) -> {
          while (all.size() < MOST_JOINED && !line.waiting.isEmpty()) {
            all.add(line.waiting.remove());
          }
          return line;
        });
    return all;
  }

  private void lead(Kind kind, Asking mine) {
    List<Asking> all = withThoseWhoWait(kind, mine);
    if (all.size() == 1) {
      return;
    }
    try {
      Sql joined = joined(kind.text, all);
      int _ =
          kind.source.askAs(
              kind.tenant,
              joined.text(),
              true,
              asked -> statements.query(asked, joined, rows -> answer(rows, all)));
    } catch (ProblemException _) {
      // Who has no answer by now asks for it, and finds out what is wrong.
    } finally {
      for (Asking each : all.subList(1, all.size())) {
        each.turn.complete(each.answer == null ? Turn.ALONE : Turn.ANSWERED);
      }
    }
  }

  /** Returns how many were answered. */
  private static int answer(ResultSet rows, List<Asking> all) throws SQLException {
    int answered = 0;
    while (rows.next()) {
      Asking asking = all.get(rows.getInt(WIDTH + 1) - 1);
      asking.answer = asking.result.of(rows);
      answered++;
    }
    return answered;
  }

  // ---- the statement

  /** Whether all its values can be elements of arrays. */
  private static boolean isJoinable(Sql sql) {
    for (Object value : sql.values()) {
      if (type(value).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** PostgreSQL's name of a value's type; empty: it is none that joins. */
  private static String type(@Nullable Object value) {
    return switch (value) {
      case UUID _ -> "uuid";
      case Operand operand ->
          switch (operand.kind()) {
            case UUID, TEXT, BIGINT, INTEGER -> operand.kind().sqlName();
            case BOOLEAN, DOUBLE, NUMERIC, TIMESTAMP, JSON -> "";
          };
      case null, default -> "";
    };
  }

  /** {@code select r.*, q.n from unnest(…) … q(v0, v1, n), lateral (…) r}. */
  private static Sql joined(String text, List<Asking> all) {
    List<@Nullable Object> first = all.getFirst().sql.values();
    Sql sql = new Sql().add("select r.*, q.n from unnest");
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < first.size(); i++) {
      ArrayText values = new ArrayText();
      for (Asking each : all) {
        values.add(each.sql.values().get(i));
      }
      sql.add(i == 0 ? "(" : ", ").bind(values.toString());
      sql.add("::").add(type(first.get(i))).add("[]");
      names.append('v').append(i).append(", ");
    }
    sql.add(") with ordinality q(").add(names.toString()).add("n), lateral (");
    int from = 0;
    for (int i = 0; i < first.size(); i++) {
      int to = text.indexOf('?', from);
      sql.add(text.substring(from, to)).add("q.v" + i);
      from = to + 1;
    }
    return sql.add(text.substring(from)).add(") r");
  }
}
