package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;
import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;
import static dev.ledgerstone.db.schema.Tables.REQUEST_SCORES;
import static dev.ledgerstone.db.schema.Tables.RETENTION_HORIZONS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.ledger.Reconciliation.Difference;
import dev.ledgerstone.ledger.Reconciliation.Findings;
import dev.ledgerstone.problem.RequestProblem;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Lets finished lines of the ledger go: their sums are carried over in the transaction in which
 * they go, so that {@link Reconciliation} finds the books as clean as before (docs/adr/0017).
 *
 * <p>Each line is proved once more before it goes, as reconcile would; one that does not prove
 * stays. With it go its bodies, feedback and scores.
 */
public final class PastLines {
  /**
   * What hangs on a line, by the line's id: nobody finds it without the line.
   *
   * @param isArchived whether it belongs into an archive of lines; bodies have an end of their own,
   *     and must not outlive it there
   */
  public record Hanging(
      Table<?> table, Field<UUID> tenant, Field<UUID> request, boolean isArchived) {}

  /** All that hangs on lines. */
  public static final List<Hanging> HANGING =
      List.of(
          new Hanging(
              REQUEST_FEEDBACK, REQUEST_FEEDBACK.TENANT_ID, REQUEST_FEEDBACK.REQUEST_ID, true),
          new Hanging(REQUEST_SCORES, REQUEST_SCORES.TENANT_ID, REQUEST_SCORES.REQUEST_ID, true),
          new Hanging(
              AI_REQUEST_BODIES, AI_REQUEST_BODIES.TENANT_ID, AI_REQUEST_BODIES.REQUEST_ID, false));

  /** Thrown when somebody else has let lines go meanwhile: read again. */
  public static final class Overtaken extends RuntimeException {
    private Overtaken() {
      super("lines were let go by somebody else", null, false, false);
    }
  }

  /** Lines that are about to go, and what they sum to. */
  public static final class Leaving {
    private final LineFold fold;
    private final Map<UUID, List<UUID>> ids = new HashMap<>();
    private @Nullable UUID first;
    private @Nullable UUID last;
    private long count;

    private Leaving(LineFold fold) {
      this.fold = fold;
    }

    private void add(StoredLine line) {
      fold.add(line);
      ids.computeIfAbsent(line.sums().tenant(), _ -> new ArrayList<>()).add(line.id());
      first = first == null ? line.id() : first;
      last = line.id();
      count++;
    }

    /** Takes what others sum to, who come behind these; not their ids, which may be millions. */
    public void add(Leaving others) {
      fold.add(others.fold);
      ids.clear();
      first = first == null ? others.first : first;
      last = others.last == null ? last : others.last;
      count += others.count;
    }

    public long count() {
      return count;
    }

    /** Their ids, by tenant. */
    public Map<UUID, List<UUID>> ids() {
      return Map.copyOf(ids);
    }

    /** The highest id; null: there are none. */
    public @Nullable UUID last() {
      return last;
    }
  }

  private Map<UUID, Price> prices = Map.of();

  /** Up to when lines of a tenant may have been let go, by the time in their id. */
  public static Optional<Instant> horizon(DSLContext sql, UUID tenant) {
    return sql.select(RETENTION_HORIZONS.HORIZON)
        .from(RETENTION_HORIZONS)
        .where(RETENTION_HORIZONS.TENANT_ID.eq(tenant))
        .and(RETENTION_HORIZONS.TABLE_NAME.eq(AI_REQUESTS.getName()))
        .fetchOptional(RETENTION_HORIZONS.HORIZON);
  }

  /** Whether a line of some tenant may have been let go. */
  static boolean mayBeGone(DSLContext sql, UUID line) {
    return sql.fetchExists(
        RETENTION_HORIZONS,
        RETENTION_HORIZONS.TABLE_NAME.eq(AI_REQUESTS.getName()),
        RETENTION_HORIZONS.HORIZON.gt(Ids.time(line)));
  }

  /**
   * Reads finished lines in the order of their ids, and proves each.
   *
   * @param table {@code ai_requests}, or a part of it
   * @param which only finished ones
   * @throws dev.ledgerstone.problem.ProblemException if one does not prove
   */
  public Leaving read(DSLContext sql, String table, Condition which, int most) {
    List<StoredLine> lines = new ArrayList<>();
    Dialect dialect = Dialect.of(sql);
    try (ResultSet rows =
        sql.resultQuery(
                StoredLine.COLUMNS + " from {0} as ai_requests where {1} order by id limit " + most,
                DSL.name(table),
                which)
            .fetchResultSet()) {
      while (rows.next()) {
        lines.add(StoredLine.of(rows, dialect));
      }
    } catch (SQLException e) {
      throw new DataAccessException("lines cannot be read", e);
    }
    Findings findings = new Findings();
    Leaving leaving = fold(lines, findings);
    if (findings.first() != null) {
      prices = PriceRows.all(sql); // they are not known yet, or one was brought since
      findings = new Findings();
      leaving = fold(lines, findings);
    }
    Difference fault = findings.first();
    if (fault != null) {
      throw new RequestProblem.Conflict(
              "line %s does not prove: %s is %s, and should be %s"
                  .formatted(fault.key(), fault.what(), fault.found(), fault.expected()),
              "ledgerstone reconcile names all that differs; until it is mended, lines stay")
          .exception();
    }
    return leaving;
  }

  private Leaving fold(List<StoredLine> lines, Findings findings) {
    Leaving leaving = new Leaving(new LineFold(prices, List.of(PeriodKind.HOURLY), findings));
    lines.forEach(leaving::add);
    return leaving;
  }

  /**
   * Deletes lines and what hangs on them, and carries their sums; within a transaction in which
   * append-only tables let rows go.
   *
   * @throws Overtaken if one is gone already: then the transaction must not be committed
   */
  public void letGo(DSLContext sql, Leaving leaving, Instant now) {
    Dialect dialect = Dialect.of(sql);
    long gone = 0;
    for (Map.Entry<UUID, List<UUID>> each : leaving.ids.entrySet()) {
      gone +=
          sql.deleteFrom(AI_REQUESTS)
              .where(AI_REQUESTS.TENANT_ID.eq(each.getKey()))
              .and(dialect.isAmong(AI_REQUESTS.ID, each.getValue()))
              .and(AI_REQUESTS.FINISHED_AT.isNotNull())
              .execute();
      for (Hanging hanging : HANGING) {
        sql.deleteFrom(hanging.table())
            .where(hanging.tenant().eq(each.getKey()))
            .and(dialect.isAmong(hanging.request(), each.getValue()))
            .execute();
      }
    }
    if (gone != leaving.count) {
      throw new Overtaken();
    }
    carry(sql, leaving, now);
  }

  /**
   * As {@link #letGo}, of all lines of a part of the table, which the caller drops in the same
   * transaction: nothing of the time between the first and the last of them stays.
   */
  public void letGoWithTheirPart(DSLContext sql, Leaving leaving, Instant now) {
    UUID first = leaving.first;
    UUID last = leaving.last;
    if (first == null || last == null) {
      return;
    }
    for (Hanging hanging : HANGING) {
      sql.deleteFrom(hanging.table()).where(hanging.request().between(first, last)).execute();
    }
    carry(sql, leaving, now);
  }

  private static void carry(DSLContext sql, Leaving leaving, Instant now) {
    sql.connection(connection -> CarriedSums.add(connection, Dialect.of(sql), leaving.fold, now));
  }
}
