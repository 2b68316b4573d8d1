package dev.ledgerstone.chat;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.MessagesRecord;
import dev.ledgerstone.events.Outbox;
import dev.ledgerstone.gateway.ConversationDesk;
import dev.ledgerstone.problem.RequestProblem;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Keeps what is said in calls that name a conversation by {@code x-conversation-id}. */
public final class Conversations implements ConversationDesk {
  private static final Logger LOG = System.getLogger(Conversations.class.getName());

  private final Database database;
  private final Clock clock;

  public Conversations(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  @Override
  public Talk find(String named, Caller caller) {
    if (named.equalsIgnoreCase(NEW)) {
      return new Talk(Ids.next(), true);
    }
    UUID id;
    try {
      id = UUID.fromString(named);
    } catch (IllegalArgumentException e) {
      throw new RequestProblem.Invalid(
              "x-conversation-id",
              "the conversation's id is no UUID",
              "send the id of a conversation, or new")
          .exception(e);
    }
    UUID owner =
        database.read(
            sql ->
                sql.select(CONVERSATIONS.USER_ID)
                    .from(CONVERSATIONS)
                    .where(CONVERSATIONS.TENANT_ID.eq(caller.tenant().id()))
                    .and(CONVERSATIONS.ID.eq(id))
                    .and(CONVERSATIONS.DELETED_AT.isNull())
                    .fetchOne(CONVERSATIONS.USER_ID));
    if (owner == null
        || !(owner.equals(caller.user()) || caller.may(Permissions.WRITE_CONVERSATIONS, owner))) {
      throw new RequestProblem.NotFound("conversation", id.toString()).exception();
    }
    return new Talk(id, false);
  }

  @Override
  public void begin(Talk talk, Caller caller) {
    database.write(
        sql -> {
          begin(sql, talk, caller);
          return null;
        });
  }

  @Override
  public void begin(DSLContext sql, Talk talk, Caller caller) {
    UUID id = talk.id();
    UUID tenant = caller.tenant().id();
    UUID user = caller.user();
    Instant now = clock.instant();
    sql.insertInto(CONVERSATIONS)
        .set(CONVERSATIONS.ID, id)
        .set(CONVERSATIONS.TENANT_ID, tenant)
        .set(CONVERSATIONS.USER_ID, user)
        .set(CONVERSATIONS.CREATED_BY, user)
        .set(CONVERSATIONS.CREATED_AT, now)
        .set(CONVERSATIONS.UPDATED_AT, now)
        .execute();
    tell(sql, tenant, "conversations.inserted", id, 0, now);
  }

  @Override
  public void append(Said said) {
    try {
      database.write(sql -> append(sql, said));
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING,
          "what request {0} said could not be kept in its conversation: {1}",
          said.line(),
          e.getMessage());
    }
  }

  private int append(DSLContext sql, Said said) {
    // The conversation's row is changed first: calls of one conversation take turns at it.
    Instant now = clock.instant();
    int found =
        sql.update(CONVERSATIONS)
            .set(CONVERSATIONS.UPDATED_AT, now)
            .where(CONVERSATIONS.TENANT_ID.eq(said.tenant()))
            .and(CONVERSATIONS.ID.eq(said.conversation()))
            .and(CONVERSATIONS.DELETED_AT.isNull())
            .execute();
    if (found == 0) {
      return 0;
    }
    MessagesRecord last = last(sql, said.tenant(), said.conversation());
    UUID parent = parent(sql, said, last);
    long sequence = last == null ? 0 : last.getSequence();
    List<MessagesRecord> rows = new ArrayList<>();
    for (Transcript.Turn turn : Transcript.added(said.request(), last != null)) {
      rows.add(row(said, turn, ++sequence, parent, now));
      parent = rows.getLast().getId();
    }
    MessagesRecord answer =
        row(said, Transcript.answer(said.answer(), said.text()), ++sequence, parent, now);
    answer.setInputTokens(said.inputTokens());
    answer.setOutputTokens(said.outputTokens());
    answer.setCostNanos(said.costNanos());
    rows.add(answer);
    sql.batchInsert(rows).execute();
    tell(sql, said.tenant(), "conversations.appended", said.conversation(), rows.size(), now);
    return rows.size();
  }

  private static @Nullable MessagesRecord last(DSLContext sql, UUID tenant, UUID conversation) {
    return sql.selectFrom(MESSAGES)
        .where(MESSAGES.TENANT_ID.eq(tenant))
        .and(MESSAGES.CONVERSATION_ID.eq(conversation))
        .orderBy(MESSAGES.SEQUENCE.desc())
        .limit(1)
        .fetchOne();
  }

  /** The message that the request follows: the one that it names, if that is the talk's own. */
  private static @Nullable UUID parent(DSLContext sql, Said said, @Nullable MessagesRecord last) {
    UUID named = said.parent();
    if (named != null
        && sql.fetchExists(
            MESSAGES,
            MESSAGES
                .TENANT_ID
                .eq(said.tenant())
                .and(MESSAGES.CONVERSATION_ID.eq(said.conversation()))
                .and(MESSAGES.ID.eq(named)))) {
      return named;
    }
    return last == null ? null : last.getId();
  }

  private static MessagesRecord row(
      Said said, Transcript.Turn turn, long sequence, @Nullable UUID parent, Instant now) {
    MessagesRecord row = new MessagesRecord();
    row.setId(Ids.next());
    row.setTenantId(said.tenant());
    row.setConversationId(said.conversation());
    row.setSequence(sequence);
    row.setRole(turn.role());
    row.setContent(turn.content());
    row.setRequestId(said.line());
    row.setParentId(parent);
    row.setCreatedBy(said.user());
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.setVersion(1L);
    return row;
  }

  static void tell(
      DSLContext sql, UUID tenant, String type, UUID conversation, int messages, Instant now) {
    Outbox.append(
        sql,
        List.of(
            new Outbox.Event(
                tenant,
                type,
                CONVERSATIONS.getName(),
                conversation,
                JsonNodeFactory.instance.objectNode().put("messages", messages))),
        now);
  }
}
