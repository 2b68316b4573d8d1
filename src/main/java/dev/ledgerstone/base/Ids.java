package dev.ledgerstone.base;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then a counter, then chance.
 *
 * <p>Time-ordered ids keep inserts at the right edge of every index: random ones halved the
 * ledger's rate (the spike in docs/performance.md). Ids are not secrets; keys and tokens come from
 * {@link #secureRandom()}.
 */
public final class Ids {
  private static final long MIN_UUID_VARIANT = 0x8000_0000_0000_0000L;
  private static final SecureRandom SECURE = new SecureRandom();

  /**
   * Milliseconds in the upper 48 bits, a 12 bit counter below: rises by at least one with every id.
   */
  private static final AtomicLong LAST = new AtomicLong();

  private Ids() {}

  /** A new id, greater than every id that this process made before. */
  public static UUID next() {
    long now = System.currentTimeMillis() << 12;
    long stamp = LAST.updateAndGet(last -> Math.max(last + 1, now));
    Random random = ThreadLocalRandom.current();
    return of(stamp >>> 12, stamp & 0xFFF, random.nextLong());
  }

  /** The lowest id of a moment: where a partition or a page of that moment begins. */
  public static UUID lowest(Instant at) {
    return of(at.toEpochMilli(), 0, 0);
  }

  /** A new id of a moment that has passed: of a row that is brought along. */
  public static UUID at(Instant at) {
    Random random = ThreadLocalRandom.current();
    return of(at.toEpochMilli(), random.nextInt() & 0xFFF, random.nextLong());
  }

  /** When an id of version 7 was made, to the millisecond. */
  public static Instant time(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
  }

  /** Chance for secrets. */
  public static SecureRandom secureRandom() {
    return SECURE;
  }

  private static UUID of(long millis, long counter, long random) {
    return new UUID((millis << 16) | 0x7000L | counter, MIN_UUID_VARIANT | (random >>> 2));
  }
}
