package dev.ledgerstone.records.query;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row that was found or written.
 *
 * @param key its primary key
 * @param image its columns as they stand; null: not read, since it is one of many
 */
public record Row(UUID key, @Nullable ObjectNode image) {
  /** Empty where the row was not read, or its table keeps none. */
  public OptionalLong version() {
    return image != null && image.path("version").isIntegralNumber()
        ? OptionalLong.of(image.path("version").longValue())
        : OptionalLong.empty();
  }
}
