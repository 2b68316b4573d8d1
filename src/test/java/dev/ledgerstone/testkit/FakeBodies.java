package dev.ledgerstone.testkit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.StringJoiner;

/**
 * The bodies of OpenAI's format that {@link FakeUpstream} speaks: what it reads and what it says.
 */
final class FakeBodies {
  private static final JsonFactory JSON = new JsonFactory();
  private static final long CREATED = 1_760_000_000;
  private static final float[] VECTOR = {
    0.5f, -0.5f, 0.25f, -0.25f, 0.375f, 0.125f, -0.375f, 0.25f
  };

  private FakeBodies() {}

  /** What an answer depends on. */
  record Question(
      String model, boolean isStream, boolean wantsUsage, int inputs, boolean wantsBase64) {}

  static Question read(byte[] body) throws IOException {
    String model = "";
    boolean isStream = false;
    boolean wantsUsage = false;
    boolean wantsBase64 = false;
    int inputs = 1;
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the body is not an object");
      }
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken value = json.nextToken();
        switch (name) {
          case "model" -> model = json.getText();
          case "stream" -> isStream = value == JsonToken.VALUE_TRUE;
          case "encoding_format" -> wantsBase64 = json.getText().equals("base64");
          case "stream_options" -> wantsUsage = wantsUsage(json);
          case "input" -> inputs = value == JsonToken.START_ARRAY ? inputs(json) : 1;
          default -> json.skipChildren();
        }
      }
    }
    return new Question(model, isStream, wantsUsage, inputs, wantsBase64);
  }

  private static boolean wantsUsage(JsonParser options) throws IOException {
    boolean wants = false;
    if (options.currentToken() != JsonToken.START_OBJECT) {
      return false;
    }
    for (String name = options.nextFieldName(); name != null; name = options.nextFieldName()) {
      JsonToken value = options.nextToken();
      wants |= name.equals("include_usage") && value == JsonToken.VALUE_TRUE;
      options.skipChildren();
    }
    return wants;
  }

  /** Texts or arrays of tokens; one array of tokens is one input. */
  private static int inputs(JsonParser array) throws IOException {
    int count = 0;
    boolean isTokens = false;
    for (JsonToken t = array.nextToken(); t != JsonToken.END_ARRAY; t = array.nextToken()) {
      count++;
      isTokens |= t == JsonToken.VALUE_NUMBER_INT;
      array.skipChildren();
    }
    return isTokens ? 1 : count;
  }

  /** A fixed answer; {@code %PADDING%} stands where the padding goes. */
  static String fixed(String path, String id, Question question, Script script) {
    String usage = fixedUsage(script);
    if (path.endsWith("/embeddings")) {
      return embeddings(question, script, usage);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < script.events(); i++) {
      text.append(" word").append(i);
    }
    text.append("%PADDING%");
    boolean isChat = path.endsWith("/chat/completions");
    String choice =
        isChat
            ? "\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\",\"refusal\":null}"
            : "\"text\":\"" + text + "\"";
    return head(id, isChat ? "chat.completion" : "text_completion", question)
        + "[{\"index\":0,"
        + choice
        + ",\"logprobs\":null,\"finish_reason\":\"stop\"}]"
        + usage
        + "}";
  }

  private static String embeddings(Question question, Script script, String usage) {
    StringJoiner data = new StringJoiner(",");
    String vector = question.wantsBase64() ? "\"" + base64(VECTOR) + "\"" : array(VECTOR);
    for (int i = 0; i < question.inputs(); i++) {
      data.add("{\"object\":\"embedding\",\"index\":" + i + ",\"embedding\":" + vector + "}");
    }
    return "{\"object\":\"list\",\"data\":["
        + data
        + "],\"model\":"
        + quoted(question.model())
        + usage
        + (script.padding() > 0 ? ",\"padding\":\"%PADDING%\"" : "")
        + "}";
  }

  private static String head(String id, String object, Question question) {
    return "{\"id\":\""
        + id
        + "\",\"object\":\""
        + object
        + "\",\"created\":"
        + CREATED
        + ",\"model\":"
        + quoted(question.model())
        + ",\"choices\":";
  }

  /** The data of a stream's event; the one behind the deltas carries the finish reason. */
  static String delta(String path, String id, Question question, Script script, int index) {
    boolean isLast = index == script.events();
    boolean isChat = path.endsWith("/chat/completions");
    String finish = isLast ? "\"stop\"" : "null";
    String text = isLast ? "" : " word" + index + "x".repeat((int) script.padding());
    String choice =
        isChat
            ? "\"delta\":{"
                + (index == 0 ? "\"role\":\"assistant\",\"content\":\"" : "\"content\":\"")
                + text
                + "\"}"
            : "\"text\":\"" + text + "\"";
    String usage =
        switch (script.usage()) {
          case AS_ASKED, ZERO, MISSING -> "";
          case LAST_CHUNK -> isLast ? usage(script, script.completionTokens()) : "";
          case EVERY_CHUNK ->
              usage(script, script.completionTokens() * index / Math.max(1, script.events()));
        };
    return streamHead(isChat, id, question)
        + "[{\"index\":0,"
        + choice
        + ",\"finish_reason\":"
        + finish
        + "}]"
        + usage
        + "}";
  }

  /** The data of the event that carries usage and no choice; empty when there is none. */
  static String usageEvent(String path, String id, Question question, Script script) {
    boolean isAsked =
        switch (script.usage()) {
          case AS_ASKED, ZERO -> question.wantsUsage();
          case MISSING, LAST_CHUNK, EVERY_CHUNK -> false;
        };
    return isAsked
        ? streamHead(path.endsWith("/chat/completions"), id, question)
            + "[]"
            + fixedUsage(script)
            + "}"
        : "";
  }

  private static String streamHead(boolean isChat, String id, Question question) {
    return head(id, isChat ? "chat.completion.chunk" : "text_completion", question);
  }

  private static String fixedUsage(Script script) {
    return switch (script.usage()) {
      case MISSING -> "";
      case ZERO -> usage(script.tokens(0, 0).cachedTokens(0), 0);
      case AS_ASKED, LAST_CHUNK, EVERY_CHUNK -> usage(script, script.completionTokens());
    };
  }

  private static String usage(Script script, long completionTokens) {
    return ",\"usage\":{\"prompt_tokens\":"
        + script.promptTokens()
        + ",\"completion_tokens\":"
        + completionTokens
        + ",\"total_tokens\":"
        + (script.promptTokens() + completionTokens)
        + ",\"prompt_tokens_details\":{\"cached_tokens\":"
        + script.cachedTokens()
        + "}}";
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private static String array(float[] vector) {
    StringJoiner numbers = new StringJoiner(",", "[", "]");
    for (float number : vector) {
      numbers.add(Float.toString(number));
    }
    return numbers.toString();
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
