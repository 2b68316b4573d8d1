package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.Turn;
import dev.ledgerstone.gateway.provider.Cl100k;
import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Counts tokens as OpenAI's tokenizers do: exact for OpenAI's own text, an estimate for other
 * models, whose tokenizers differ by a fifth or so. For calls whose upstream told no usage; what a
 * budget reserves is {@link OpenAiRequest#worstInputTokens}.
 *
 * <p>The tables (o200k_base 0.6 s and about 40 MB, cl100k_base half of that) are loaded when first
 * used. Safe for use by many threads.
 */
public final class TokenCounter {
  /**
   * Texts are cut into slices of so many characters, at white space where there is some, because a
   * word's merging takes more than linear time in its length and a client may send one word of
   * megabytes. A cut before a space changes no count; another adds a token at most.
   */
  private static final int SLICE = 4096;

  /** From here on the rest is taken to be like what was counted: a bound on the work, 0.1 s. */
  private static final int COUNTED_CHARACTERS = 1 << 20;

  /** What OpenAI bills for an image of 1024 × 1024 pixels. */
  private static final int TYPICAL_IMAGE = 765;

  /** A page or two: 1,500 to 3,000 a page, by Anthropic's documentation. */
  private static final int TYPICAL_FILE = 3000;

  private static final int SEALED_BYTES_PER_TOKEN = 6;

  /** Names that begin so are of the time of cl100k_base. */
  private static final List<String> OLD_MODELS =
      List.of("gpt-3.5", "gpt-35", "gpt-4-", "text-embedding-", "davinci-002", "babbage-002");

  /** Loads its table when it is first touched: the JVM makes that happen once. */
  private static final class O200k {
    static final Encoding ENCODING =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
  }

  /** Tokens of a text. Names of special tokens in it are text. */
  public long count(String model, String text) {
    Encoding encoding = encoding(model);
    int counted = 0;
    long tokens = 0;
    while (counted < text.length() && counted < COUNTED_CHARACTERS) {
      int end = sliceEnd(text, counted);
      tokens += encoding.countTokensOrdinary(text.substring(counted, end));
      counted = end;
    }
    return counted == text.length()
        ? tokens
        : (long) Math.ceil((double) tokens * text.length() / counted);
  }

  private static int sliceEnd(String text, int start) {
    if (text.length() - start <= SLICE) {
      return text.length();
    }
    int end = start + SLICE;
    for (int i = end; i > start + SLICE / 2; i--) {
      if (text.charAt(i) == ' ' && text.charAt(i - 1) > ' ') {
        return i;
      }
    }
    return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
  }

  /**
   * Tokens of a request's input, in the way of OpenAI's cookbook: 3 for each message and 1 for a
   * name, 3 for the start of the answer. Tools and a schema count as the JSON that they are, an
   * image as one of common size.
   */
  public long countInput(String model, OpenAiRequest request) {
    JsonNode body;
    try {
      body = WireJson.MAPPER.readTree(request.body());
    } catch (IOException e) {
      throw new UncheckedIOException("a request that was scanned is JSON", e);
    }
    return switch (request.endpoint()) {
      case CHAT_COMPLETIONS -> countChat(model, body);
      case COMPLETIONS -> countTexts(model, body.path("prompt"));
      case EMBEDDINGS -> countTexts(model, body.path("input"));
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw request.endpoint().noDialogue();
    };
  }

  /**
   * Tokens of the input of a request of any format; of one that cannot be read, of its bytes as
   * text.
   */
  public long countInput(String model, ClientFormat format, ClientRequest request) {
    if (request instanceof OpenAiRequest openAi) {
      return countInput(model, openAi);
    }
    Ask ask;
    try {
      ask = format.read(request);
    } catch (ProblemException e) {
      return count(model, new String(request.body(), UTF_8));
    }
    return countInput(model, ask);
  }

  /** Tokens of a dialogue, in the same way. */
  public long countInput(String model, Ask ask) {
    long tokens = 3;
    for (Part.Text text : ask.system()) {
      tokens += 3 + count(model, text.text());
    }
    for (Turn turn : ask.turns()) {
      tokens += 4 + countParts(model, turn.parts());
    }
    for (Tool tool : ask.tools()) {
      tokens += 8 + count(model, tool.name());
      tokens += tool.description() == null ? 0 : count(model, tool.description());
      tokens += tool.parameters() == null ? 0 : count(model, tool.parameters().toString());
    }
    return ask.output() instanceof OutputFormat.Schema schema
        ? tokens + count(model, schema.schema().toString())
        : tokens;
  }

  private long countParts(String model, List<Part> parts) {
    long tokens = 0;
    for (Part part : parts) {
      tokens +=
          switch (part) {
            case Part.Text(String text, _) -> count(model, text);
            case Part.Thought(String text, _) -> count(model, text);
            case Part.Refusal(String text) -> count(model, text);
            case Part.ToolUse use -> 8 + count(model, use.name()) + count(model, use.arguments());
            case Part.ToolResult result -> 8 + countParts(model, result.content());
            case Part.Image _ -> TYPICAL_IMAGE;
            case Part.File file ->
                file.source() instanceof Source.Plain(String text)
                    ? count(model, text)
                    : TYPICAL_FILE;
            case Part.Audio _ -> TYPICAL_IMAGE;
            case Part.SealedThought(String data) -> data.length() / SEALED_BYTES_PER_TOKEN;
          };
    }
    return tokens;
  }

  /**
   * Tokens of the text of an answer.
   *
   * @param droppedBytes of text that is no longer there, taken to be like the rest
   */
  public long countOutput(String model, String text, long droppedBytes) {
    long tokens = count(model, text);
    return droppedBytes == 0
        ? tokens
        : tokens + (long) Math.ceil((double) tokens * droppedBytes / Math.max(1, text.length()));
  }

  private long countChat(String model, JsonNode body) {
    long tokens = 3;
    for (JsonNode message : body.path("messages")) {
      tokens += 3 + count(model, message.path("role").asText());
      tokens += countContent(model, message.path("content"));
      if (message.hasNonNull("name")) {
        tokens += 1 + count(model, message.path("name").asText());
      }
      for (String field : List.of("tool_calls", "function_call")) {
        if (message.hasNonNull(field)) {
          tokens += count(model, message.path(field).toString());
        }
      }
    }
    for (String field : List.of("tools", "functions", "response_format")) {
      if (body.hasNonNull(field)) {
        tokens += count(model, body.path(field).toString());
      }
    }
    return tokens;
  }

  private long countContent(String model, JsonNode content) {
    if (content.isTextual()) {
      return count(model, content.asText());
    }
    long tokens = 0;
    for (JsonNode part : content) {
      tokens += part.has("image_url") ? TYPICAL_IMAGE : count(model, part.path("text").asText());
    }
    return tokens;
  }

  private long countTexts(String model, JsonNode input) {
    if (input.isTextual()) {
      return count(model, input.asText());
    }
    long tokens = 0;
    for (JsonNode item : input) {
      tokens +=
          switch (item.getNodeType()) {
            case STRING -> count(model, item.asText());
            case NUMBER -> 1;
            case ARRAY -> item.size();
            case OBJECT -> count(model, item.toString());
            case BINARY, BOOLEAN, MISSING, NULL, POJO -> 0;
          };
    }
    return tokens;
  }

  private static Encoding encoding(String model) {
    String bare = model.substring(model.lastIndexOf('/') + 1);
    boolean isOld = bare.equals("gpt-4");
    for (String name : OLD_MODELS) {
      isOld |= bare.startsWith(name);
    }
    return isOld ? Cl100k.encoding() : O200k.ENCODING;
  }
}
