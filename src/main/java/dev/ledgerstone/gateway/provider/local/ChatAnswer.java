package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Writes a reply as OpenAI does, at once or as events.
 *
 * @param id of the completion
 * @param created seconds since 1970
 * @param promptTokens of all that was sent
 */
record ChatAnswer(String id, long created, int promptTokens) {
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

  /** Makes the reply, when it is wanted. */
  interface Making {
    Reply make() throws UpstreamFailure;
  }

  byte[] whole(Reply reply) {
    ObjectNode json = frame("chat.completion");
    ObjectNode choice = json.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message");
    message.put("role", "assistant").put("content", reply.content()).putNull("refusal");
    message.set("ledgerstone", reply.extension());
    choice.putNull("logprobs").put("finish_reason", reply.finish());
    json.set("usage", usage(reply));
    return LocalAnswer.bytes(json);
  }

  /** The events: the role at once, then the reply is made and told line by line. */
  EventStream.Source events(Making making, boolean includeUsage, Steps steps) {
    Queue<byte[]> ready = new ArrayDeque<>();
    ready.add(chunk(role(), null, includeUsage));
    return new EventStream.Source() {
      private boolean isMade;

      @Override
      public byte @Nullable [] next() throws UpstreamFailure {
        steps.check();
        if (ready.isEmpty() && !isMade) {
          isMade = true;
          tell(making.make(), includeUsage, ready);
        }
        return ready.poll();
      }
    };
  }

  private void tell(Reply reply, boolean includeUsage, Queue<byte[]> into) {
    for (String delta : reply.deltas()) {
      ObjectNode content = Fields.JSON.createObjectNode().put("content", delta);
      into.add(chunk(content, null, includeUsage));
    }
    ObjectNode last = Fields.JSON.createObjectNode();
    last.set("ledgerstone", reply.extension());
    into.add(chunk(last, reply.finish(), includeUsage));
    if (includeUsage) {
      ObjectNode json = frame("chat.completion.chunk");
      json.putArray("choices");
      json.set("usage", usage(reply));
      into.add(event(json));
    }
    into.add(DONE);
  }

  private static ObjectNode role() {
    return Fields.JSON
        .createObjectNode()
        .put("role", "assistant")
        .put("content", "")
        .putNull("refusal");
  }

  private byte[] chunk(ObjectNode delta, @Nullable String finish, boolean includeUsage) {
    ObjectNode json = frame("chat.completion.chunk");
    ObjectNode choice = json.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", finish);
    if (includeUsage) {
      json.putNull("usage");
    }
    return event(json);
  }

  private static byte[] event(ObjectNode json) {
    String text = new String(LocalAnswer.bytes(json), StandardCharsets.UTF_8);
    return ("data: " + text + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  private ObjectNode frame(String object) {
    return Fields.JSON
        .createObjectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", LocalProvider.EXTRACT);
  }

  private ObjectNode usage(Reply reply) {
    return Fields.JSON
        .createObjectNode()
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", reply.tokens())
        .put("total_tokens", promptTokens + reply.tokens());
  }
}
