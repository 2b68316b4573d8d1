package dev.ledgerstone.gateway.wire;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_FALSE;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;
import static com.fasterxml.jackson.core.JsonToken.VALUE_TRUE;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request in one pass: checks it, and remembers what the gateway needs and where it is.
 */
final class RequestScanner {
  private final Endpoint endpoint;
  private final byte[] body;
  private final Members members;
  private final MessageScanner messages;

  private @Nullable String model;
  private boolean isStream;
  private @Nullable StreamOptions streamOptions;
  private boolean wantsUsage;
  private @Nullable OutputLimit outputLimit;
  private int choices = 1;
  private int bestOf = 1;
  private int prompts;
  private int tools;
  private boolean hasInput;
  private boolean isUnbounded;
  private @Nullable String user;
  private Map<String, String> metadata = Map.of();

  RequestScanner(Endpoint endpoint, byte[] body) {
    this.endpoint = endpoint;
    this.body = body;
    this.members = new Members(body);
    this.messages = new MessageScanner(body);
  }

  OpenAiRequest scan() {
    JsonBody.checkStart(body);
    try (JsonParser parser = WireJson.FACTORY.createParser(body)) {
      fields(parser);
    } catch (StreamConstraintsException e) {
      throw Refusal.malformed(
          "the body is nested deeper than "
              + WireJson.MAX_DEPTH
              + " levels, or holds a number or a name of absurd length");
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw Refusal.malformed(
          "the body is not valid JSON"
              + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr()));
    } catch (IOException e) {
      throw new UncheckedIOException("an array of bytes cannot fail to be read", e);
    }
    return result();
  }

  private void fields(JsonParser parser) throws IOException {
    parser.nextToken();
    while (parser.nextToken() == FIELD_NAME) {
      String name = parser.currentName();
      int nameStart = offset(parser);
      JsonToken value = parser.nextToken();
      if (!members.add(name, nameStart, offset(parser))) {
        throw Refusal.twice(name);
      }
      field(parser, name, value);
    }
    members.close(offset(parser));
    if (parser.nextToken() != null) {
      throw Refusal.malformed("there is more after the body's JSON object");
    }
  }

  private void field(JsonParser parser, String name, JsonToken value) throws IOException {
    switch (name) {
      case "model" -> model = model(parser, value);
      case "user" -> user = value == VALUE_NULL ? null : text(parser, name, value);
      case "messages" -> {
        if (endpoint == Endpoint.CHAT_COMPLETIONS) {
          messages.read(parser);
          hasInput = true;
        } else {
          parser.skipChildren();
        }
      }
      case "prompt", "input" -> {
        if (isInput(name)) {
          inputs(parser, name, value);
        } else {
          parser.skipChildren();
        }
      }
      default -> {
        if (endpoint == Endpoint.EMBEDDINGS) {
          documented(parser, name);
        } else {
          generation(parser, name, value);
        }
      }
    }
  }

  /** Fields of calls that generate text. */
  private void generation(JsonParser parser, String name, JsonToken value) throws IOException {
    switch (name) {
      case "stream" -> isStream = flag(name, value);
      case "stream_options" -> streamOptions(parser, value);
      case OutputLimit.MAX_TOKENS, OutputLimit.MAX_COMPLETION_TOKENS ->
          outputLimit(parser, name, value);
      case "n" -> choices = orOne(parser, name, value, 128);
      case "best_of" -> {
        if (endpoint == Endpoint.COMPLETIONS) {
          bestOf = orOne(parser, name, value, 20);
        } else {
          parser.skipChildren();
        }
      }
      case "tools", "functions" -> tools += objects(parser, name, value);
      case "metadata" -> metadata(parser, value);
      case "web_search_options" -> {
        // What a search finds is billed as input.
        isUnbounded |= value != VALUE_NULL;
        parser.skipChildren();
      }
      default -> documented(parser, name);
    }
  }

  private void documented(JsonParser parser, String name) throws IOException {
    FieldRule rule = DocumentedFields.rule(endpoint, name);
    if (rule == null) {
      parser.skipChildren();
    } else {
      rule.read(parser, name);
    }
  }

  private boolean isInput(String name) {
    return switch (endpoint) {
      case CHAT_COMPLETIONS -> false;
      case COMPLETIONS -> name.equals("prompt");
      case EMBEDDINGS -> name.equals("input");
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw endpoint.noDialogue();
    };
  }

  private static String model(JsonParser parser, JsonToken value) throws IOException {
    String name = text(parser, "model", value);
    if (name.isBlank()) {
      throw Refusal.outOfRange("model", "the name of a model, not an empty string");
    }
    return name;
  }

  private void streamOptions(JsonParser parser, JsonToken value) throws IOException {
    if (value == VALUE_NULL) {
      return;
    }
    if (value != START_OBJECT) {
      throw Refusal.mustBe("stream_options", "an object", value);
    }
    boolean isEmpty = true;
    int start = -1;
    int end = -1;
    while (parser.nextToken() == FIELD_NAME) {
      isEmpty = false;
      String name = parser.currentName();
      JsonToken option = parser.nextToken();
      if (!name.equals("include_usage")) {
        parser.skipChildren();
        continue;
      }
      String path = "stream_options.include_usage";
      if (start >= 0) {
        throw Refusal.twice(path);
      }
      wantsUsage = flag(path, option);
      start = offset(parser);
      end = start + (option == VALUE_FALSE ? 5 : 4);
    }
    streamOptions = new StreamOptions(isEmpty, start, end);
  }

  private void outputLimit(JsonParser parser, String name, JsonToken value) throws IOException {
    if (value == VALUE_NULL) {
      return;
    }
    int tokens = FieldRule.readInteger(parser, name, 1, Integer.MAX_VALUE);
    if (outputLimit != null) {
      throw Refusal.outOfRange(
          name, "left out where " + outputLimit.field() + " is given: one of them, not both");
    }
    outputLimit = new OutputLimit(name, tokens);
  }

  private void metadata(JsonParser parser, JsonToken value) throws IOException {
    if (value == VALUE_NULL) {
      return;
    }
    if (value != START_OBJECT) {
      throw Refusal.mustBe("metadata", "an object", value);
    }
    Map<String, String> labels = new LinkedHashMap<>();
    while (parser.nextToken() == FIELD_NAME) {
      String name = parser.currentName();
      if (name.length() > 64 || labels.size() == 16) {
        throw Refusal.outOfRange("metadata", "at most 16 fields with names of up to 64 characters");
      }
      String path = "metadata." + name;
      String label = text(parser, path, parser.nextToken());
      if (label.length() > 512) {
        throw Refusal.outOfRange(path, "a string of up to 512 characters");
      }
      if (labels.put(name, label) != null) {
        throw Refusal.twice(path);
      }
    }
    metadata = Map.copyOf(labels);
  }

  /** One text, a list of texts, one list of token ids, or a list of such lists. */
  private void inputs(JsonParser parser, String name, JsonToken value) throws IOException {
    String must = "a string, or an array of strings, of token ids or of arrays of token ids";
    if (value == VALUE_NULL && endpoint == Endpoint.COMPLETIONS) {
      return;
    }
    hasInput = true;
    if (value == VALUE_STRING) {
      prompts = 1;
      return;
    }
    if (value != START_ARRAY) {
      throw Refusal.mustBe(name, must, value);
    }
    int ids = 0;
    int others = 0;
    JsonToken item;
    while ((item = parser.nextToken()) != END_ARRAY) {
      switch (item) {
        case VALUE_NUMBER_INT -> ids++;
        case VALUE_STRING -> others++;
        // Objects are other providers' parts of several kinds; their bytes are counted as text.
        case START_ARRAY, START_OBJECT -> {
          others++;
          parser.skipChildren();
        }
        default -> throw Refusal.mustBe(name + "[" + (ids + others) + "]", must, item);
      }
    }
    if (ids + others == 0) {
      throw Refusal.outOfRange(name, "not empty");
    }
    prompts = others + (ids > 0 ? 1 : 0);
  }

  private OpenAiRequest result() {
    if (model == null) {
      throw Refusal.missing("model", "the name of a model");
    }
    if (!hasInput) {
      prompts = promptsWithoutInput();
    }
    if (members.has("best_of") && bestOf < choices && endpoint == Endpoint.COMPLETIONS) {
      throw Refusal.outOfRange("best_of", "at least n");
    }
    return new OpenAiRequest(
        endpoint,
        body,
        model,
        isStream,
        wantsUsage,
        outputLimit,
        Math.max(choices, bestOf),
        new OpenAiRequest.Input(
            messages.count(),
            prompts,
            messages.images(),
            messages.imageBytes(),
            tools,
            isUnbounded || messages.isUnbounded()),
        user,
        metadata,
        streamOptions,
        members,
        messages.spots());
  }

  private int promptsWithoutInput() {
    return switch (endpoint) {
      case CHAT_COMPLETIONS -> throw Refusal.missing("messages", "an array of messages");
      case EMBEDDINGS -> throw Refusal.missing("input", "the text to be embedded");
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw endpoint.noDialogue();
      // OpenAI's default is the start of a document.
      case COMPLETIONS -> 1;
    };
  }

  /** How many objects an array holds; null is an empty one. */
  static int objects(JsonParser parser, String path, JsonToken value) throws IOException {
    if (value == VALUE_NULL) {
      return 0;
    }
    if (value != START_ARRAY) {
      throw Refusal.mustBe(path, "an array of objects", value);
    }
    int count = 0;
    JsonToken item;
    while ((item = parser.nextToken()) != END_ARRAY) {
      if (item != START_OBJECT) {
        throw Refusal.mustBe(path + "[" + count + "]", "an object", item);
      }
      parser.skipChildren();
      count++;
    }
    return count;
  }

  static String text(JsonParser parser, String path, JsonToken value) throws IOException {
    if (value != VALUE_STRING) {
      throw Refusal.mustBe(path, "a string", value);
    }
    return parser.getText();
  }

  private static boolean flag(String path, JsonToken value) {
    if (value != VALUE_TRUE && value != VALUE_FALSE && value != VALUE_NULL) {
      throw Refusal.mustBe(path, "true or false", value);
    }
    return value == VALUE_TRUE;
  }

  private static int orOne(JsonParser parser, String path, JsonToken value, int max)
      throws IOException {
    return value == VALUE_NULL ? 1 : FieldRule.readInteger(parser, path, 1, max);
  }

  /** The place of the current token's first byte. */
  static int offset(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }
}
