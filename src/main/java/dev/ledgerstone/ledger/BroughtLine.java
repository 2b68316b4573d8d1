package dev.ledgerstone.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A call that another gateway has made and paid for, to be brought into the ledger.
 *
 * @param id made of what the other gateway calls it: brought twice, it is there once
 * @param user to whom it is put down
 * @param costNanos what the other gateway says that it cost
 * @param inputNanos the input's share of it
 * @param firstTokenMicros null: nobody knows
 * @param tags beside those that say where the line comes from
 */
public record BroughtLine(
    UUID id,
    UUID tenant,
    UUID user,
    String provider,
    String model,
    String requestedModel,
    RequestType type,
    RequestStatus status,
    boolean isStream,
    boolean isCacheHit,
    long inputTokens,
    long outputTokens,
    long cachedTokens,
    long costNanos,
    long inputNanos,
    @Nullable Long firstTokenMicros,
    long totalMicros,
    List<String> tags,
    String upstreamId,
    @Nullable String ip,
    Instant startedAt,
    Instant finishedAt) {
  public BroughtLine {
    tags = List.copyOf(tags);
  }

  Rollup.Line sums() {
    return new Rollup.Line(
        tenant,
        user,
        Rollup.NONE,
        Rollup.NONE,
        provider,
        model,
        TaskType.GENERAL,
        status,
        type.endpoint(),
        startedAt,
        inputTokens,
        outputTokens,
        costNanos,
        totalMicros,
        isCacheHit,
        0);
  }
}
