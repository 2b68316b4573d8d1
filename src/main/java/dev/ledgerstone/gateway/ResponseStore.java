package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.MessagesRecord;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Responses that can be named again, as turns of conversations.
 *
 * <p>A response is one message, and each item of its input one before it; each answers the one
 * before, so that two responses to the same one are branches. A user sees their own.
 */
final class ResponseStore {
  /**
   * What was said up to a response.
   *
   * @param items oldest first: inputs and outputs
   * @param last the message that is followed; null: whichever is the conversation's last one when
   *     the response is kept
   */
  record History(UUID conversation, List<JsonNode> items, @Nullable UUID last) {}

  private record Turn(@Nullable UUID parent, JsonNode item) {}

  private final Database database;
  private final Clock clock;

  ResponseStore(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** The response; 404 if there is none of that name. */
  JsonNode response(Caller caller, String name) {
    UUID id = id(name);
    return database.read(
        sql ->
            sql.select(MESSAGES.API_ITEM)
                .from(MESSAGES)
                .join(CONVERSATIONS)
                .on(CONVERSATIONS.ID.eq(MESSAGES.CONVERSATION_ID))
                .where(isOf(caller))
                .and(MESSAGES.ID.eq(id))
                .and(MESSAGES.API_ITEM.isNotNull())
                .fetchOptional(MESSAGES.API_ITEM)
                .orElseThrow(() -> notFound(name)));
  }

  /** What a call that continues a response sends before its own input. */
  History history(Caller caller, String name) {
    UUID id = id(name);
    return database.read(
        sql -> {
          UUID conversation = conversationOf(sql, caller, id, name);
          Map<UUID, Turn> turns = turns(sql, caller, conversation);
          List<JsonNode> items = new ArrayList<>();
          UUID at = id;
          while (at != null) {
            Turn turn = turns.get(at);
            if (turn == null) {
              break; // a turn that was deleted, or said by other means
            }
            JsonNode output = turn.item.path("output");
            if (ItemRows.isResponse(at, turn.item)) {
              List<JsonNode> said = new ArrayList<>();
              output.forEach(said::add);
              items.addAll(said.reversed());
            } else {
              items.add(turn.item);
            }
            at = turn.parent;
          }
          Collections.reverse(items);
          return new History(conversation, items, id);
        });
  }

  /** The items of a response's own input, oldest first, with their ids. */
  List<ObjectNode> inputItems(Caller caller, String name) {
    UUID id = id(name);
    return database.read(
        sql -> {
          UUID conversation = conversationOf(sql, caller, id, name);
          Map<UUID, Turn> turns = turns(sql, caller, conversation);
          List<ObjectNode> items = new ArrayList<>();
          UUID at = requireNonNull(turns.get(id)).parent;
          while (at != null) {
            Turn turn = turns.get(at);
            if (turn == null || ItemRows.isResponse(at, turn.item)) {
              break;
            }
            ObjectNode item = ((ObjectNode) turn.item).deepCopy();
            item.put("id", ItemRows.name(at));
            items.add(item);
            at = turn.parent;
          }
          return items.reversed();
        });
  }

  /**
   * Keeps a response.
   *
   * @param conversation to which it belongs; null: it begins one
   * @param followed the message that it follows; null: the conversation's last one
   */
  void keep(Caller caller, @Nullable UUID conversation, @Nullable UUID followed, Said said) {
    database.write(
        sql -> {
          keep(sql, caller, conversation, followed, said);
          return null;
        });
  }

  /** As above, with what else the transaction writes. */
  void keep(
      DSLContext sql,
      Caller caller,
      @Nullable UUID conversation,
      @Nullable UUID followed,
      Said said) {
    Instant now = clock.instant();
    UUID of = conversation == null ? begin(sql, caller, now) : conversation;
    ItemRows.End end = ItemRows.end(sql, caller, of, now);
    ItemRows.append(sql, caller, of, end.followed(followed), said.input, said, now);
  }

  /**
   * What a call brought.
   *
   * @param line of the ledger
   */
  record Said(ArrayNode input, ObjectNode response, UUID line) {}

  /** Items by their names, in whichever of the caller's conversations they are. */
  Map<String, ObjectNode> items(Caller caller, Collection<String> names) {
    Set<UUID> rows = new HashSet<>();
    for (String name : names) {
      UUID row = ItemRows.row(name);
      if (row != null) {
        rows.add(row);
      }
    }
    Map<String, ObjectNode> items = new HashMap<>();
    database
        .<List<MessagesRecord>>read(
            sql ->
                sql.select(MESSAGES.fields())
                    .from(MESSAGES)
                    .join(CONVERSATIONS)
                    .on(CONVERSATIONS.ID.eq(MESSAGES.CONVERSATION_ID))
                    .where(isOf(caller))
                    .and(MESSAGES.ID.in(rows))
                    .fetchInto(MESSAGES))
        .forEach(
            row -> ItemRows.items(row).forEach(item -> items.put(item.path("id").asText(), item)));
    return items;
  }

  /** Forgets a response and its input; what answers it later goes on without them. */
  void delete(Caller caller, String name) {
    UUID id = id(name);
    database.write(
        sql -> {
          UUID conversation = conversationOf(sql, caller, id, name);
          Map<UUID, Turn> turns = turns(sql, caller, conversation);
          List<UUID> own = new ArrayList<>(List.of(id));
          UUID at = requireNonNull(turns.get(id)).parent;
          while (at != null) {
            Turn turn = turns.get(at);
            if (turn == null || ItemRows.isResponse(at, turn.item)) {
              break;
            }
            own.add(at);
            at = turn.parent;
          }
          Condition theirs = MESSAGES.TENANT_ID.eq(caller.tenant().id()).and(MESSAGES.ID.in(own));
          if (turns.values().stream().anyMatch(turn -> id.equals(turn.parent))) {
            // A row that another answers stays, or the other would go with it.
            sql.update(MESSAGES)
                .set(MESSAGES.CONTENT, JsonNodeFactory.instance.arrayNode())
                .setNull(MESSAGES.API_ITEM)
                .set(MESSAGES.EDITED_AT, clock.instant())
                .where(theirs)
                .execute();
          } else {
            sql.deleteFrom(MESSAGES).where(theirs).execute();
          }
          return null;
        });
  }

  // ---- rows

  private static Condition isOf(Caller caller) {
    return MESSAGES
        .TENANT_ID
        .eq(caller.tenant().id())
        .and(CONVERSATIONS.TENANT_ID.eq(caller.tenant().id()))
        .and(CONVERSATIONS.USER_ID.eq(caller.user()))
        .and(CONVERSATIONS.DELETED_AT.isNull());
  }

  private static UUID conversationOf(DSLContext sql, Caller caller, UUID id, String name) {
    return sql.select(MESSAGES.CONVERSATION_ID)
        .from(MESSAGES)
        .join(CONVERSATIONS)
        .on(CONVERSATIONS.ID.eq(MESSAGES.CONVERSATION_ID))
        .where(isOf(caller))
        .and(MESSAGES.ID.eq(id))
        .and(MESSAGES.API_ITEM.isNotNull())
        .fetchOptional(MESSAGES.CONVERSATION_ID)
        .orElseThrow(() -> notFound(name));
  }

  private static Map<UUID, Turn> turns(DSLContext sql, Caller caller, UUID conversation) {
    Map<UUID, Turn> turns = new HashMap<>();
    sql.select(MESSAGES.ID, MESSAGES.PARENT_ID, MESSAGES.API_ITEM)
        .from(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(caller.tenant().id()))
        .and(MESSAGES.CONVERSATION_ID.eq(conversation))
        .and(MESSAGES.API_ITEM.isNotNull())
        .forEach(row -> turns.put(row.value1(), new Turn(row.value2(), row.value3())));
    return turns;
  }

  private static UUID id(String name) {
    UUID id = ResponsesFormat.id(name);
    if (id == null) {
      throw notFound(name);
    }
    return id;
  }

  private static UUID begin(DSLContext sql, Caller caller, Instant now) {
    UUID id = Ids.next();
    sql.insertInto(CONVERSATIONS)
        .set(CONVERSATIONS.ID, id)
        .set(CONVERSATIONS.TENANT_ID, caller.tenant().id())
        .set(CONVERSATIONS.USER_ID, caller.user())
        .set(CONVERSATIONS.CREATED_BY, caller.user())
        .set(CONVERSATIONS.CREATED_AT, now)
        .set(CONVERSATIONS.UPDATED_AT, now)
        .execute();
    return id;
  }

  private static RuntimeException notFound(String name) {
    return new RequestProblem.NotFound("response", name).exception();
  }
}
