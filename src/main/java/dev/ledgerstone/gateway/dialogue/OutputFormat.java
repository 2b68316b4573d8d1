package dev.ledgerstone.gateway.dialogue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** What an answer must look like. */
public sealed interface OutputFormat {
  /** Words, of whatever kind. */
  record Text() implements OutputFormat {}

  /** One JSON object, of whatever kind. */
  record Json() implements OutputFormat {}

  /**
   * JSON of a schema.
   *
   * @param name null: none was given
   */
  record Schema(
      @Nullable String name,
      @Nullable String description,
      ObjectNode schema,
      @Nullable Boolean isStrict)
      implements OutputFormat {}
}
