package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.UsageReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a chat completion's chunks. */
final class ChatEventReader implements EventReader {
  private static final int BAD_GATEWAY = 502;

  private boolean isBegun;
  private boolean isRefused;

  /** Ids of the calls that began, in the order of their begin. */
  private final List<String> calls = new ArrayList<>();

  /** The upstream's own numbers of them. */
  private final List<Integer> numbers = new ArrayList<>();

  @Override
  public void read(byte[] buffer, int from, int to, Consumer<StreamEvent> sink) {
    if (isDone(buffer, from, to)) {
      sink.accept(new StreamEvent.End());
      return;
    }
    JsonNode chunk;
    try {
      chunk = WireJson.MAPPER.readTree(buffer, from, to - from);
    } catch (IOException e) {
      return; // what is no JSON says nothing
    }
    if (chunk.hasNonNull("error")) {
      byte[] said = new byte[to - from];
      System.arraycopy(buffer, from, said, 0, said.length);
      sink.accept(new StreamEvent.Broke(OpenAiErrors.read(BAD_GATEWAY, "application/json", said)));
      return;
    }
    chunk(chunk, sink);
  }

  private static boolean isDone(byte[] buffer, int from, int to) {
    int at = from;
    while (at < to && buffer[at] <= ' ') {
      at++;
    }
    return to - at >= 6 && buffer[at] == '[' && buffer[at + 1] == 'D';
  }

  private void chunk(JsonNode chunk, Consumer<StreamEvent> sink) {
    JsonNode choice = chunk.path("choices").path(0);
    if (!isBegun) {
      isBegun = true;
      sink.accept(
          new StreamEvent.Begin(chunk.path("id").asText(), chunk.path("model").asText(), null));
    }
    ChatShapes.CHUNK.lacks(chunk).forEach(name -> sink.accept(new StreamEvent.Lost(name)));
    delta(choice.path("delta"), sink);
    FinishReason finish = ChatReplyReader.finish(choice.path("finish_reason"), isRefused);
    if (finish != null) {
      sink.accept(new StreamEvent.Finish(finish, null));
    }
    UsageReader.read(chunk.path("usage"))
        .ifPresent(usage -> sink.accept(new StreamEvent.Usage(usage)));
  }

  private void delta(JsonNode delta, Consumer<StreamEvent> sink) {
    JsonNode details = delta.path("reasoning_details");
    String thought = ChatReasoning.plain(delta);
    if (thought != null && !thought.isEmpty()) {
      sink.accept(new StreamEvent.ThoughtDelta(thought));
    }
    for (JsonNode detail : details) {
      detail(detail, thought == null, sink);
    }
    JsonNode content = delta.path("content");
    if (content.isTextual() && !content.asText().isEmpty()) {
      sink.accept(new StreamEvent.TextDelta(content.asText()));
    }
    String refusal = ChatFields.text(delta, "refusal");
    if (refusal != null && !refusal.isEmpty()) {
      isRefused = true;
      sink.accept(new StreamEvent.RefusalDelta(refusal));
    }
    for (JsonNode call : delta.path("tool_calls")) {
      call(call, sink);
    }
    for (String lost : ChatReplyReader.LOST) {
      if (!delta.path(lost).isEmpty()) {
        sink.accept(new StreamEvent.Lost(lost));
      }
    }
  }

  private static void detail(JsonNode detail, boolean isOnlyHere, Consumer<StreamEvent> sink) {
    if (detail.path("type").asText().equals("reasoning.encrypted")) {
      sink.accept(new StreamEvent.SealedThought(detail.path("data").asText()));
      return;
    }
    String text = ChatFields.text(detail, "text");
    if (isOnlyHere && text != null && !text.isEmpty()) {
      sink.accept(new StreamEvent.ThoughtDelta(text));
    }
    String signature = ChatFields.text(detail, "signature");
    if (signature != null) {
      sink.accept(new StreamEvent.SignatureDelta(signature));
    }
  }

  /** Some upstreams leave the number out, some tell id and name again with each piece. */
  private void call(JsonNode call, Consumer<StreamEvent> sink) {
    JsonNode function = call.path("function");
    String id = ChatFields.text(call, "id");
    Integer number = ChatFields.whole(call, "index");
    int index = number == null ? indexOfId(id) : numbers.indexOf(number);
    if (index < 0) {
      index = calls.size();
      calls.add(id == null ? "call_" + index : id);
      numbers.add(number == null ? Integer.valueOf(index) : number);
      sink.accept(
          new StreamEvent.ToolBegin(
              index,
              calls.get(index),
              function.path("name").asText(),
              ChatReasoning.signature(call)));
    }
    String arguments = ChatFields.text(function, "arguments");
    if (arguments != null && !arguments.isEmpty() && index < calls.size() - 1) {
      // Other formats say one call after another, and what was said cannot be taken back.
      sink.accept(
          new StreamEvent.Broke(
              new UpstreamError(
                  BAD_GATEWAY,
                  "the upstream wrote the arguments of two calls at once",
                  "server_error",
                  null,
                  "upstream_bad_answer")));
    } else if (arguments != null && !arguments.isEmpty()) {
      sink.accept(new StreamEvent.ToolArguments(index, arguments));
    }
  }

  private int indexOfId(@Nullable String id) {
    return id == null ? calls.size() - 1 : calls.indexOf(id);
  }
}
