package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;

import dev.ledgerstone.access.Sight;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;

/** Reads the ledger's lines back. */
final class LedgerReader {
  /** What was said, as far as it was kept. */
  record Bodies(@Nullable String input, @Nullable String output, boolean isRedacted) {}

  private LedgerReader() {}

  /** Lines, newest first, behind an id. */
  static Select<AiRequestsRecord> lines(
      DSLContext sql, Sight sight, Condition filter, Optional<UUID> before, int limit) {
    Condition where = visible(sight).and(filter);
    return sql.selectFrom(AI_REQUESTS)
        .where(before.map(id -> where.and(AI_REQUESTS.ID.lt(id))).orElse(where))
        .orderBy(AI_REQUESTS.ID.desc())
        .limit(limit);
  }

  static Optional<AiRequestsRecord> line(DSLContext sql, Sight sight, UUID id) {
    return sql.selectFrom(AI_REQUESTS)
        .where(visible(sight))
        .and(AI_REQUESTS.ID.eq(id))
        .fetchOptional();
  }

  /** The attempts behind a call's first one, in their order. */
  static Select<AiRequestsRecord> later(DSLContext sql, Dialect dialect, Sight sight, UUID root) {
    return sql.selectFrom(AI_REQUESTS)
        .where(sight.rows(dialect.filterOnly(AI_REQUESTS.TENANT_ID), AI_REQUESTS.USER_ID))
        .and(AI_REQUESTS.PARENT_ID.eq(root))
        .orderBy(AI_REQUESTS.ID);
  }

  /** Those that retention is late to remove count as gone. */
  static Optional<Bodies> bodies(DSLContext sql, UUID tenant, List<UUID> lines, Instant now) {
    return sql.selectFrom(AI_REQUEST_BODIES)
        .where(AI_REQUEST_BODIES.TENANT_ID.eq(tenant))
        .and(AI_REQUEST_BODIES.REQUEST_ID.in(lines))
        .and(AI_REQUEST_BODIES.EXPIRES_AT.gt(now))
        .orderBy(AI_REQUEST_BODIES.REQUEST_ID.desc())
        .limit(1)
        .fetchOptional(row -> new Bodies(row.getInput(), row.getOutput(), row.getIsRedacted()));
  }

  private static Condition visible(Sight sight) {
    return sight.rows(AI_REQUESTS.TENANT_ID, AI_REQUESTS.USER_ID);
  }
}
