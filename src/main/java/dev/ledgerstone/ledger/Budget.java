package dev.ledgerstone.ledger;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How much may be spent on what, in which time; a row of {@code budgets}.
 *
 * @param scope what the kind means: an id, a model's or a tag's name; empty for TENANT
 * @param period null: TOTAL, or CUSTOM when there is a start
 * @param start of a CUSTOM budget
 * @param end of a CUSTOM budget, exclusive
 * @param limitNanos of each period
 * @param alertPercents of the limit, rising
 * @param isHard whether a call whose worst case does not fit is refused
 */
public record Budget(
    UUID id,
    UUID tenant,
    String name,
    Scope kind,
    String scope,
    @Nullable PeriodKind period,
    @Nullable Instant start,
    @Nullable Instant end,
    long limitNanos,
    List<Integer> alertPercents,
    boolean isHard,
    ZoneId zone,
    boolean rollsOver,
    Instant createdAt) {
  /** What a budget is laid on. */
  public enum Scope {
    TENANT,
    USER,
    API_KEY,
    SERVICE,
    MODEL,
    AGENT,
    TAG,
    CUSTOM
  }

  /** A stretch of a budget's time; no end: for ever. */
  public record Span(Instant start, @Nullable Instant end) {}

  public Budget {
    alertPercents = alertPercents.stream().sorted().toList();
  }

  /** The stretch that holds a moment; null if the budget does not run then. */
  public @Nullable Span span(Instant at) {
    if (period != null) {
      Instant from = period.start(at, zone);
      return new Span(from, period.end(from, zone));
    }
    if (start == null) {
      return new Span(Instant.EPOCH, null);
    }
    return at.isBefore(start) || (end != null && !at.isBefore(end)) ? null : new Span(start, end);
  }
}
