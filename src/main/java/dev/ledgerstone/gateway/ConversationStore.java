package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Change;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.ConversationsRecord;
import dev.ledgerstone.db.schema.tables.records.MessagesRecord;
import dev.ledgerstone.events.Outbox;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as OpenAI's Conversations API names them: the same rows that chats with {@code
 * x-conversation-id} and responses are kept in. A user sees their own.
 *
 * <p>Its items are those of the branch that was spoken last.
 */
final class ConversationStore {
  private static final String PREFIX = "conv_";

  private final Database database;
  private final Clock clock;

  ConversationStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** How a conversation is named to clients. */
  static String name(UUID conversation) {
    return PREFIX + conversation.toString().replace("-", "");
  }

  /** Begins one. */
  ConversationsRecord create(
      Caller caller, Actor actor, @Nullable ObjectNode metadata, ArrayNode items) {
    Instant now = clock.instant();
    return database.write(
        sql -> {
          ConversationsRecord made = new ConversationsRecord();
          made.setId(Ids.next());
          made.setTenantId(caller.tenant().id());
          made.setUserId(caller.user());
          made.setStatus("ACTIVE");
          made.setIsPinned(false);
          made.setMetadata(metadata);
          made.setCreatedAt(now);
          made.setUpdatedAt(now);
          made.setCreatedBy(caller.user());
          made.setVersion(1L);
          made.attach(sql.configuration());
          Audit.store(sql, actor, made, true, now);
          append(sql, caller, made.getId(), items, now);
          return made;
        });
  }

  ConversationsRecord find(Caller caller, String name) {
    return database.read(sql -> find(sql, caller, name));
  }

  /** Gives it other labels. */
  ConversationsRecord label(Caller caller, Actor actor, String name, ObjectNode metadata) {
    Instant now = clock.instant();
    return database.write(
        sql -> {
          ConversationsRecord found = find(sql, caller, name);
          found.setMetadata(metadata);
          found.setUpdatedAt(now);
          found.setVersion(found.getVersion() + 1);
          Audit.store(sql, actor, found, false, now);
          return found;
        });
  }

  /** Marks it as deleted, and with it all that was said in it. */
  void delete(Caller caller, Actor actor, String name) {
    Instant now = clock.instant();
    database.write(
        sql -> {
          ConversationsRecord found = find(sql, caller, name);
          found.setDeletedAt(now);
          found.setVersion(found.getVersion() + 1);
          Audit.store(sql, actor, found, false, now);
          return null;
        });
  }

  /** What was said, oldest first. */
  List<ObjectNode> items(Caller caller, String name) {
    return database.read(sql -> items(sql, caller, find(sql, caller, name).getId()));
  }

  /** What a response that is asked for in a conversation follows. */
  ResponseStore.History history(Caller caller, String name) {
    return database.read(
        sql -> {
          UUID conversation = find(sql, caller, name).getId();
          return new ResponseStore.History(
              conversation, List.copyOf(items(sql, caller, conversation)), null);
        });
  }

  /** Adds items at the end, and gives them with their names. */
  List<ObjectNode> add(Caller caller, String name, ArrayNode items) {
    Instant now = clock.instant();
    return database.write(
        sql -> {
          List<UUID> rows = append(sql, caller, find(sql, caller, name).getId(), items, now);
          List<ObjectNode> added = new ArrayList<>();
          for (UUID row : rows) {
            added.addAll(ItemRows.items(row(sql, caller, row)));
          }
          return added;
        });
  }

  /** Takes one item away; what follows it follows then what it followed. */
  ConversationsRecord remove(Caller caller, Actor actor, String name, String item) {
    Instant now = clock.instant();
    return database.write(
        sql -> {
          ConversationsRecord conversation = find(sql, caller, name);
          boolean isThere =
              items(sql, caller, conversation.getId()).stream()
                  .anyMatch(each -> each.path("id").asText().equals(item));
          UUID id = ItemRows.row(item);
          if (!isThere || id == null) {
            throw new RequestProblem.NotFound("item", item).exception();
          }
          MessagesRecord row = row(sql, caller, id);
          remove(sql, actor, row, item, now);
          return conversation;
        });
  }

  private static void remove(
      DSLContext sql, Actor actor, MessagesRecord row, String item, Instant now) {
    JsonNode kept = row.getApiItem();
    if (kept != null && ItemRows.isResponse(row.getId(), kept)) {
      ObjectNode response = kept.deepCopy();
      ArrayNode output = response.putArray("output");
      for (JsonNode each : kept.path("output")) {
        if (!each.path("id").asText().equals(item)) {
          output.add(each);
        }
      }
      row.setApiItem(response);
      row.setContent(ItemRows.said(response));
      row.setEditedAt(now);
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, false, now);
      return;
    }
    if (kept == null && ItemRows.items(row).size() > 1) {
      throw new RequestProblem.Invalid(
              "item_id",
              "the item is one of several of a message that came by another API",
              "change or delete the message at /rest/v1/messages")
          .exception();
    }
    for (MessagesRecord follower :
        sql.selectFrom(MESSAGES)
            .where(MESSAGES.TENANT_ID.eq(row.getTenantId()))
            .and(MESSAGES.PARENT_ID.eq(row.getId()))
            .orderBy(MESSAGES.ID)
            .fetch()) {
      follower.setParentId(row.getParentId());
      follower.setUpdatedAt(now);
      follower.setVersion(follower.getVersion() + 1);
      Audit.store(sql, actor, follower, false, now);
    }
    Audit.write(sql, actor, Change.deleted(MESSAGES, row.getId(), row), now);
    sql.deleteFrom(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(row.getTenantId()))
        .and(MESSAGES.ID.eq(row.getId()))
        .execute();
  }

  // ---- rows

  private static ConversationsRecord find(DSLContext sql, Caller caller, String name) {
    UUID id = id(name);
    return sql.selectFrom(CONVERSATIONS)
        .where(CONVERSATIONS.TENANT_ID.eq(caller.tenant().id()))
        .and(CONVERSATIONS.ID.eq(id))
        .and(CONVERSATIONS.USER_ID.eq(caller.user()))
        .and(CONVERSATIONS.DELETED_AT.isNull())
        .fetchOptional()
        .orElseThrow(() -> notFound(name));
  }

  /** The name, or the id that {@code x-conversation-id} has. */
  private static UUID id(String name) {
    String text = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name.replace("-", "");
    if (!text.matches("[0-9a-f]{32}")) {
      throw notFound(name);
    }
    return ItemRows.uuid(text);
  }

  private static RuntimeException notFound(String name) {
    return new RequestProblem.NotFound("conversation", name).exception();
  }

  private static MessagesRecord row(DSLContext sql, Caller caller, UUID id) {
    return sql.selectFrom(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(caller.tenant().id()))
        .and(MESSAGES.ID.eq(id))
        .fetchSingle();
  }

  /** Of the branch that ends in the last message. */
  private static List<ObjectNode> items(DSLContext sql, Caller caller, UUID conversation) {
    Map<UUID, MessagesRecord> rows = new HashMap<>();
    MessagesRecord last = null;
    for (MessagesRecord row :
        sql.selectFrom(MESSAGES)
            .where(MESSAGES.TENANT_ID.eq(caller.tenant().id()))
            .and(MESSAGES.CONVERSATION_ID.eq(conversation))
            .orderBy(MESSAGES.SEQUENCE)) {
      rows.put(row.getId(), row);
      last = row;
    }
    List<ObjectNode> items = new ArrayList<>();
    for (MessagesRecord row = last; row != null; ) {
      items.addAll(ItemRows.items(row).reversed());
      UUID parent = row.getParentId();
      row = parent == null ? null : rows.remove(parent);
    }
    return items.reversed();
  }

  private static List<UUID> append(
      DSLContext sql, Caller caller, UUID conversation, ArrayNode items, Instant now) {
    if (items.isEmpty()) {
      return List.of();
    }
    ItemRows.End end = ItemRows.end(sql, caller, conversation, now);
    List<UUID> rows = ItemRows.append(sql, caller, conversation, end, items, null, now);
    Outbox.append(
        sql,
        List.of(
            new Outbox.Event(
                caller.tenant().id(),
                "conversations.appended",
                CONVERSATIONS.getName(),
                conversation,
                JsonNodeFactory.instance.objectNode().put("messages", rows.size()))),
        now);
    return rows;
  }
}
