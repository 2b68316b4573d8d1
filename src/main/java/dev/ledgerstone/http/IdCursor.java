package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

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

  /**
   * Answers with a page.
   *
   * @param rows at most {@link Lists.Page#fetch} of them, in the order of their ids
   * @param fields writes the fields of one
   */
  public static <T> void send(
      ServerResponse response,
      Lists.Page page,
      List<T> rows,
      Lists.Row<T> fields,
      Function<T, UUID> id)
      throws IOException {
    Lists.send(
        response,
        page,
        rows.iterator(),
        (json, row) -> {
          json.writeStartObject();
          fields.write(json, row);
          json.writeEndObject();
        },
        row -> key(id.apply(row)));
  }

  /** The key of a row. */
  public static ObjectNode key(UUID id) {
    return JsonNodeFactory.instance.objectNode().put("id", id.toString());
  }
}
