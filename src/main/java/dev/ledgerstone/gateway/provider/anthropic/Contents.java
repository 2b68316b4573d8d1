package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a request holds beside text.
 *
 * @param images pictures, in the body or elsewhere
 * @param imageBytes bytes of the body that are pictures in base64 and never read as text
 * @param isUnbounded whether something is sent whose size the body does not tell: a document that
 *     is no text, a tool of Anthropic's own
 */
record Contents(int images, long imageBytes, boolean isUnbounded) {
  static Contents of(JsonNode body) {
    Count count = new Count();
    count.walk(body.path("system"));
    for (JsonNode message : body.path("messages")) {
      count.walk(message.path("content"));
    }
    for (JsonNode tool : body.path("tools")) {
      String type = tool.path("type").asText("custom");
      count.isUnbounded |= !type.equals("custom");
    }
    count.isUnbounded |= body.hasNonNull("mcp_servers") || body.hasNonNull("container");
    return new Contents(count.images, count.imageBytes, count.isUnbounded);
  }

  private static final class Count {
    private int images;
    private long imageBytes;
    private boolean isUnbounded;

    private void walk(JsonNode blocks) {
      if (!blocks.isArray()) {
        return;
      }
      for (JsonNode block : blocks) {
        JsonNode source = block.path("source");
        switch (block.path("type").asText()) {
          case "image" -> {
            images++;
            // Base64 has no escapes: as many bytes as characters.
            imageBytes += source.path("data").asText().length();
          }
          case "document" -> {
            isUnbounded |= !isText(source) || block.path("citations").path("enabled").asBoolean();
            walk(source.path("content"));
          }
          case "tool_result", "search_result" -> walk(block.path("content"));
          case "text", "tool_use", "thinking", "redacted_thinking" -> {}
          default -> isUnbounded = true;
        }
      }
    }

    private static boolean isText(JsonNode source) {
      String type = source.path("type").asText();
      return type.equals("text") || type.equals("content");
    }
  }
}
