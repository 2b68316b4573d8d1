package dev.ledgerstone.ledger;

import java.util.List;
import java.util.UUID;

/**
 * An intent that is durable, and paid for in the worst case.
 *
 * @param outputTokens the most that the upstream may be allowed to make of each choice: what was
 *     asked, or less where a budget affords less
 * @param isClamped whether {@code outputTokens} must be sent upstream, because a budget counts on
 *     it
 * @param heldNanos the worst case
 * @param periods the budget periods that hold it
 */
public record Reservation(
    Intent intent, long outputTokens, boolean isClamped, long heldNanos, List<UUID> periods) {
  public Reservation {
    periods = List.copyOf(periods);
  }
}
