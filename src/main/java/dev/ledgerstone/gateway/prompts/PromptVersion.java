package dev.ledgerstone.gateway.prompts;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A prompt's text at one version; a row of {@code prompt_versions}.
 *
 * @param body plain text, which becomes a system message, or a JSON array of messages; {@code
 *     {{name}}} stands for a variable
 */
public record PromptVersion(
    UUID id, int number, String body, List<Variable> variables, Set<String> labels) {
  /**
   * A variable.
   *
   * @param fallback what it is where a request leaves it out; null: it must be given
   */
  public record Variable(String name, @Nullable String fallback) {}
}
