package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * A tenant's events in the order of their commits, for readers that keep their place themselves.
 *
 * <p>On PostgreSQL events are told by the number of their transaction, and none that is not below
 * the oldest one that still runs: by sequence alone a reader would pass over what commits late. On
 * SQLite, which has one writer, the sequence is that order.
 */
public final class EventFeed {
  /** Longer than any transaction that writes events: what is older is before the place. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private static final Field<String> XID = DSL.field("cast(xid as text)", String.class);

  private final Database database;

  public EventFeed(Database database) {
    this.database = database;
  }

  /**
   * A place in the feed: all up to it were told.
   *
   * @param transaction zero on SQLite
   * @param at about when its event was written
   */
  public record Place(long transaction, long sequence, Instant at) {
    private static final Pattern TEXT =
        Pattern.compile("(?<transaction>\\d{1,18})-(?<sequence>\\d{1,19})-(?<at>\\d{1,15})");

    /** Reads what {@link #toString} wrote; empty: it did not. */
    public static Optional<Place> parse(String text) {
      Matcher parts = TEXT.matcher(text);
      try {
        return parts.matches()
            ? Optional.of(
                new Place(
                    Long.parseLong(parts.group("transaction")),
                    Long.parseLong(parts.group("sequence")),
                    Instant.ofEpochMilli(Long.parseLong(parts.group("at")))))
            : Optional.empty();
      } catch (NumberFormatException _) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return transaction + "-" + sequence + "-" + at.toEpochMilli();
    }
  }

  /**
   * One event.
   *
   * @param table of the row that it happened to; audit_logs, of which the subject is the entry, if
   *     it happened to many
   */
  public record Told(
      Place place, String type, String table, UUID subject, JsonNode data, Instant at) {}

  /** The place behind all that has been told until now. */
  public Place end(Instant now) {
    return database.read(
        sql ->
            switch (database.engine()) {
              case SQLITE ->
                  new Place(
                      0,
                      Optional.ofNullable(
                              sql.select(DSL.max(EVENTS.SEQUENCE))
                                  .from(EVENTS)
                                  .fetchSingle()
                                  .value1())
                          .orElse(0L),
                      now);
              case POSTGRES ->
                  new Place(
                      Long.parseLong(
                              sql.select(
                                      DSL.field(
                                          "cast(pg_snapshot_xmin(pg_current_snapshot()) as text)",
                                          String.class))
                                  .fetchSingle()
                                  .value1())
                          - 1,
                      Long.MAX_VALUE,
                      now);
            });
  }

  /** The rows of an event that happened to many: its subject is the entry that lists them. */
  public JsonNode listed(UUID tenant, UUID entry) {
    JsonNode rows =
        database.read(
            sql ->
                sql.select(AUDIT_LOGS.ROW_IDS)
                    .from(AUDIT_LOGS)
                    .where(AUDIT_LOGS.TENANT_ID.eq(tenant).and(AUDIT_LOGS.ID.eq(entry)))
                    .fetchOne(AUDIT_LOGS.ROW_IDS));
    return rows == null ? JsonNodeFactory.instance.arrayNode() : rows;
  }

  /** The next events of some types behind a place. */
  public List<Told> after(UUID tenant, Collection<String> types, Place place, int most) {
    return database.read(sql -> after(sql, tenant, types, place, most));
  }

  private List<Told> after(
      DSLContext sql, UUID tenant, Collection<String> types, Place place, int most) {
    boolean isPostgres = database.engine() == Engine.POSTGRES;
    Field<String> transaction = isPostgres ? XID : DSL.inline("0");
    Condition isNext =
        isPostgres
            ? DSL.condition(
                    "(xid, sequence) > (cast({0} as xid8), {1})",
                    DSL.val(Long.toString(place.transaction())), DSL.val(place.sequence()))
                .and(DSL.condition("xid < pg_snapshot_xmin(pg_current_snapshot())"))
                .and(EVENTS.ID.gt(Ids.lowest(place.at().minus(LONGEST))))
            : EVENTS.SEQUENCE.gt(place.sequence());
    Field<UUID> whose =
        isPostgres ? EVENTS.TENANT_ID : database.dialect().filterOnly(EVENTS.TENANT_ID);
    return sql.select(
            transaction,
            EVENTS.SEQUENCE,
            EVENTS.TYPE,
            EVENTS.SUBJECT_TABLE,
            EVENTS.SUBJECT_ID,
            EVENTS.DATA,
            EVENTS.AT)
        .from(EVENTS)
        .where(whose.eq(tenant).and(EVENTS.TYPE.in(types)).and(isNext))
        .orderBy(isPostgres ? DSL.field("xid") : EVENTS.SEQUENCE, EVENTS.SEQUENCE)
        .limit(most)
        .fetch(
            row ->
                new Told(
                    new Place(Long.parseLong(row.value1()), row.value2(), row.value7()),
                    row.value3(),
                    row.value4(),
                    row.value5(),
                    row.value6(),
                    row.value7()));
  }
}
