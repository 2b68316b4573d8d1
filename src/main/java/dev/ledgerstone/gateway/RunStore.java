package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.RESPONSE_RUNS;
import static dev.ledgerstone.db.schema.Tables.RESPONSE_RUN_EVENTS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.ResponseRunsRecord;
import dev.ledgerstone.gateway.limits.SubjectKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Responses that are answered in the background, and their events. A user sees their own. */
final class RunStore {
  /** Where one stands, as {@code response_runs.status} names it. */
  enum State {
    QUEUED,
    IN_PROGRESS,
    COMPLETED,
    INCOMPLETE,
    FAILED,
    CANCELLED;

    static State of(ResponseRunsRecord run) {
      return valueOf(run.getStatus());
    }

    /** Whether it is kept as a turn of its conversation. */
    boolean isAnswered() {
      return this == COMPLETED || this == INCOMPLETE;
    }

    /** As clients read it. */
    String told() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** In the order of the index of those that have not ended. */
  private static final List<String> UNFINISHED = List.of("QUEUED", "IN_PROGRESS");

  /** How long one can be read after its end, where it is no turn of a conversation. */
  static final Duration KEPT = Duration.ofDays(7);

  private final Database database;
  private final Clock clock;

  RunStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Events that have come since.
   *
   * @param isOver whether none follows
   */
  record Seen(List<Tape.Piece> pieces, boolean isOver) {}

  /** Stores a new one, with the events that tell of it. */
  void create(DSLContext sql, ResponseRunsRecord run, Tape.@Nullable Piece events) {
    Instant now = clock.instant();
    run.setStatus(State.QUEUED.name());
    run.setCreatedAt(now);
    run.setUpdatedAt(now);
    run.setExpiresAt(now.plus(KEPT));
    run.attach(sql.configuration());
    run.store();
    if (events != null) {
      append(sql, run.getTenantId(), run.getId(), events);
    }
  }

  /** One of the caller's own; null: there is none of that id. */
  @Nullable ResponseRunsRecord find(Caller caller, UUID id) {
    return database.read(sql -> find(sql, caller, id));
  }

  @Nullable ResponseRunsRecord find(DSLContext sql, Caller caller, UUID id) {
    return sql.selectFrom(RESPONSE_RUNS)
        .where(RESPONSE_RUNS.TENANT_ID.eq(caller.tenant().id()))
        .and(RESPONSE_RUNS.ID.eq(id))
        .and(RESPONSE_RUNS.USER_ID.eq(caller.user()))
        .fetchOne();
  }

  /** How many have not ended, of a tenant's those of a user or a key. */
  long unfinished(DSLContext sql, UUID tenant, SubjectKind kind, UUID subject) {
    Condition whose =
        switch (kind) {
          case TENANT -> DSL.noCondition();
          case USER -> RESPONSE_RUNS.USER_ID.eq(subject);
          case API_KEY -> RESPONSE_RUNS.API_KEY_ID.eq(subject);
          case IP, MODEL, GLOBAL -> throw new IllegalArgumentException("not counted by " + kind);
        };
    // The states stand in the text, so that the index of those that have not ended is used.
    return sql.fetchCount(
        RESPONSE_RUNS,
        RESPONSE_RUNS
            .TENANT_ID
            .eq(tenant)
            .and(
                RESPONSE_RUNS.STATUS.in(UNFINISHED.stream().map(each -> DSL.inline(each)).toList()))
            .and(whose));
  }

  /** As clients see it. */
  static ObjectNode told(ResponseRunsRecord run) {
    ObjectNode response = run.getResponse().deepCopy();
    return response.put("status", State.of(run).told());
  }

  /** Somebody begins to answer it; null: it has ended, or is gone. */
  @Nullable ResponseRunsRecord begin(UUID tenant, UUID id) {
    return database.write(
        sql -> move(sql, tenant, id, State.IN_PROGRESS) ? row(sql, tenant, id) : null);
  }

  private static ResponseRunsRecord row(DSLContext sql, UUID tenant, UUID id) {
    return sql.selectFrom(RESPONSE_RUNS)
        .where(RESPONSE_RUNS.TENANT_ID.eq(tenant))
        .and(RESPONSE_RUNS.ID.eq(id))
        .fetchSingle();
  }

  /** Whether it was not ended by somebody else, such as who cancels it. */
  boolean isWanted(UUID tenant, UUID id) {
    return database.read(
        sql ->
            sql.fetchExists(
                RESPONSE_RUNS,
                RESPONSE_RUNS
                    .TENANT_ID
                    .eq(tenant)
                    .and(RESPONSE_RUNS.ID.eq(id))
                    .and(RESPONSE_RUNS.STATUS.in(UNFINISHED))));
  }

  /** Moves one that has not ended; false: it has, or is gone. */
  boolean move(DSLContext sql, UUID tenant, UUID id, State to) {
    Instant now = clock.instant();
    return sql.update(RESPONSE_RUNS)
            .set(RESPONSE_RUNS.STATUS, to.name())
            .set(RESPONSE_RUNS.UPDATED_AT, now)
            .set(RESPONSE_RUNS.EXPIRES_AT, now.plus(KEPT))
            .where(RESPONSE_RUNS.TENANT_ID.eq(tenant))
            .and(RESPONSE_RUNS.ID.eq(id))
            .and(RESPONSE_RUNS.STATUS.in(UNFINISHED))
            .execute()
        == 1;
  }

  /** Ends one that has not ended yet, and forgets what was asked; false: it has, or is gone. */
  boolean end(DSLContext sql, UUID tenant, UUID id, State state, ObjectNode response) {
    if (!move(sql, tenant, id, state)) {
      return false;
    }
    sql.update(RESPONSE_RUNS)
        .set(RESPONSE_RUNS.RESPONSE, response)
        .set(RESPONSE_RUNS.REQUEST, JsonNodeFactory.instance.objectNode())
        .where(RESPONSE_RUNS.TENANT_ID.eq(tenant))
        .and(RESPONSE_RUNS.ID.eq(id))
        .execute();
    return true;
  }

  /** Forgets one, with its events. */
  void delete(Caller caller, UUID id) {
    database.write(
        sql ->
            sql.deleteFrom(RESPONSE_RUNS)
                .where(RESPONSE_RUNS.TENANT_ID.eq(caller.tenant().id()))
                .and(RESPONSE_RUNS.ID.eq(id))
                .and(RESPONSE_RUNS.USER_ID.eq(caller.user()))
                .execute());
  }

  // ---- events

  void append(UUID tenant, UUID run, Tape.Piece piece) {
    database.write(
        sql -> {
          append(sql, tenant, run, piece);
          return null;
        });
  }

  void append(DSLContext sql, UUID tenant, UUID run, Tape.Piece piece) {
    sql.insertInto(RESPONSE_RUN_EVENTS)
        .set(RESPONSE_RUN_EVENTS.ID, Ids.next())
        .set(RESPONSE_RUN_EVENTS.TENANT_ID, tenant)
        .set(RESPONSE_RUN_EVENTS.RUN_ID, run)
        .set(RESPONSE_RUN_EVENTS.FIRST_NUMBER, (long) piece.first())
        .set(RESPONSE_RUN_EVENTS.LAST_NUMBER, (long) piece.last())
        .set(RESPONSE_RUN_EVENTS.EVENTS, piece.events())
        .set(RESPONSE_RUN_EVENTS.CREATED_AT, clock.instant())
        .execute();
  }

  /** The number of the event that comes next. */
  int next(UUID tenant, UUID run) {
    return database.read(
        sql -> {
          Long last =
              sql.select(DSL.max(RESPONSE_RUN_EVENTS.LAST_NUMBER))
                  .from(RESPONSE_RUN_EVENTS)
                  .where(RESPONSE_RUN_EVENTS.TENANT_ID.eq(tenant))
                  .and(RESPONSE_RUN_EVENTS.RUN_ID.eq(run))
                  .fetchSingle()
                  .value1();
          return last == null ? 0 : Math.toIntExact(last + 1);
        });
  }

  /**
   * What came after an event. Whether more may follow is asked first: the end comes with its state.
   */
  Seen since(UUID tenant, UUID run, long after) {
    return database.read(
        sql -> {
          String status =
              sql.select(RESPONSE_RUNS.STATUS)
                  .from(RESPONSE_RUNS)
                  .where(RESPONSE_RUNS.TENANT_ID.eq(tenant))
                  .and(RESPONSE_RUNS.ID.eq(run))
                  .fetchOne(RESPONSE_RUNS.STATUS);
          List<Tape.Piece> pieces =
              sql.select(
                      RESPONSE_RUN_EVENTS.FIRST_NUMBER,
                      RESPONSE_RUN_EVENTS.LAST_NUMBER,
                      RESPONSE_RUN_EVENTS.EVENTS)
                  .from(RESPONSE_RUN_EVENTS)
                  .where(RESPONSE_RUN_EVENTS.TENANT_ID.eq(tenant))
                  .and(RESPONSE_RUN_EVENTS.RUN_ID.eq(run))
                  .and(RESPONSE_RUN_EVENTS.LAST_NUMBER.gt(after))
                  .orderBy(RESPONSE_RUN_EVENTS.FIRST_NUMBER)
                  .fetch(
                      row ->
                          new Tape.Piece(
                              row.value1().intValue(), row.value2().intValue(), row.value3()));
          return new Seen(pieces, status == null || !UNFINISHED.contains(status));
        });
  }
}
