package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Sha256;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * The sums that stand beside the ledger's lines: {@code cost_tracking}.
 *
 * <p>The writer adds a batch's lines to them, and {@link Reconciliation} all lines to fresh ones:
 * both by this code, so that they can only differ if a line was lost or counted twice.
 */
final class Rollup {
  /** Stands for what a call does not have: null would defeat the unique key. */
  static final UUID NONE = new UUID(0, 0);

  private static final long[] BUCKETS_MICROS = {
    100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000
  };

  private Rollup() {}

  /** What a finished line adds. */
  record Line(
      UUID tenant,
      UUID user,
      UUID apiKey,
      UUID service,
      String provider,
      String model,
      TaskType task,
      RequestStatus status,
      String endpoint,
      Instant startedAt,
      long inputTokens,
      long outputTokens,
      long costNanos,
      long totalMicros,
      boolean isCacheHit,
      long savedNanos) {
    Dimensions dimensions() {
      return new Dimensions(tenant, user, apiKey, service, provider, model, task, status, endpoint);
    }
  }

  /** What cost is told apart by, time aside. */
  record Dimensions(
      UUID tenant,
      UUID user,
      UUID apiKey,
      UUID service,
      String provider,
      String model,
      TaskType task,
      RequestStatus status,
      String endpoint) {
    long hash() {
      return high(
          Sha256.of(
              tenant + "|" + user + "|" + apiKey + "|" + service + "|" + task + "|" + status + "|"
                  + provider + "|" + model + "|" + endpoint));
    }
  }

  /** A row of {@code cost_tracking}. */
  record CostKey(PeriodKind kind, Instant start, Dimensions of) {
    static CostKey of(PeriodKind kind, Line line) {
      return new CostKey(kind, kind.start(line.startedAt, ZoneOffset.UTC), line.dimensions());
    }

    /**
     * The rows of one set of dimensions, of all kinds, lie side by side in the order of their ids:
     * what a call changes is on few pages.
     */
    UUID id() {
      return idOf(
          of.hash(),
          kind
              + "|"
              + start.getEpochSecond()
              + "|"
              + of.tenant
              + "|"
              + of.user
              + "|"
              + of.apiKey
              + "|"
              + of.service
              + "|"
              + of.task
              + "|"
              + of.status
              + "|"
              + of.provider
              + "|"
              + of.model
              + "|"
              + of.endpoint);
    }
  }

  /** What is summed. */
  static final class Sums {
    long requests;
    long successes;
    long inputTokens;
    long outputTokens;
    long costNanos;
    long latencyMicros;
    long cacheHits;
    long savedNanos;
    final long[] buckets = new long[BUCKETS_MICROS.length];

    void add(Line line) {
      requests++;
      if (line.status == RequestStatus.COMPLETED) {
        successes++;
      }
      inputTokens += line.inputTokens;
      outputTokens += line.outputTokens;
      costNanos += line.costNanos;
      latencyMicros += line.totalMicros;
      cacheHits += line.isCacheHit ? 1 : 0;
      savedNanos += line.savedNanos;
      for (int i = 0; i < BUCKETS_MICROS.length; i++) {
        if (line.totalMicros <= BUCKETS_MICROS[i]) {
          buckets[i]++;
          break;
        }
      }
    }

    void add(Sums other) {
      requests += other.requests;
      successes += other.successes;
      inputTokens += other.inputTokens;
      outputTokens += other.outputTokens;
      costNanos += other.costNanos;
      latencyMicros += other.latencyMicros;
      cacheHits += other.cacheHits;
      savedNanos += other.savedNanos;
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] += other.buckets[i];
      }
    }

    long failures() {
      return requests - successes;
    }
  }

  /** A UUIDv8 (RFC 9562, section 5.8): what it is sorted by, then 62 bits of a key's SHA-256. */
  private static UUID idOf(long high, String key) {
    byte[] hash = Sha256.of(key);
    return new UUID(
        (high & ~0xF000L) | 0x8000L,
        (ByteBuffer.wrap(hash).getLong(8) & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
  }

  private static long high(byte[] hash) {
    return ByteBuffer.wrap(hash).getLong();
  }
}
