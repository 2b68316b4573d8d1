package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.gateway.client.responses.CompactionFormat;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What requests for responses name in place of saying it: responses before them, conversations,
 * items that were said elsewhere, and what stands sealed for a conversation that became too long.
 */
final class ResponseDesk {
  private final ResponseStore store;
  private final ConversationStore conversations;
  private final RunStore runs;
  private final Vault vault;

  ResponseDesk(ResponseStore store, ConversationStore conversations, RunStore runs, Vault vault) {
    this.store = store;
    this.conversations = conversations;
    this.runs = runs;
    this.vault = vault;
  }

  /**
   * A request that names no items.
   *
   * @param body the client's own bytes, where it named none
   * @param history what was said before; null: nothing
   */
  record Prepared(byte[] body, ObjectNode tree, ResponseStore.@Nullable History history) {
    List<JsonNode> earlier() {
      return history == null ? List.of() : history.items();
    }

    @Nullable UUID followed() {
      return history == null ? null : history.last();
    }
  }

  /**
   * Looks up what a request names.
   *
   * @throws ProblemException if it is not there, or not the caller's
   */
  Prepared prepare(byte[] body, ObjectNode tree, Caller caller) {
    ObjectNode told = told(tree, caller);
    return told == null
        ? new Prepared(body, tree, history(tree, caller))
        : new Prepared(Json.bytes(told), told, history(told, caller));
  }

  // ---- items

  /** The same with what its items name; null: they name nothing. */
  private @Nullable ObjectNode told(ObjectNode tree, Caller caller) {
    if (!(tree.path("input") instanceof ArrayNode input)) {
      return null;
    }
    List<String> names = new ArrayList<>();
    boolean isTold = true;
    for (JsonNode item : input) {
      if (isReference(item)) {
        names.add(item.path("id").asText());
      }
      isTold &= !isReference(item) && !isSealed(item);
    }
    if (isTold) {
      return null;
    }
    Map<String, ObjectNode> found = names.isEmpty() ? Map.of() : store.items(caller, names);
    ArrayNode items = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < input.size(); i++) {
      JsonNode item = input.get(i);
      if (isReference(item)) {
        String name = item.path("id").asText();
        ObjectNode said = found.get(name);
        if (said == null) {
          throw new RequestProblem.NotFound("item", name).exception();
        }
        items.add(said);
      } else {
        items.add(isSealed(item) ? opened(item, "input[" + i + "]", caller) : item);
      }
    }
    ObjectNode told = tree.deepCopy();
    told.set("input", items);
    return told;
  }

  /** Its type may be left out: then nothing but the id is said. */
  private static boolean isReference(JsonNode item) {
    return item.hasNonNull("type")
        ? item.path("type").asText().equals("item_reference")
        : item.path("id").isTextual() && !item.has("role");
  }

  private static boolean isSealed(JsonNode item) {
    return item.path("type").asText().equals("compaction");
  }

  private ObjectNode opened(JsonNode item, String field, Caller caller) {
    try {
      return CompactionFormat.opened(
          vault.open(item.path("encrypted_content").asText(), purpose(caller)));
    } catch (ProblemException e) {
      throw invalid(
          field + ".encrypted_content",
          "the item was not made here, or not for this tenant",
          "send it as /v1/responses/compact gave it");
    }
  }

  /** Seals what only the caller's tenant can send again. */
  String seal(String summary, Caller caller) {
    return vault.seal(summary, purpose(caller));
  }

  private static String purpose(Caller caller) {
    return "responses.compaction:" + caller.tenant().id();
  }

  // ---- what was said before

  /** Up to the response that is named, or in the conversation. */
  private ResponseStore.@Nullable History history(ObjectNode tree, Caller caller) {
    String previous = text(tree.path("previous_response_id"), "previous_response_id", "a response");
    JsonNode named = tree.path("conversation");
    String conversation =
        text(named.isObject() ? named.path("id") : named, "conversation", "a conversation");
    if (conversation == null) {
      return previous == null ? null : before(previous, caller);
    }
    if (previous != null) {
      throw invalid(
          "conversation",
          "conversation stands beside previous_response_id",
          "send one of them: either says what was said before");
    }
    if (tree.path("store").isBoolean() && !tree.path("store").asBoolean()) {
      throw invalid(
          "store",
          "store is false, and a conversation keeps what is said in it",
          "leave out store, or the conversation");
    }
    return conversations.history(caller, conversation);
  }

  private ResponseStore.History before(String previous, Caller caller) {
    UUID id = ResponsesFormat.id(previous);
    try {
      return store.history(caller, previous);
    } catch (ProblemException e) {
      if (id == null || runs.find(caller, id) == null) {
        throw e;
      }
      throw invalid(
          "previous_response_id",
          "the response " + previous + " was not answered, or is not yet",
          "wait until its status is completed");
    }
  }

  private static @Nullable String text(JsonNode value, String field, String of) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw invalid(field, field + " must be a string", "send the id of " + of);
    }
    return value.asText();
  }

  static RuntimeException invalid(String field, String detail, String hint) {
    return new RequestProblem.Invalid(field, detail, hint).exception();
  }
}
