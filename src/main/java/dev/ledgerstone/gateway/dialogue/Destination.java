package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.Nullable;

/**
 * Where a request goes.
 *
 * @param kind the provider's: OPENAI, ANTHROPIC, …
 * @param model as the upstream names it
 * @param limit tokens of each output that must be sent, because a budget affords no more or because
 *     the client set it; null: none need be
 * @param most tokens of each output that were reserved, for formats that demand a limit
 */
public record Destination(String kind, String model, @Nullable Integer limit, int most) {
  /** The limit, where the format demands one. */
  public int demandedLimit() {
    return limit == null ? most : limit;
  }
}
