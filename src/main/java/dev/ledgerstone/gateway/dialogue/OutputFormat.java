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
      implements OutputFormat {
    /**
     * The schema with its name and its description in it, for formats that have them nowhere else.
     */
    public ObjectNode told() {
      boolean isNamed = name == null || schema.has("title");
      boolean isDescribed = description == null || schema.has("description");
      if (isNamed && isDescribed) {
        return schema;
      }
      ObjectNode told = schema.deepCopy();
      if (!isNamed) {
        told.put("title", name);
      }
      if (!isDescribed) {
        told.put("description", description);
      }
      return told;
    }
  }
}
