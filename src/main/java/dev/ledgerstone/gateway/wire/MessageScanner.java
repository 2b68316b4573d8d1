package dev.ledgerstone.gateway.wire;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the messages of a chat: checks their shape, and counts what is not text. */
final class MessageScanner {
  private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

  // One bit for each field that we read, to see it come twice.
  private static final int ROLE = 1;
  private static final int CONTENT = 2;
  private static final int NAME = 4;
  private static final int TOOL_CALLS = 8;
  private static final int TOOL_CALL_ID = 16;
  private static final int AUDIO = 32;
  private static final int TYPE = 64;
  private static final int TEXT = 128;
  private static final int IMAGE = 256;
  private static final int URL = 512;

  private final byte[] body;
  private int count;
  private int part;
  private int seen;
  private int images;
  private long imageBytes;
  private boolean isUnbounded;
  private int turns;
  private int lastFrom;
  private int lastTo;
  private int systemFrom;
  private int systemTo;

  MessageScanner(byte[] body) {
    this.body = body;
  }

  int count() {
    return count;
  }

  int images() {
    return images;
  }

  long imageBytes() {
    return imageBytes;
  }

  boolean isUnbounded() {
    return isUnbounded;
  }

  OpenAiRequest.Spots spots() {
    return new OpenAiRequest.Spots(lastFrom, lastTo, systemFrom, systemTo, turns);
  }

  void read(JsonParser parser) throws IOException {
    if (parser.currentToken() != START_ARRAY) {
      throw Refusal.mustBe("messages", "an array of messages", parser.currentToken());
    }
    JsonToken item;
    while ((item = parser.nextToken()) != END_ARRAY) {
      if (item != START_OBJECT) {
        throw Refusal.mustBe(path(""), "an object", item);
      }
      message(parser);
      count++;
    }
    if (count == 0) {
      throw Refusal.outOfRange("messages", "an array of at least one message");
    }
  }

  private void message(JsonParser parser) throws IOException {
    seen = 0;
    String role = null;
    JsonToken content = null;
    int from = 0;
    int to = 0;
    while (true) {
      JsonToken next = parser.nextToken();
      if (from > 0 && to == 0) {
        to = RequestScanner.offset(parser);
      }
      if (next != FIELD_NAME) {
        break;
      }
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "role" -> {
          once(ROLE, ".role");
          role = role(parser, value);
        }
        case "content" -> {
          once(CONTENT, ".content");
          content = value;
          from = RequestScanner.offset(parser);
          content(parser, value);
        }
        case "name" -> {
          once(NAME, ".name");
          textOrNull(".name", value);
        }
        case "tool_calls" -> {
          once(TOOL_CALLS, ".tool_calls");
          RequestScanner.objects(parser, path(".tool_calls"), value);
        }
        case "tool_call_id" -> {
          once(TOOL_CALL_ID, ".tool_call_id");
          textOrNull(".tool_call_id", value);
        }
        case "audio" -> {
          // An earlier answer's audio, sent again by its id.
          once(AUDIO, ".audio");
          isUnbounded |= value != VALUE_NULL;
          parser.skipChildren();
        }
        default -> parser.skipChildren();
      }
    }
    check(role, content);
    spot(role, from, to);
  }

  /** Remembers where words stand, and reads none. */
  private void spot(@Nullable String role, int from, int to) {
    if ("user".equals(role)) {
      turns++;
      lastFrom = from;
      lastTo = to;
    } else if ("system".equals(role) || "developer".equals(role)) {
      systemFrom = from;
      systemTo = to;
    }
  }

  private void check(@Nullable String role, @Nullable JsonToken content) {
    if (role == null) {
      throw Refusal.missing(path(".role"), "who says it");
    }
    switch (role) {
      // May hold calls of tools, or a refusal, in place of content.
      case "assistant", "function" -> {}
      default -> {
        if (content == null) {
          throw Refusal.missing(path(".content"), "a string or an array of parts");
        }
        if (content == VALUE_NULL) {
          throw Refusal.mustBe(path(".content"), "a string or an array of parts", content);
        }
      }
    }
    if (role.equals("tool") && (seen & TOOL_CALL_ID) == 0) {
      throw Refusal.missing(path(".tool_call_id"), "the id of the call that this answers");
    }
  }

  private String role(JsonParser parser, JsonToken value) throws IOException {
    String role = RequestScanner.text(parser, path(".role"), value);
    return switch (role) {
      case "system", "developer", "user", "assistant", "tool", "function" -> role;
      default ->
          throw Refusal.outOfRange(
              path(".role"), "one of system, developer, user, assistant, tool and function");
    };
  }

  private void content(JsonParser parser, JsonToken value) throws IOException {
    if (value == VALUE_STRING || value == VALUE_NULL) {
      return;
    }
    if (value != START_ARRAY) {
      throw Refusal.mustBe(path(".content"), "a string or an array of parts", value);
    }
    int ofMessage = seen;
    part = 0;
    JsonToken item;
    while ((item = parser.nextToken()) != END_ARRAY) {
      if (item != START_OBJECT) {
        throw Refusal.mustBe(partPath(""), "an object", item);
      }
      part(parser);
      part++;
    }
    seen = ofMessage;
  }

  private void part(JsonParser parser) throws IOException {
    seen = 0;
    String type = null;
    boolean hasText = false;
    boolean isImage = false;
    while (parser.nextToken() == FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "type" -> {
          oncePart(TYPE, ".type");
          type = RequestScanner.text(parser, partPath(".type"), value);
        }
        case "text" -> {
          oncePart(TEXT, ".text");
          hasText = value == VALUE_STRING;
          parser.skipChildren();
        }
        case "image_url" -> {
          oncePart(IMAGE, ".image_url");
          isImage = true;
          imageUrl(parser, value);
        }
        default -> parser.skipChildren();
      }
    }
    if (type == null) {
      throw Refusal.missing(partPath(".type"), "the kind of this part");
    }
    switch (type) {
      case "text" -> {
        if (!hasText) {
          throw Refusal.missing(partPath(".text"), "a string");
        }
      }
      case "image_url" -> {
        if (!isImage) {
          throw Refusal.missing(partPath(".image_url"), "an object with the image's url");
        }
      }
      case "image", "input_image" -> isImage = true;
      case "file", "input_file", "document", "document_url", "video", "video_url", "audio_url" ->
          isUnbounded = true;
      // Audio in the body and unknown kinds are bounded by their bytes.
      default -> {}
    }
    if (isImage) {
      images++;
    }
  }

  private void imageUrl(JsonParser parser, JsonToken value) throws IOException {
    if (value == VALUE_STRING) {
      // Not OpenAI's, but Mistral's and others' way.
      image(parser);
      return;
    }
    if (value != START_OBJECT) {
      throw Refusal.mustBe(partPath(".image_url"), "an object with the image's url", value);
    }
    boolean hasUrl = false;
    while (parser.nextToken() == FIELD_NAME) {
      String name = parser.currentName();
      JsonToken field = parser.nextToken();
      if (!name.equals("url")) {
        parser.skipChildren();
        continue;
      }
      oncePart(URL, ".image_url.url");
      if (field != VALUE_STRING) {
        throw Refusal.mustBe(partPath(".image_url.url"), "a string", field);
      }
      hasUrl = true;
      image(parser);
    }
    if (!hasUrl) {
      throw Refusal.missing(partPath(".image_url.url"), "the image's URL, or its data: URL");
    }
  }

  /** Measures an image's URL without decoding it: it may have megabytes. */
  private void image(JsonParser parser) {
    int quote = (int) parser.currentTokenLocation().getByteOffset();
    for (int i = 0; i < DATA.length; i++) {
      if (quote + 1 + i >= body.length || body[quote + 1 + i] != DATA[i]) {
        return;
      }
    }
    imageBytes += WireJson.stringEnd(body, quote, body.length) - quote - 1;
  }

  private void textOrNull(String field, JsonToken value) {
    if (value != VALUE_STRING && value != VALUE_NULL) {
      throw Refusal.mustBe(path(field), "a string", value);
    }
  }

  private void once(int bit, String field) {
    if ((seen & bit) != 0) {
      throw Refusal.twice(path(field));
    }
    seen |= bit;
  }

  private void oncePart(int bit, String field) {
    if ((seen & bit) != 0) {
      throw Refusal.twice(partPath(field));
    }
    seen |= bit;
  }

  private String path(String field) {
    return "messages[" + count + "]" + field;
  }

  private String partPath(String field) {
    return "messages[" + count + "].content[" + part + "]" + field;
  }
}
