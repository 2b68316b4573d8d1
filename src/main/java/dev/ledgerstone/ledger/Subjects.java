package dev.ledgerstone.ledger;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whom and what a call's cost falls on: what budgets are matched against.
 *
 * @param apiKey null for a call by session
 * @param service null for a model that was named directly
 * @param tags from {@code x-budget-tags}
 * @param promptVersion the version of the prompt that the call named; no budget is matched by it
 */
public record Subjects(
    UUID tenant,
    UUID user,
    @Nullable UUID apiKey,
    @Nullable UUID service,
    @Nullable UUID agent,
    String provider,
    String model,
    List<String> tags,
    @Nullable UUID promptVersion) {
  public Subjects(
      UUID tenant,
      UUID user,
      @Nullable UUID apiKey,
      @Nullable UUID service,
      @Nullable UUID agent,
      String provider,
      String model,
      List<String> tags) {
    this(tenant, user, apiKey, service, agent, provider, model, tags, null);
  }

  public Subjects {
    tags = List.copyOf(tags);
  }
}
