package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Where conversations are kept: the gateway names one, and tells what was said in it. */
public interface ConversationDesk {
  /** Begins a conversation, as the value of {@code x-conversation-id}. */
  String NEW = "new";

  /**
   * A conversation.
   *
   * @param isNew it has a name, and begins with the call's admission
   */
  record Talk(UUID id, boolean isNew) {}

  /**
   * The conversation that a caller names, before anything is called.
   *
   * @param named an id, or {@link #NEW}, which writes nothing yet
   * @throws dev.ledgerstone.problem.ProblemException if it is not there, or not the caller's
   */
  Talk find(String named, Caller caller);

  /** Begins a new conversation, whose first call was admitted. */
  void begin(Talk talk, Caller caller);

  /** As above, in the caller's transaction. */
  void begin(DSLContext sql, Talk talk, Caller caller);

  /** Keeps both sides of a call that was settled. Never throws: the answer is paid for. */
  void append(Said said);

  /**
   * Both sides of a call.
   *
   * @param line of the ledger
   * @param parent the message that the request follows; null: the conversation's last one
   * @param request what the client asked, in the words of OpenAI's chat or completions
   * @param answer the whole answer, in those of its chat; null where it is not known whole
   * @param text of an answer that is not: of an abandoned stream what was said until then
   */
  record Said(
      UUID tenant,
      UUID user,
      UUID conversation,
      @Nullable UUID parent,
      UUID line,
      Endpoint endpoint,
      byte[] request,
      byte @Nullable [] answer,
      String text,
      long inputTokens,
      long outputTokens,
      long costNanos) {}
}
