package dev.ledgerstone.gateway.client.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Spoken;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for a response: what the gateway must know of it.
 *
 * @param tree the whole of it, without what was said before
 * @param body as it came
 * @param earlier items of the responses before it, oldest first: they are sent with it, and paid
 * @param input its own items
 */
public record ResponsesRequest(
    ObjectNode tree, byte[] body, List<JsonNode> earlier, ArrayNode input)
    implements ClientRequest {
  /** A chat template's own prompt, and the markers around its messages and tools. */
  private static final int TEMPLATE_TOKENS = 256;

  private static final int ITEM_TOKENS = 16;
  private static final int TOOLS_TOKENS = 1024;
  private static final int TOOL_TOKENS = 32;

  /**
   * Checks what the gateway itself uses.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Invalid, which names the field
   */
  public static ResponsesRequest of(ObjectNode tree, byte[] body, List<JsonNode> earlier) {
    Fields fields = new Fields(tree, "");
    if (fields.required("model").isBlank()) {
      throw fields.mustBe("model", "the name of a model, not an empty string");
    }
    fields.flag("stream");
    fields.flag("store");
    fields.whole("max_output_tokens", 1);
    fields.flag("background");
    if (fields.has("prompt")) {
      throw Fields.invalid(
          "prompt",
          "names a template of OpenAI's",
          "name one of prompt_templates by its name, or send its text as instructions and input");
    }
    return new ResponsesRequest(tree, body, List.copyOf(earlier), input(fields));
  }

  private static ArrayNode input(Fields fields) {
    JsonNode input = fields.object().path("input");
    if (input.isTextual()) {
      ArrayNode items = JsonNodeFactory.instance.arrayNode();
      items
          .addObject()
          .put("type", "message")
          .put("role", "user")
          .putArray("content")
          .addObject()
          .put("type", "input_text")
          .put("text", input.asText());
      return items;
    }
    if (input instanceof ArrayNode items && !items.isEmpty()) {
      return items;
    }
    throw fields.mustBe("input", "a string, or an array of items that is not empty");
  }

  @Override
  public int tools() {
    return tree.path("tools").size();
  }

  @Override
  public int images() {
    int images = 0;
    for (JsonNode item : input) {
      for (JsonNode part : item.path("content")) {
        images += part.path("type").asText().equals("input_image") ? 1 : 0;
      }
    }
    return images;
  }

  @Override
  public long imageBytes() {
    long bytes = 0;
    for (JsonNode item : input) {
      for (JsonNode part : item.path("content")) {
        String url = part.path("image_url").asText();
        bytes += url.startsWith("data:") ? url.length() : 0;
      }
    }
    return bytes;
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.CHAT_COMPLETIONS;
  }

  @Override
  public String model() {
    return tree.path("model").asText();
  }

  @Override
  public boolean isStream() {
    return tree.path("stream").asBoolean();
  }

  @Override
  public boolean wantsUsage() {
    return true;
  }

  /** Whether it can be named as the one before another. */
  public boolean isStored() {
    return !tree.hasNonNull("store") || tree.path("store").asBoolean();
  }

  /** Of the response before it; null: none. */
  public @Nullable String previous() {
    return tree.path("previous_response_id").textValue();
  }

  @Override
  public @Nullable Integer maxOutputTokens() {
    return tree.hasNonNull("max_output_tokens") ? tree.path("max_output_tokens").intValue() : null;
  }

  @Override
  public long outputs() {
    return 1;
  }

  /** A file that is named by its address alone has any number of tokens. */
  @Override
  public boolean isUnbounded() {
    return earlier.stream().anyMatch(ResponsesRequest::isUnbounded) || isUnbounded(input);
  }

  private static boolean isUnbounded(JsonNode node) {
    if (node.isObject()
        && node.path("type").asText().equals("input_file")
        && (node.hasNonNull("file_url") || node.hasNonNull("file_id"))) {
      return true;
    }
    for (JsonNode child : node) {
      if (child.isContainerNode() && isUnbounded(child)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A token stands for a byte of text or more, and JSON is never shorter than what it says: the
   * bytes of all items bound their tokens. Images in base64 are billed by their pixels.
   */
  @Override
  public long worstInputTokens(int tokensPerImage) {
    long bytes = body.length;
    long items = input.size();
    Images images = new Images();
    images.add(input);
    for (JsonNode item : earlier) {
      bytes += item.toString().length() * 3L; // UTF-16 to UTF-8
      items++;
      images.add(item);
    }
    long tools = tree.path("tools").size();
    return TEMPLATE_TOKENS
        + Math.max(0, bytes - images.base64)
        + ITEM_TOKENS * items
        + (long) tokensPerImage * images.count
        + (tools == 0 ? 0 : TOOLS_TOKENS + TOOL_TOKENS * tools);
  }

  private static final class Images {
    private long count;
    private long base64;

    void add(JsonNode node) {
      JsonNode url = node.path("image_url");
      if (node.path("type").asText().equals("input_image")) {
        count++;
        String text = url.asText("");
        base64 += text.startsWith("data:") ? text.length() : 0;
      }
      for (JsonNode child : node) {
        if (child.isContainerNode()) {
          add(child);
        }
      }
    }
  }

  @Override
  public Spoken spoken() {
    String last = "";
    String system = tree.path("instructions").asText("");
    int turns = 0;
    for (JsonNode item : input) {
      switch (item.path("role").asText()) {
        case "user" -> {
          last = text(item.path("content"));
          turns++;
        }
        case "system", "developer" -> system = text(item.path("content"));
        default -> {}
      }
    }
    return new Spoken(last, system, turns);
  }

  private static String text(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    StringBuilder texts = new StringBuilder();
    for (JsonNode part : content) {
      if (part.path("text").isTextual()) {
        texts.append(part.path("text").asText()).append('\n');
      }
    }
    return texts.toString();
  }

  /** Always converted: a service's own values are of its provider's format. */
  @Override
  public ClientRequest completed(Map<String, String> defaults) {
    return this;
  }

  @Override
  public byte[] passed(Destination destination) {
    throw new IllegalStateException("no provider's format is that of responses");
  }

  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "ResponsesRequest[" + body.length + " bytes]";
  }
}
