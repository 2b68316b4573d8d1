package dev.ledgerstone.gateway.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code agents}.
 *
 * @param service the name of the service that answers; null: {@code auto}
 * @param tools as OpenAI writes them; the only ones that its callers may use
 * @param maxOutputTokens the most that one answer may have; null: no bound of its own
 * @param maxCostNanos the most that one call may cost with all its attempts; null: no bound
 * @param maxSteps how often the agent may speak before a user speaks again; null: no bound
 */
public record Agent(
    UUID id,
    UUID tenant,
    String name,
    @Nullable String systemPrompt,
    @Nullable String service,
    JsonNode tools,
    @Nullable Double temperature,
    @Nullable Long maxOutputTokens,
    @Nullable Long maxCostNanos,
    @Nullable Long maxSteps) {
  /** Before an agent's name, where a request names it as its model. */
  public static final String PREFIX = "agent/";

  /** How {@code /v1/models} lists it. */
  public String modelName() {
    return PREFIX + name;
  }
}
