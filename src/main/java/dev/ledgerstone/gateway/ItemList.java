package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/** A page of items, as OpenAI lists them: {@code limit}, {@code order}, {@code after}. */
final class ItemList {
  private static final int MOST = 100;
  private static final int USUAL = 20;

  private ItemList() {}

  /**
   * Sends the page that a request asks for.
   *
   * @param items all of them, oldest first
   */
  static void send(ServerRequest request, ServerResponse response, List<ObjectNode> items) {
    boolean isRising = request.query().first("order").orElse("desc").equals("asc");
    List<ObjectNode> ordered = isRising ? items : items.reversed();
    int from = from(request, ordered);
    int to = Math.min(ordered.size(), from + limit(request));
    Json.send(response, list(ordered.subList(from, to), to < ordered.size()));
  }

  static ObjectNode list(List<ObjectNode> page, boolean hasMore) {
    ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = list.putArray("data");
    page.forEach(data::add);
    list.put("first_id", page.isEmpty() ? null : page.getFirst().path("id").asText());
    list.put("last_id", page.isEmpty() ? null : page.getLast().path("id").asText());
    return list.put("has_more", hasMore);
  }

  private static int from(ServerRequest request, List<ObjectNode> ordered) {
    String after = request.query().first("after").orElse(null);
    if (after == null) {
      return 0;
    }
    for (int i = 0; i < ordered.size(); i++) {
      if (ordered.get(i).path("id").asText().equals(after)) {
        return i + 1;
      }
    }
    throw new RequestProblem.Invalid(
            "after", "after names no item of this list", "send the last_id of the page before")
        .exception();
  }

  private static int limit(ServerRequest request) {
    String text = request.query().first("limit").orElse(null);
    if (text == null) {
      return USUAL;
    }
    if (!text.matches("[1-9][0-9]{0,2}") || Integer.parseInt(text) > MOST) {
      throw new RequestProblem.Invalid(
              "limit", "limit must be a whole number from 1 to " + MOST, "send such a number")
          .exception();
    }
    return Integer.parseInt(text);
  }
}
