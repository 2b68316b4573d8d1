package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.GivenRows;
import dev.ledgerstone.db.RowInsert;
import dev.ledgerstone.events.Outbox;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.UpdatableRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes changes into the log, and tells of them by events, in the transaction that makes them.
 *
 * <p>Never waits for a seal: an entry is queued for the sealer with itself.
 */
public final class Audit {
  /** More rows than this of one table, changed in one way at once, make one entry. */
  public static final int MOST_SINGLE = 100;

  /** Ids that one entry lists; a change of more rows makes another. */
  static final int MOST_LISTED = 10_000;

  private static final String SUCCESS = "SUCCESS";

  private record Hashed(Entry entry, String hash) {}

  private static final RowInsert<Hashed> LOGS =
      new RowInsert<>(
          "audit_logs",
          List.of(
              new GivenRows.Column<>("id", "uuid", row -> row.entry.id()),
              new GivenRows.Column<>("tenant_id", "uuid", row -> row.entry.tenant()),
              new GivenRows.Column<>("actor_kind", "varchar", row -> row.entry.actorKind()),
              new GivenRows.Column<>("actor_id", "uuid", row -> row.entry.user()),
              new GivenRows.Column<>("api_key_id", "uuid", row -> row.entry.key()),
              new GivenRows.Column<>("session_id", "uuid", row -> row.entry.session()),
              new GivenRows.Column<>("action", "varchar", row -> row.entry.action()),
              new GivenRows.Column<>("table_name", "varchar", row -> row.entry.table()),
              new GivenRows.Column<>("row_id", "uuid", row -> row.entry.row()),
              new GivenRows.Column<>("row_ids", "jsonb", row -> text(row.entry.rows())),
              new GivenRows.Column<>("row_count", "bigint", row -> row.entry.rowCount()),
              new GivenRows.Column<>("old_values", "jsonb", row -> text(row.entry.before())),
              new GivenRows.Column<>("new_values", "jsonb", row -> text(row.entry.after())),
              new GivenRows.Column<>("outcome", "varchar", row -> row.entry.outcome()),
              new GivenRows.Column<>("reason", "varchar", row -> row.entry.reason()),
              new GivenRows.Column<>("request_id", "uuid", row -> row.entry.request()),
              new GivenRows.Column<>("ip", "varchar", row -> row.entry.ip()),
              new GivenRows.Column<>("user_agent", "varchar", row -> row.entry.userAgent()),
              new GivenRows.Column<>("entry_hash", "varchar", Hashed::hash),
              new GivenRows.Column<>("created_at", "timestamptz", row -> row.entry.at())));

  private static final RowInsert<Hashed> PENDING =
      new RowInsert<>(
          "audit_pending",
          List.of(
              new GivenRows.Column<>("entry_id", "uuid", row -> row.entry.id()),
              new GivenRows.Column<>("tenant_id", "uuid", row -> row.entry.tenant()),
              new GivenRows.Column<>("entry_hash", "varchar", Hashed::hash)));

  private Audit() {}

  /** Writes one change. */
  public static void write(DSLContext sql, Actor actor, Change change, Instant now) {
    write(sql, actor, List.of(change), now);
  }

  /**
   * What one request did.
   *
   * @param changes in the order in which they were made
   */
  public record Deed(Actor actor, List<Change> changes, Instant at) {}

  /**
   * Writes changes of one request, and an event for each entry. Secrets are blacked out; an update
   * tells only the columns that have become others, and one that changed nothing is not told.
   */
  public static void write(DSLContext sql, Actor actor, List<Change> changes, Instant now) {
    write(sql, List.of(new Deed(actor, changes, now)));
  }

  /** Writes what several requests did, that share a commit: each as if it were alone. */
  public static void write(DSLContext sql, List<Deed> deeds) {
    List<Entry> entries = new ArrayList<>();
    for (Deed deed : deeds) {
      entries.addAll(entries(deed));
    }
    if (!entries.isEmpty()) {
      insert(sql, entries);
      Outbox.append(sql, entries.stream().map(Audit::event).toList(), entries.getLast().at());
    }
  }

  private static List<Entry> entries(Deed deed) {
    Instant at = deed.at().truncatedTo(ChronoUnit.MICROS);
    Actor actor = deed.actor();
    List<Entry> entries = new ArrayList<>();
    for (List<Change> alike : alike(deed.changes())) {
      if (alike.size() <= MOST_SINGLE) {
        for (Change change : alike) {
          Entry entry = single(actor, change, at);
          if (entry != null) {
            entries.add(entry);
          }
        }
      } else {
        for (int from = 0; from < alike.size(); from += MOST_LISTED) {
          entries.add(
              many(actor, alike.subList(from, Math.min(alike.size(), from + MOST_LISTED)), at));
        }
      }
    }
    return entries;
  }

  /** Writes that a row was made, as it stands now. */
  public static void inserted(DSLContext sql, Actor actor, Table<?> table, UUID row, Instant now) {
    Record made =
        sql.selectFrom(table)
            .where(Objects.requireNonNull(table.field("id", UUID.class)).eq(row))
            .fetchSingle();
    write(sql, actor, Change.inserted(table, row, made), now);
  }

  /**
   * Stores a record that was changed or made, and writes that it was; nothing of it changed:
   * neither.
   *
   * @param isNew whether it is inserted
   */
  public static void store(
      DSLContext sql, Actor actor, UpdatableRecord<?> record, boolean isNew, Instant now) {
    if (!isNew && !record.modified()) {
      return;
    }
    Change change = Change.of(record, isNew); // before it forgets what it was
    record.store();
    write(sql, actor, change, now);
  }

  /**
   * Inserts records of one table, and writes that each was made; many at a time, for one by one
   * they cost as many trips and statements as there are.
   *
   * @param records with every column that is not null: what a default would fill is told as null
   */
  public static void insertAll(
      DSLContext sql, Actor actor, List<? extends UpdatableRecord<?>> records, Instant now) {
    for (int from = 0; from < records.size(); from += MOST_SINGLE) {
      List<? extends UpdatableRecord<?>> some =
          records.subList(from, Math.min(records.size(), from + MOST_SINGLE));
      List<Change> changes = new ArrayList<>(some.size());
      some.forEach(record -> changes.add(Change.of(record, true)));
      sql.batchInsert(some).execute();
      write(sql, actor, changes, now);
    }
  }

  /**
   * Writes what changed no row that anybody listens for: a sign-in, a refusal.
   *
   * @param action in capitals: {@code SIGN_IN}
   * @param reason why it was refused; null: it was not
   */
  public static void note(
      DSLContext sql,
      Actor actor,
      String action,
      @Nullable String table,
      @Nullable UUID row,
      @Nullable String reason,
      Instant now) {
    insert(
        sql,
        List.of(
            new Entry(
                Ids.next(),
                actor.tenant(),
                actor.kind().name(),
                actor.user(),
                actor.key(),
                actor.session(),
                action,
                table,
                row,
                null,
                row == null ? 0 : 1,
                null,
                null,
                reason == null ? SUCCESS : "DENIED",
                reason,
                actor.request(),
                actor.ip(),
                actor.userAgent(),
                now.truncatedTo(ChronoUnit.MICROS))));
  }

  /** In the order in which they came first. */
  private static Iterable<List<Change>> alike(List<Change> changes) {
    record Kind(String table, Change.Action action) {}
    Map<Kind, List<Change>> alike = new LinkedHashMap<>();
    for (Change change : changes) {
      alike
          .computeIfAbsent(new Kind(change.table(), change.action()), _ -> new ArrayList<>())
          .add(change);
    }
    return alike.values();
  }

  private static @Nullable Entry single(Actor actor, Change change, Instant at) {
    ObjectNode before = change.before();
    ObjectNode after = change.after();
    if (before != null && after != null) {
      ObjectNode same = before;
      before = before.deepCopy();
      after = after.deepCopy();
      for (String name : List.copyOf(same.propertyStream().map(Map.Entry::getKey).toList())) {
        if (same.path(name).equals(after.path(name))) {
          before.remove(name);
          after.remove(name);
        }
      }
      if (before.isEmpty() && after.isEmpty()) {
        return null;
      }
    }
    return entry(
        actor,
        change.action(),
        change.table(),
        change.row(),
        null,
        1,
        Redaction.of(change.table(), before),
        Redaction.of(change.table(), after),
        at);
  }

  private static Entry many(Actor actor, List<Change> changes, Instant at) {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode(changes.size());
    changes.forEach(change -> rows.add(change.row().toString()));
    Change first = changes.getFirst();
    return entry(actor, first.action(), first.table(), null, rows, changes.size(), null, null, at);
  }

  private static Entry entry(
      Actor actor,
      Change.Action action,
      String table,
      @Nullable UUID row,
      @Nullable ArrayNode rows,
      int count,
      @Nullable ObjectNode before,
      @Nullable ObjectNode after,
      Instant at) {
    return new Entry(
        Ids.next(),
        actor.tenant(),
        actor.kind().name(),
        actor.user(),
        actor.key(),
        actor.session(),
        action.name(),
        table,
        row,
        rows,
        count,
        before,
        after,
        SUCCESS,
        null,
        actor.request(),
        actor.ip(),
        actor.userAgent(),
        at);
  }

  private static @Nullable String text(@Nullable JsonNode json) {
    return json == null ? null : json.toString();
  }

  private static void insert(DSLContext sql, List<Entry> entries) {
    List<Hashed> rows = entries.stream().map(entry -> new Hashed(entry, entry.hash())).toList();
    LOGS.insert(sql, rows);
    PENDING.insert(sql, rows);
  }

  /** The event of an entry; one of many rows tells of the entry itself, which lists them. */
  private static Outbox.Event event(Entry entry) {
    String table = entry.table() == null ? AUDIT_LOGS.getName() : entry.table();
    ObjectNode data =
        JsonNodeFactory.instance
            .objectNode()
            .put("audit_log_id", entry.id().toString())
            .put("actor_id", entry.user() == null ? null : entry.user().toString())
            .put("row_count", entry.rowCount());
    if (entry.before() != null && entry.after() != null) {
      ArrayNode columns = data.putArray("columns");
      entry.after().fieldNames().forEachRemaining(columns::add);
    }
    return new Outbox.Event(
        entry.tenant(),
        Change.Action.valueOf(entry.action()).event(table),
        entry.row() == null ? AUDIT_LOGS.getName() : table,
        entry.row() == null ? entry.id() : entry.row(),
        data);
  }
}
