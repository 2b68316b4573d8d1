package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Spoken;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.JsonBody;
import dev.ledgerstone.gateway.wire.Rewrite;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request in Anthropic's format.
 *
 * @param tree of the body
 * @param limit its {@code max_tokens}; null where none is demanded and none is given
 * @param contents what it holds beside text
 */
record MessagesRequest(
    byte[] body, ObjectNode tree, String model, @Nullable Integer limit, Contents contents)
    implements ClientRequest {
  /** A system prompt of the template's own, and the opening of the answer. */
  private static final int TEMPLATE_TOKENS = 256;

  private static final int MESSAGE_TOKENS = 16;

  /** What a template says of tools before it lists them; Anthropic documents up to 804. */
  private static final int TOOLS_TOKENS = 1024;

  private static final int TOOL_TOKENS = 32;

  /** Reads and checks a body. */
  static MessagesRequest scan(byte[] body, boolean isLimitDemanded) {
    ObjectNode tree = JsonBody.tree(body);
    MessagesCheck.check(tree, isLimitDemanded);
    JsonNode limit = tree.path("max_tokens");
    return new MessagesRequest(
        body,
        tree,
        tree.path("model").asText(),
        limit.isInt() ? (Integer) limit.intValue() : null,
        Contents.of(tree));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.CHAT_COMPLETIONS;
  }

  @Override
  public boolean isStream() {
    return tree.path("stream").asBoolean();
  }

  /** Streams of this format always tell it. */
  @Override
  public boolean wantsUsage() {
    return true;
  }

  @Override
  public @Nullable Integer maxOutputTokens() {
    return limit;
  }

  @Override
  public long outputs() {
    return 1;
  }

  @Override
  public int tools() {
    return tree.path("tools").size();
  }

  @Override
  public int images() {
    return contents.images();
  }

  @Override
  public long imageBytes() {
    return contents.imageBytes();
  }

  @Override
  public boolean isUnbounded() {
    return contents.isUnbounded();
  }

  /** For the reasons why it is a bound see OpenAiRequest: they are the same. */
  @Override
  public long worstInputTokens(int tokensPerImage) {
    int tools = tree.path("tools").size();
    return TEMPLATE_TOKENS
        + (body.length - contents.imageBytes())
        + (long) MESSAGE_TOKENS * tree.path("messages").size()
        + (long) tokensPerImage * contents.images()
        + (tools == 0 ? 0 : TOOLS_TOKENS + (long) TOOL_TOKENS * tools);
  }

  @Override
  public Spoken spoken() {
    String last = "";
    int turns = 0;
    for (JsonNode message : tree.path("messages")) {
      if (message.path("role").asText().equals("user")) {
        last = text(message.path("content"));
        turns++;
      }
    }
    return new Spoken(last, text(tree.path("system")), turns);
  }

  private static String text(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    StringBuilder texts = new StringBuilder();
    for (JsonNode block : content) {
      if (block.path("text").isTextual()) {
        texts.append(block.path("text").asText()).append('\n');
      }
    }
    return texts.toString();
  }

  @Override
  public ClientRequest completed(Map<String, String> defaults) {
    Map<String, String> own = new LinkedHashMap<>(defaults);
    own.keySet().removeAll(Rewrite.RESERVED);
    own.remove("system");
    own.keySet().removeIf(tree::has);
    return own.isEmpty() ? this : scan(JsonBody.with(body, Map.of(), own), limit != null);
  }

  @Override
  public byte[] passed(Destination destination) {
    return JsonBody.with(
        body,
        Map.of(
            "model",
            JsonBody.quoted(destination.model()),
            "max_tokens",
            Integer.toString(destination.demandedLimit())),
        Map.of());
  }

  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "MessagesRequest[" + body.length + " bytes]";
  }
}
