package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.NODES;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.Record5;
import org.jspecify.annotations.Nullable;

/**
 * This run of the server among the others, as the table {@code nodes} knows them.
 *
 * <p>A node beats while it lives. One whose heart has been still for {@code deadAfter} is dead, and
 * what it left open is settled by whoever sees it first. An earlier run under the same name is dead
 * at once: the name stands for a data directory, and that is locked by the one server that runs on
 * it.
 */
final class Nodes {
  private final Database database;
  private final Clock clock;
  private final Duration deadAfter;
  private final @Nullable JournalSettings journal;
  private final UUID id = Ids.next();
  private final String name;

  private record Seen(Instant beat, Instant at) {}

  private final Map<UUID, Seen> lastSeen = new ConcurrentHashMap<>();
  private volatile Instant lastLook = Instant.EPOCH;

  /**
   * @param journal how this node and others serve while the database is away; null: they do not
   */
  Nodes(
      Database database,
      Clock clock,
      String name,
      Duration deadAfter,
      @Nullable JournalSettings journal) {
    this.database = database;
    this.clock = clock;
    this.name = name;
    this.deadAfter = deadAfter;
    this.journal = journal;
  }

  UUID id() {
    return id;
  }

  /**
   * Enters this run.
   *
   * @param journal its journal; null: it keeps none
   */
  void enter(String version, @Nullable UUID journal) {
    Instant now = clock.instant();
    database.write(
        sql ->
            sql.insertInto(NODES)
                .set(NODES.ID, id)
                .set(NODES.NAME, name)
                .set(NODES.VERSION, version)
                .set(NODES.JOURNAL_ID, journal)
                .set(NODES.STARTED_AT, now)
                .set(NODES.HEARTBEAT_AT, now)
                .execute());
  }

  void beat() {
    database.write(
        sql ->
            sql.update(NODES)
                .set(NODES.HEARTBEAT_AT, clock.instant())
                .where(NODES.ID.eq(id))
                .execute());
  }

  /** Says that this run ended by itself. */
  void leave() {
    database.write(
        sql ->
            sql.update(NODES)
                .set(NODES.STOPPED_AT, clock.instant())
                .where(NODES.ID.eq(id))
                .execute());
  }

  /**
   * Nodes that left lines open and are over: stopped, earlier runs of this very name, or silent for
   * too long.
   *
   * <p>Silence is measured by this node's own clock between two looks at the same beat, never by
   * comparing two machines' clocks. A node that could not look for a while (the database was away)
   * begins anew: the others could not beat meanwhile either. One that keeps a journal may be cut
   * off alone, and serve: it is given more time.
   */
  List<UUID> dead() {
    List<UUID> dead = new ArrayList<>();
    List<Record5<UUID, String, Instant, Instant, UUID>> others =
        database.read(
            sql ->
                sql.select(
                        NODES.ID,
                        NODES.NAME,
                        NODES.HEARTBEAT_AT,
                        NODES.STOPPED_AT,
                        NODES.JOURNAL_ID)
                    .from(NODES)
                    .where(NODES.ID.ne(id))
                    .and(
                        NODES.ID.in(
                            sql.selectDistinct(AI_REQUESTS.NODE_ID)
                                .from(AI_REQUESTS)
                                .where(AI_REQUESTS.FINISHED_AT.isNull())))
                    .fetch());
    Instant now = clock.instant();
    if (lastLook.plus(deadAfter.dividedBy(2)).isBefore(now)) {
      lastSeen.clear();
    }
    lastLook = now;
    for (Record5<UUID, String, Instant, Instant, UUID> other : others) {
      if (other.value4() != null
          || other.value2().equals(name)
          || isSilent(other.value1(), other.value3(), patience(other.value5()))) {
        dead.add(other.value1());
      }
    }
    return dead;
  }

  private Duration patience(@Nullable UUID othersJournal) {
    return othersJournal == null || journal == null || journal.grace().compareTo(deadAfter) < 0
        ? deadAfter
        : journal.grace();
  }

  private boolean isSilent(UUID other, Instant beat, Duration patience) {
    Instant now = clock.instant();
    Seen seen = lastSeen.get(other);
    if (seen == null || !seen.beat.equals(beat)) {
      lastSeen.put(other, new Seen(beat, now));
      return false;
    }
    return seen.at.plus(patience).isBefore(now);
  }
}
