package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Turn;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Both sides of a call in the words of OpenAI's chat, in which conversations are kept, whichever
 * formats the client and the provider speak.
 */
final class Minutes {
  /** A provider that is told thoughts too. */
  private static final Destination KEPT = new Destination("Z_AI", "minutes", null, 0);

  private final ProviderFormat chat;

  /**
   * @param chat writes OpenAI's chat
   */
  Minutes(ProviderFormat chat) {
    this.chat = chat;
  }

  /** What was asked, as the client said it: without what a prompt or an agent adds. */
  byte[] asked(Call call) {
    byte[] body = call.named.body();
    if (call.type != RequestType.MESSAGE) {
      return body;
    }
    try {
      return chat.write(call.format.read(call.format.scan(body)), KEPT, Map.of(), new Losses());
    } catch (ProblemException e) {
      return body; // its own provider alone understands it: kept as it came
    }
  }

  /**
   * What was answered.
   *
   * @param spoken the provider's format
   * @return null: it is not known whole, as of a stream that was abandoned
   */
  byte @Nullable [] answered(Call call, ProviderFormat spoken, Attempt.Said said) {
    if (call.type == RequestType.COMPLETION) {
      return null; // its text is all there is
    }
    byte[] whole = said.whole();
    Optional<Reply> reply =
        said.reply() != null || whole == null
            ? Optional.ofNullable(said.reply())
            : Retold.reply(spoken, whole, said.isStream());
    return reply.map(this::answer).orElse(null);
  }

  private byte[] answer(Reply reply) {
    Ask turn =
        new Ask(
            List.of(),
            List.of(new Turn(Turn.Role.ASSISTANT, reply.parts())),
            List.of(),
            null,
            null,
            new OutputFormat.Text(),
            Sampling.DEFAULT,
            null,
            List.of(),
            null,
            null,
            Map.of(),
            1,
            /* isStream= */ false,
            /* wantsUsage= */ false,
            Set.of());
    JsonNode written = Json.read(chat.write(turn, KEPT, Map.of(), new Losses()));
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.putArray("choices").addObject().set("message", written.path("messages").path(0));
    return answer.toString().getBytes(UTF_8);
  }
}
