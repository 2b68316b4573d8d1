package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks over an answer's JSON, or over one event of a stream, and keeps what a ledger line needs.
 *
 * <p>It looks at each byte once and steps over strings whole, so a name is never found inside a
 * text, and it makes no objects for what it does not keep. It does not check the JSON: the bytes
 * are handed on as they are, and from nonsense it learns nothing.
 */
final class AnswerScanner {
  /** Texts past this many bytes are counted, not kept. */
  static final int TEXT_LIMIT = 4 << 20;

  private final TextBuffer text = new TextBuffer(TEXT_LIMIT);
  private byte @Nullable [] usage;
  private boolean isTopUsage;
  private byte @Nullable [] error;
  private @Nullable String id;
  private @Nullable String model;
  private @Nullable String finishReason;

  // Of the last text that was scanned:
  private boolean sawUsage;
  private boolean sawNoChoices;
  private boolean sawError;

  void scan(byte[] json, int from, int to) {
    sawUsage = false;
    sawNoChoices = false;
    sawError = false;
    int depth = 0;
    int i = from;
    while (i < to) {
      switch (json[i]) {
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        case '"' -> {
          int end = WireJson.stringEnd(json, i, to);
          int colon = WireJson.skipSpace(json, end + 1, to);
          if (colon < to && json[colon] == ':') {
            int value = WireJson.skipSpace(json, colon + 1, to);
            i = value < to ? field(json, i + 1, end, value, to, depth) : to;
            continue;
          }
          i = end;
        }
        default -> {}
      }
      i++;
    }
  }

  /**
   * Takes one field if it is of use.
   *
   * @return where to go on: the value, or behind it if there is nothing more to be seen in it
   */
  private int field(byte[] json, int name, int nameEnd, int value, int to, int depth) {
    switch (nameEnd - name) {
      case 2 -> {
        if (depth == 1 && id == null && is(json, name, "id")) {
          id = string(json, value, to);
        }
      }
      case 4 -> {
        // A completion's text, or a part's in an answer that comes in parts.
        if ((depth == 3 || depth == 6) && is(json, name, "text")) {
          return text(json, value, to);
        }
        // A tool's name, in choices[].delta.tool_calls[].function.
        if (depth == 7 && is(json, name, "name")) {
          return text(json, value, to);
        }
      }
      case 5 -> {
        if (json[value] == '{' && is(json, name, "usage")) {
          return usage(json, value, to, depth);
        }
        if (depth == 1 && is(json, name, "error")) {
          return error(json, value, to);
        }
        if (depth == 1 && model == null && is(json, name, "model")) {
          model = string(json, value, to);
        }
      }
      case 7 -> {
        if (depth == 1 && json[value] == '[' && is(json, name, "choices")) {
          int first = WireJson.skipSpace(json, value + 1, to);
          sawNoChoices = first < to && json[first] == ']';
        }
        if (depth == 4 && (is(json, name, "content") || is(json, name, "refusal"))) {
          return text(json, value, to);
        }
      }
      case 9 -> {
        if ((depth == 4 && is(json, name, "reasoning")) || is(json, name, "arguments")) {
          return text(json, value, to);
        }
      }
      case 10 -> {
        if (depth == 5 && is(json, name, "transcript")) {
          return text(json, value, to);
        }
      }
      case 13 -> {
        if (depth == 3 && json[value] == '"' && is(json, name, "finish_reason")) {
          finishReason = string(json, value, to);
        }
      }
      case 17 -> {
        if (depth == 4 && is(json, name, "reasoning_content")) {
          return text(json, value, to);
        }
        if (depth == 4 && json[value] == '[' && is(json, name, "reasoning_details")) {
          // OpenRouter says the same once more in parts.
          return WireJson.valueEnd(json, value, to);
        }
      }
      default -> {}
    }
    return value;
  }

  private int usage(byte[] json, int value, int to, int depth) {
    int end = WireJson.valueEnd(json, value, to);
    // Some providers put it into a choice or an extension too; the one at the top is the account.
    if (depth == 1 || !isTopUsage) {
      usage = Arrays.copyOfRange(json, value, end);
      isTopUsage = depth == 1;
    }
    sawUsage = true;
    return end;
  }

  private int error(byte[] json, int value, int to) {
    if (json[value] != '{' && json[value] != '"') {
      return value;
    }
    int end = WireJson.valueEnd(json, value, to);
    error = Arrays.copyOfRange(json, value, end);
    sawError = true;
    return end;
  }

  private int text(byte[] json, int value, int to) {
    if (json[value] != '"') {
      return value;
    }
    int end = WireJson.stringEnd(json, value, to);
    text.append(json, value + 1, end);
    return Math.min(end + 1, to);
  }

  private static @Nullable String string(byte[] json, int value, int to) {
    if (json[value] != '"') {
      return null;
    }
    // Ids, names and reasons are plain: what is escaped in them may stay so.
    int end = WireJson.stringEnd(json, value, to);
    return new String(json, value + 1, Math.min(end - value - 1, 256), UTF_8);
  }

  private static boolean is(byte[] json, int at, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (json[at + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  boolean sawUsageOnly() {
    return sawUsage && sawNoChoices;
  }

  boolean sawError() {
    return sawError;
  }

  byte @Nullable [] error() {
    return error;
  }

  @Nullable String id() {
    return id;
  }

  @Nullable String model() {
    return model;
  }

  @Nullable String finishReason() {
    return finishReason;
  }

  TextBuffer text() {
    return text;
  }

  /** The usage as it came; null if none came, or if it is not JSON. */
  @Nullable JsonNode usage() {
    if (usage == null) {
      return null;
    }
    try {
      return WireJson.MAPPER.readTree(usage);
    } catch (IOException e) {
      return null;
    }
  }
}
