package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.MessagesRecord;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Items of the Responses API as rows of {@code messages}: a row for each item of an input, and one
 * for a whole response, whose id is the response's.
 */
final class ItemRows {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Of an item: that of its row, and its place where a row holds several. */
  private static final Pattern NAME = Pattern.compile("[a-z]{2,8}_([0-9a-f]{32})(?:[0-9]{2})?");

  private ItemRows() {}

  /**
   * Where a conversation ends.
   *
   * @param last its last message; null: it has none
   */
  record End(@Nullable UUID last, long sequence) {
    /** The same, to go on from a message of its middle; null: from its end. */
    End followed(@Nullable UUID message) {
      return message == null ? this : new End(message, sequence);
    }
  }

  /** The end of a conversation; keeps others from adding to it until this is committed. */
  static End end(DSLContext sql, Caller caller, UUID conversation, Instant now) {
    UUID tenant = caller.tenant().id();
    sql.update(CONVERSATIONS)
        .set(CONVERSATIONS.UPDATED_AT, now)
        .where(CONVERSATIONS.TENANT_ID.eq(tenant))
        .and(CONVERSATIONS.ID.eq(conversation))
        .execute();
    return sql.select(MESSAGES.ID, MESSAGES.SEQUENCE)
        .from(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(tenant))
        .and(MESSAGES.CONVERSATION_ID.eq(conversation))
        .orderBy(MESSAGES.SEQUENCE.desc())
        .limit(1)
        .fetchOptional(row -> new End(row.value1(), row.value2()))
        .orElse(new End(null, 0));
  }

  /**
   * Adds items, each of which follows the one before, and the response to them.
   *
   * @param said the response to them; null: none
   * @return the ids of their rows
   */
  static List<UUID> append(
      DSLContext sql,
      Caller caller,
      UUID conversation,
      End end,
      ArrayNode items,
      ResponseStore.@Nullable Said said,
      Instant now) {
    List<UUID> ids = new ArrayList<>();
    UUID parent = end.last;
    long sequence = end.sequence;
    for (JsonNode item : items) {
      UUID id = Ids.next();
      insert(sql, caller, conversation, new Row(id, ++sequence, parent, item, null), now);
      ids.add(id);
      parent = id;
    }
    UUID id = said == null ? null : ResponsesFormat.id(said.response().path("id").asText());
    if (said != null && id != null) {
      Row row = new Row(id, ++sequence, parent, said.response(), said.line());
      insert(sql, caller, conversation, row, now);
      ids.add(id);
    }
    return ids;
  }

  /**
   * @param line of a response, in the ledger; null: an item
   */
  private record Row(
      UUID id, long sequence, @Nullable UUID parent, JsonNode item, @Nullable UUID line) {
    boolean isResponse() {
      return line != null;
    }
  }

  private static void insert(
      DSLContext sql, Caller caller, UUID conversation, Row row, Instant now) {
    JsonNode usage = row.item.path("usage");
    sql.insertInto(MESSAGES)
        .set(MESSAGES.ID, row.id)
        .set(MESSAGES.TENANT_ID, caller.tenant().id())
        .set(MESSAGES.CONVERSATION_ID, conversation)
        .set(MESSAGES.SEQUENCE, row.sequence)
        .set(MESSAGES.ROLE, row.isResponse() ? "ASSISTANT" : role(row.item))
        .set(MESSAGES.CONTENT, row.isResponse() ? said(row.item) : parts(row.item))
        .set(MESSAGES.REQUEST_ID, row.line)
        .set(MESSAGES.INPUT_TOKENS, tokens(usage.path("input_tokens")))
        .set(MESSAGES.OUTPUT_TOKENS, tokens(usage.path("output_tokens")))
        .set(MESSAGES.PARENT_ID, row.parent)
        .set(MESSAGES.API_ITEM, row.item)
        .set(MESSAGES.CREATED_BY, caller.user())
        .set(MESSAGES.CREATED_AT, now)
        .set(MESSAGES.UPDATED_AT, now)
        .execute();
  }

  /** Whether a row holds a response: no item that a client sends has the name of its own row. */
  static boolean isResponse(UUID row, JsonNode item) {
    return row.equals(ResponsesFormat.id(item.path("id").asText()));
  }

  /** The row that holds an item; null: that is no item's name. */
  static @Nullable UUID row(String item) {
    Matcher name = NAME.matcher(item);
    return name.matches() ? uuid(name.group(1)) : null;
  }

  static UUID uuid(String digits) {
    return new UUID(
        Long.parseUnsignedLong(digits, 0, 16, 16), Long.parseUnsignedLong(digits, 16, 32, 16));
  }

  /** How the item of a row is named to clients. */
  static String name(UUID row) {
    return "item_" + row.toString().replace("-", "");
  }

  private static @Nullable Long tokens(JsonNode count) {
    return count.isNumber() ? (Long) count.longValue() : null;
  }

  private static String role(JsonNode item) {
    return switch (item.path("type").asText("message")) {
      case "function_call", "reasoning" -> "ASSISTANT";
      case "function_call_output" -> "TOOL";
      default -> item.path("role").asText("user").toUpperCase(Locale.ROOT);
    };
  }

  /** An item in the words of {@code messages.content}. */
  private static ArrayNode parts(JsonNode item) {
    ArrayNode parts = JSON.arrayNode();
    String type = item.path("type").asText("message");
    JsonNode content =
        type.equals("function_call_output") ? item.path("output") : item.path("content");
    if (type.equals("function_call") || type.equals("reasoning")) {
      parts.add(item);
    } else if (content.isTextual()) {
      parts.addObject().put("type", "text").put("text", content.asText());
    } else {
      content.forEach(part -> parts.add(plain(part)));
    }
    return parts;
  }

  private static JsonNode plain(JsonNode part) {
    return part.has("text")
        ? JSON.objectNode().put("type", "text").put("text", part.path("text").asText())
        : part;
  }

  /** All that a response says, in the words of {@code messages.content}. */
  static ArrayNode said(JsonNode response) {
    ArrayNode parts = JSON.arrayNode();
    response.path("output").forEach(item -> parts.addAll(parts(item)));
    return parts;
  }

  // ---- rows as items

  /** What a message says as items, each with its name, oldest first. */
  static List<ObjectNode> items(MessagesRecord row) {
    JsonNode kept = row.getApiItem();
    List<ObjectNode> items = new ArrayList<>();
    if (kept == null) {
      return ofChat(row);
    }
    if (isResponse(row.getId(), kept)) {
      kept.path("output").forEach(item -> items.add((ObjectNode) item));
    } else {
      ObjectNode item = ((ObjectNode) kept).deepCopy();
      if (!item.has("type")) {
        item.put("type", "message");
      }
      JsonNode content = item.path("content");
      if (content.isTextual()) {
        String kind = item.path("role").asText().equals("assistant") ? "output" : "input";
        item.putArray("content")
            .addObject()
            .put("type", kind + "_text")
            .put("text", content.asText());
      }
      items.add(item.put("id", name(row.getId())).put("status", "completed"));
    }
    return items;
  }

  /** Of a turn that came by chat completions or Messages: {@code messages.content}, read back. */
  private static List<ObjectNode> ofChat(MessagesRecord row) {
    boolean isAnswer = row.getRole().equals("ASSISTANT");
    List<ObjectNode> items = new ArrayList<>();
    ArrayNode content = JSON.arrayNode();
    StringBuilder words = new StringBuilder();
    String result = null;
    for (JsonNode part : row.getContent()) {
      switch (part.path("type").asText()) {
        case "text" -> {
          String text = part.path("text").asText();
          words.append(text);
          content
              .addObject()
              .put("type", isAnswer ? "output_text" : "input_text")
              .put("text", text);
        }
        case "refusal" -> content.add(part);
        case "image_url" ->
            content
                .addObject()
                .put("type", "input_image")
                .put("image_url", part.path("image_url").path("url").asText());
        case "tool_calls" -> {
          for (JsonNode call : part.path("tool_calls")) {
            items.add(
                JSON.objectNode()
                    .put("type", "function_call")
                    .put("call_id", call.path("id").asText())
                    .put("name", call.path("function").path("name").asText())
                    .put("arguments", call.path("function").path("arguments").asText()));
          }
        }
        case "tool_call_id" -> result = part.path("tool_call_id").asText();
        default -> {
          // What the Responses API has no item for.
        }
      }
    }
    if (result != null) {
      items.add(
          JSON.objectNode()
              .put("type", "function_call_output")
              .put("call_id", result)
              .put("output", words.toString()));
    } else if (!content.isEmpty()) {
      String role = row.getRole().toLowerCase(Locale.ROOT);
      ObjectNode message = JSON.objectNode().put("type", "message").put("role", role);
      message.set("content", content);
      items.addFirst(message);
    }
    for (int i = 0; i < items.size(); i++) {
      String place = items.size() == 1 ? "" : "%02d".formatted(i);
      items.get(i).put("id", name(row.getId()) + place).put("status", "completed");
    }
    return items;
  }
}
