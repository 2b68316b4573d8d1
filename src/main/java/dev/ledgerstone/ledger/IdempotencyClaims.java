package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jspecify.annotations.Nullable;

/**
 * Idempotency-Keys of what is kept elsewhere than in the ledger and made later, such as a response
 * in the background: claimed in the transaction that keeps it. Those of calls are {@link
 * IdempotencyRows}; both are rows of one table, so that a key that was used for one is used up for
 * the other.
 */
public final class IdempotencyClaims {
  /** Tells such a row from that of a call that still runs: it is answered by what is kept. */
  private static final int KEPT = 200;

  private IdempotencyClaims() {}

  /**
   * Claims a key.
   *
   * @param made what the key is to stand for
   * @return what it stands for already; null: for what is made now
   * @throws dev.ledgerstone.problem.ProblemException {@link LedgerProblem.KeyReused} if the key
   *     came with another body before
   */
  public static @Nullable UUID claim(
      DSLContext sql, UUID tenant, Intent.Idempotency wish, UUID made, Instant now) {
    while (!insert(sql, tenant, wish, made, now)) {
      Record3<UUID, String, Instant> earlier = earlier(sql, tenant, wish);
      if (earlier == null) {
        continue; // it expired meanwhile
      }
      if (earlier.value3().isBefore(now)) {
        sql.deleteFrom(IDEMPOTENCY_KEYS)
            .where(IDEMPOTENCY_KEYS.TENANT_ID.eq(tenant))
            .and(IDEMPOTENCY_KEYS.API_KEY_ID.eq(wish.apiKey()))
            .and(IDEMPOTENCY_KEYS.IDEMPOTENCY_KEY.eq(wish.key()))
            .execute();
      } else if (earlier.value2().equals(wish.bodyHash())) {
        return earlier.value1();
      } else {
        throw new LedgerProblem.KeyReused(earlier.value1()).exception();
      }
    }
    return null;
  }

  private static boolean insert(
      DSLContext sql, UUID tenant, Intent.Idempotency wish, UUID made, Instant now) {
    return sql.insertInto(IDEMPOTENCY_KEYS)
            .set(IDEMPOTENCY_KEYS.ID, Ids.next())
            .set(IDEMPOTENCY_KEYS.TENANT_ID, tenant)
            .set(IDEMPOTENCY_KEYS.API_KEY_ID, wish.apiKey())
            .set(IDEMPOTENCY_KEYS.IDEMPOTENCY_KEY, wish.key())
            .set(IDEMPOTENCY_KEYS.BODY_HASH, wish.bodyHash())
            .set(IDEMPOTENCY_KEYS.REQUEST_ID, made)
            .set(IDEMPOTENCY_KEYS.STATUS, KEPT)
            .set(IDEMPOTENCY_KEYS.EXPIRES_AT, wish.expiresAt())
            .set(IDEMPOTENCY_KEYS.CREATED_AT, now)
            .onConflict(
                IDEMPOTENCY_KEYS.TENANT_ID,
                IDEMPOTENCY_KEYS.API_KEY_ID,
                IDEMPOTENCY_KEYS.IDEMPOTENCY_KEY)
            .doNothing()
            .execute()
        == 1;
  }

  private static @Nullable Record3<UUID, String, Instant> earlier(
      DSLContext sql, UUID tenant, Intent.Idempotency wish) {
    return Dialect.locked(
            sql,
            sql.select(
                    IDEMPOTENCY_KEYS.REQUEST_ID,
                    IDEMPOTENCY_KEYS.BODY_HASH,
                    IDEMPOTENCY_KEYS.EXPIRES_AT)
                .from(IDEMPOTENCY_KEYS)
                .where(IDEMPOTENCY_KEYS.TENANT_ID.eq(tenant))
                .and(IDEMPOTENCY_KEYS.API_KEY_ID.eq(wish.apiKey()))
                .and(IDEMPOTENCY_KEYS.IDEMPOTENCY_KEY.eq(wish.key())))
        .fetchOne();
  }
}
