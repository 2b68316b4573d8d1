package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.RequestProblem;
import java.util.Optional;
import java.util.UUID;

/** The cursor of lists that are sorted by id. */
public final class IdCursor {
  private IdCursor() {}

  /** The id behind which a page begins. */
  public static Optional<UUID> after(Lists.Page page) {
    return page.after()
        .map(
            key -> {
              try {
                return UUID.fromString(key.path("id").asText());
              } catch (IllegalArgumentException _) {
                throw new RequestProblem.Invalid(
                        "cursor",
                        "the cursor is another list's",
                        "give the next of an earlier page of this list")
                    .exception();
              }
            });
  }

  /** The key of a row. */
  public static ObjectNode key(UUID id) {
    return JsonNodeFactory.instance.objectNode().put("id", id.toString());
  }
}
