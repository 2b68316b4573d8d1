package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.problem.ProblemException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Ends lines whose call ended without a word: those of dead nodes as FAILED with the hold charged
 * as ASSUMED (the upstream may have done the work), those whose intent never came back from a
 * broken commit at no cost (it never heard of them).
 */
final class Recovery {
  private static final Logger LOG = System.getLogger(Recovery.class.getName());
  private static final int PAGE = 1000;
  private static final int RELEASE_LOOKS = 2;

  private final Database database;
  private final Clock clock;
  private final Predicate<LedgerEntry.Settle> writer;

  Recovery(Database database, Clock clock, Predicate<LedgerEntry.Settle> writer) {
    this.database = database;
    this.clock = clock;
    this.writer = writer;
  }

  /** Settles what nodes left open, a page at a time; returns how many lines it was that ended. */
  int settle(List<UUID> nodes) {
    int settled = 0;
    for (UUID node : nodes) {
      while (true) {
        List<AiRequestsRecord> lines =
            database.read(
                sql ->
                    sql.selectFrom(AI_REQUESTS)
                        .where(AI_REQUESTS.NODE_ID.eq(node))
                        .and(AI_REQUESTS.FINISHED_AT.isNull())
                        .limit(PAGE)
                        .fetch());
        if (lines.isEmpty()) {
          break;
        }
        List<LedgerEntry.Settle> entries = new ArrayList<>(lines.size());
        for (AiRequestsRecord line : lines) {
          LedgerEntry.Settle entry =
              new LedgerEntry.Settle(
                  line(line),
                  interrupted(
                      line.getPriceId(),
                      line.getStartedAt(),
                      line.getHeldNanos(),
                      clock.instant()));
          entries.add(entry);
          if (!writer.test(entry)) {
            return settled;
          }
        }
        for (LedgerEntry.Settle entry : entries) {
          settled += entry.done.join() ? 1 : 0;
        }
      }
    }
    return settled;
  }

  /**
   * Ends an intent at no cost, if it was written; waits for the database to come back. Looks twice,
   * for a commit whose connection broke may still be under way in the server.
   */
  void release(UUID id) throws InterruptedException {
    int looked = 0;
    while (looked < RELEASE_LOOKS) {
      Thread.sleep(Duration.ofSeconds(1));
      try {
        AiRequestsRecord line =
            database.read(
                sql -> sql.selectFrom(AI_REQUESTS).where(AI_REQUESTS.ID.eq(id)).fetchOne());
        looked = line == null ? looked + 1 : RELEASE_LOOKS;
        if (line != null && line.getFinishedAt() == null) {
          LedgerEntry.Settle entry =
              new LedgerEntry.Settle(
                  line(line),
                  ended(
                      line,
                      Cost.NONE,
                      "not_sent",
                      "the intent's commit was in doubt; the upstream was not called"));
          if (writer.test(entry)) {
            entry.done.join();
          }
        }
      } catch (ProblemException e) {
        looked = 0;
        LOG.log(Level.DEBUG, "the database is still away: {0}", e.getMessage());
      }
    }
  }

  private Outcome ended(AiRequestsRecord line, Cost cost, String code, String message) {
    return ended(line.getPriceId(), line.getStartedAt(), cost, code, message, clock.instant());
  }

  /** The end of a call that was begun on a server which died: nobody is left who saw more. */
  static Outcome interrupted(UUID price, Instant startedAt, long heldNanos, Instant now) {
    return ended(
        price,
        startedAt,
        new Cost(0, heldNanos, heldNanos),
        "interrupted",
        "the server died while the call ran",
        now);
  }

  private static Outcome ended(
      UUID price, Instant startedAt, Cost cost, String code, String message, Instant now) {
    return Outcome.unseen(
        price, cost, code, message, Math.max(0, ChronoUnit.MICROS.between(startedAt, now)), now);
  }

  /** An open line as its settlement must know it. */
  static LedgerEntry.Line line(AiRequestsRecord row) {
    List<String> tags = new ArrayList<>();
    row.getTags().forEach(tag -> tags.add(tag.asText()));
    List<UUID> periods = new ArrayList<>();
    for (JsonNode period : row.getBudgetPeriodIds()) {
      periods.add(UUID.fromString(period.asText()));
    }
    return new LedgerEntry.Line(
        row.getId(),
        row.getParentId() == null ? row.getId() : row.getParentId(),
        new Subjects(
            row.getTenantId(),
            row.getUserId(),
            row.getApiKeyId(),
            row.getServiceConfigId(),
            row.getAgentId(),
            row.getProvider(),
            row.getModel(),
            tags),
        TaskType.valueOf(row.getTaskType()),
        RequestType.valueOf(row.getRequestType()),
        row.getStartedAt(),
        row.getHeldNanos(),
        periods);
  }
}
