package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.CONTENT_SYNCS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.ContentSyncsRecord;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How far an import is: a row of {@code content_syncs}, moved in the transaction of the records
 * that it counts. Each record is counted once: taken in, there already, or rejected.
 */
final class Checkpoint {
  private static final String RUNNING = "RUNNING";

  private final UUID id;
  private final Actor actor;
  private long taken;
  private long skipped;
  private long rejected;

  private Checkpoint(UUID id, Actor actor, long taken, long skipped, long rejected) {
    this.id = id;
    this.actor = actor;
    this.taken = taken;
    this.skipped = skipped;
    this.rejected = rejected;
  }

  /**
   * That of an import that was begun before and did not end, else a new one.
   *
   * @param checksum of the file, the table and the mapping: the same is the same import
   * @param again whether one that came to its end is done once more
   */
  static Checkpoint open(
      DSLContext sql,
      Actor actor,
      String source,
      String table,
      String checksum,
      boolean again,
      Instant now) {
    ContentSyncsRecord last =
        sql.selectFrom(CONTENT_SYNCS)
            .where(CONTENT_SYNCS.TENANT_ID.eq(actor.tenant()))
            .and(CONTENT_SYNCS.CHECKSUM.eq(checksum))
            .and(CONTENT_SYNCS.DIRECTION.eq("IN"))
            .orderBy(CONTENT_SYNCS.CREATED_AT.desc(), CONTENT_SYNCS.ID.desc())
            .limit(1)
            .fetchOne();
    if (last != null && last.getStatus().equals(RUNNING)) {
      return new Checkpoint(
          last.getId(),
          actor,
          last.getCreatedCount(),
          last.getSkippedCount(),
          last.getFailedCount());
    }
    if (last != null && !again) {
      throw new RequestProblem.Conflict(
              "this file was imported already, at " + last.getFinishedAt(),
              "import it a second time with --again")
          .exception();
    }
    ContentSyncsRecord row = sql.newRecord(CONTENT_SYNCS);
    row.setId(Ids.next());
    row.setTenantId(actor.tenant());
    row.setDirection("IN");
    row.setSource(source);
    row.setEntityKind(table);
    row.setStatus(RUNNING);
    row.setChecksum(checksum);
    row.setStartedAt(now);
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.setCreatedBy(actor.user());
    row.insert();
    return new Checkpoint(row.getId(), actor, 0, 0, 0);
  }

  /** Records that are behind it. */
  long position() {
    return taken + skipped + rejected;
  }

  long taken() {
    return taken;
  }

  long skipped() {
    return skipped;
  }

  long rejected() {
    return rejected;
  }

  /** What a transaction moved, once it was committed. */
  void moved(long moreTaken, long moreSkipped, long moreRejected) {
    taken += moreTaken;
    skipped += moreSkipped;
    rejected += moreRejected;
  }

  /** Moves on, in the transaction of the records. */
  void move(DSLContext sql, long moreTaken, long moreSkipped, long moreRejected, Instant now) {
    int found =
        sql.update(CONTENT_SYNCS)
            .set(CONTENT_SYNCS.CREATED_COUNT, taken + moreTaken)
            .set(CONTENT_SYNCS.SKIPPED_COUNT, skipped + moreSkipped)
            .set(CONTENT_SYNCS.FAILED_COUNT, rejected + moreRejected)
            .set(CONTENT_SYNCS.UPDATED_AT, now)
            .where(CONTENT_SYNCS.ID.eq(id))
            .and(CONTENT_SYNCS.TENANT_ID.eq(actor.tenant()))
            .and(CONTENT_SYNCS.STATUS.eq(RUNNING))
            .and(CONTENT_SYNCS.CREATED_COUNT.eq(taken))
            .and(CONTENT_SYNCS.SKIPPED_COUNT.eq(skipped))
            .and(CONTENT_SYNCS.FAILED_COUNT.eq(rejected))
            .execute();
    if (found == 0) {
      throw new RequestProblem.Conflict(
              "somebody else imports the same file", "let one of the two come to its end")
          .exception();
    }
  }

  /** Ends, and writes the import into the log: one entry, and the event of it. */
  void finish(DSLContext sql, @Nullable String letters, Instant now) {
    ContentSyncsRecord row =
        sql.fetchSingle(
            CONTENT_SYNCS, CONTENT_SYNCS.ID.eq(id).and(CONTENT_SYNCS.TENANT_ID.eq(actor.tenant())));
    row.setStatus(rejected == 0 ? "COMPLETED" : "PARTIAL");
    row.setFinishedAt(now);
    row.setUpdatedAt(now);
    if (letters != null) {
      ArrayNode errors = RecordReader.MAPPER.createArrayNode();
      errors.addObject().put("entity", letters).put("error", rejected + " records were rejected");
      row.setErrors(errors);
    }
    row.update();
    Audit.inserted(sql, actor, CONTENT_SYNCS, id, now);
  }
}
