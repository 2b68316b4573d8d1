package dev.ledgerstone.chat;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.ConversationsRecord;
import dev.ledgerstone.db.schema.tables.records.MessagesRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** {@code /conversations/{id}/fork}: goes on from the middle of a talk in one of its own. */
public final class ConversationRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 16 << 10;

  private final Database database;
  private final Identity identity;
  private final Clock clock;

  public ConversationRoutes(Database database, Identity identity, Clock clock) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.post("/conversations/{id}/fork", this::fork);
  }

  private record Fork(ConversationsRecord conversation, int messages) {}

  private void fork(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_CONVERSATIONS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "conversation");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    UUID upTo = id(fields, "message_id");
    String title = fields.optionalText("title").orElse(null);
    fields.nothingElse();
    Fork made = database.write(sql -> fork(sql, sight, actor, caller.user(), id, upTo, title));
    JsonAnswer.created(
        response,
        "/rest/v1/conversations?id=eq." + made.conversation.getId(),
        json -> {
          Rows.fields(json, made.conversation);
          json.writeNumberField("messages", made.messages);
        });
  }

  private static UUID id(Fields fields, String name) {
    String text = fields.text(name);
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw fields.invalid(name, name + " is no UUID", "send the id of a message");
    }
  }

  private Fork fork(
      DSLContext sql,
      Sight sight,
      Actor actor,
      UUID user,
      UUID id,
      UUID upTo,
      @Nullable String title) {
    ConversationsRecord from =
        sql.selectFrom(CONVERSATIONS)
            .where(sight.rows(CONVERSATIONS.TENANT_ID, CONVERSATIONS.USER_ID))
            .and(CONVERSATIONS.ID.eq(id))
            .and(CONVERSATIONS.DELETED_AT.isNull())
            .fetchOne();
    if (from == null) {
      throw new RequestProblem.NotFound("conversation", id.toString()).exception();
    }
    List<MessagesRecord> path = path(sql, sight.tenant(), id, upTo);
    Instant now = clock.instant();
    ConversationsRecord made = new ConversationsRecord();
    made.setId(Ids.next());
    made.setTenantId(sight.tenant());
    made.setUserId(user);
    made.setTitle(title == null ? from.getTitle() : title);
    made.setServiceConfigId(from.getServiceConfigId());
    made.setAgentId(from.getAgentId());
    made.setSystemPrompt(from.getSystemPrompt());
    made.setTemperature(from.getTemperature());
    made.setStatus("ACTIVE");
    made.setIsPinned(false);
    made.setCreatedAt(now);
    made.setUpdatedAt(now);
    made.setCreatedBy(user);
    made.setVersion(1L);
    made.attach(sql.configuration());
    Audit.store(sql, actor, made, true, now);
    List<MessagesRecord> copies = new ArrayList<>();
    UUID parent = null;
    for (MessagesRecord message : path) {
      MessagesRecord copy = new MessagesRecord();
      copy.from(message);
      copy.setId(Ids.next());
      copy.setConversationId(made.getId());
      copy.setSequence(copies.size() + 1L);
      copy.setParentId(parent);
      copy.setCreatedAt(now);
      copy.setUpdatedAt(now);
      copy.setVersion(1L);
      // What it cost was paid in the talk that it comes from.
      copy.setCostNanos(null);
      copies.add(copy);
      parent = copy.getId();
    }
    sql.batchInsert(copies).execute();
    Conversations.tell(
        sql, sight.tenant(), "conversations.forked", made.getId(), copies.size(), now);
    return new Fork(made, copies.size());
  }

  /** From the talk's beginning to a message, by what each one answers. */
  private static List<MessagesRecord> path(
      DSLContext sql, UUID tenant, UUID conversation, UUID upTo) {
    Map<UUID, MessagesRecord> all = new HashMap<>();
    sql.selectFrom(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(tenant))
        .and(MESSAGES.CONVERSATION_ID.eq(conversation))
        .forEach(message -> all.put(message.getId(), message));
    List<MessagesRecord> path = new ArrayList<>();
    for (MessagesRecord at = all.get(upTo); at != null && path.size() <= all.size(); ) {
      path.addFirst(at);
      UUID parent = at.getParentId();
      at = parent == null ? null : all.get(parent);
    }
    if (path.isEmpty()) {
      throw new RequestProblem.NotFound("message", upTo.toString()).exception();
    }
    return path;
  }
}
