package dev.ledgerstone.gateway.wire;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A request's body: one JSON object in UTF-8, no name in it twice. */
public final class JsonBody {
  private static final ObjectReader STRICT =
      WireJson.MAPPER
          .readerFor(JsonNode.class)
          .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonBody() {}

  /**
   * Reads a body as a tree.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Malformed
   */
  public static ObjectNode tree(byte[] body) {
    checkStart(body);
    try {
      return STRICT.readValue(body);
    } catch (StreamConstraintsException e) {
      throw Refusal.malformed(
          "the body is nested deeper than "
              + WireJson.MAX_DEPTH
              + " levels, or holds a number or a name of absurd length");
    } catch (MismatchedInputException e) {
      throw Refusal.malformed(
          "a field is there twice, or there is more after the body's JSON object" + at(e));
    } catch (JsonProcessingException e) {
      throw Refusal.malformed("the body is not valid JSON" + at(e));
    } catch (IOException e) {
      throw new UncheckedIOException("an array of bytes cannot fail to be read", e);
    }
  }

  private static String at(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /**
   * Only UTF-8 without a mark: the parser would take UTF-16 too, and the offsets would be wrong.
   */
  static void checkStart(byte[] body) {
    int first = WireJson.skipSpace(body, 0, body.length);
    if (first == body.length) {
      throw Refusal.malformed("the body is empty");
    }
    boolean hasZero = false;
    for (int i = 0; i < Math.min(4, body.length); i++) {
      hasZero |= body[i] == 0;
    }
    if (body[first] != '{' || hasZero) {
      throw Refusal.malformed("the body is not a JSON object in UTF-8");
    }
  }

  /**
   * The body with other values of top-level fields; each byte outside of them is the client's own.
   *
   * @param set raw JSON by the field's name; added where the body lacks it
   * @param defaults the same, added where the body lacks it and otherwise left alone
   */
  public static byte[] with(byte[] body, Map<String, String> set, Map<String, String> defaults) {
    Members members = members(body);
    Splice splice = new Splice(body);
    Map<String, String> added = new TreeMap<>(defaults);
    added.putAll(set);
    added.keySet().removeIf(members::has);
    set.forEach(
        (name, json) -> {
          int index = members.index(name);
          if (index >= 0 && !members.raw(index).equals(json)) {
            splice.replace(
                members.valueStart(index), members.valueEnd(index), json.getBytes(UTF_8));
          }
        });
    if (!added.isEmpty()) {
      StringBuilder more = new StringBuilder();
      added.forEach((name, json) -> more.append(',').append(quoted(name)).append(':').append(json));
      boolean isFirst = members.size() == 0;
      splice.insert(
          isFirst ? members.closing() : members.valueEnd(members.size() - 1),
          more.substring(isFirst ? 1 : 0).getBytes(UTF_8));
    }
    return splice.apply();
  }

  /** A text as JSON. */
  public static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private static Members members(byte[] body) {
    Members members = new Members(body);
    try (JsonParser parser = WireJson.FACTORY.createParser(body)) {
      parser.nextToken();
      while (parser.nextToken() == FIELD_NAME) {
        @Nullable String name = parser.currentName();
        int nameStart = (int) parser.currentTokenLocation().getByteOffset();
        parser.nextToken();
        members.add(
            String.valueOf(name), nameStart, (int) parser.currentTokenLocation().getByteOffset());
        parser.skipChildren();
      }
      members.close((int) parser.currentTokenLocation().getByteOffset());
    } catch (IOException e) {
      throw new UncheckedIOException("a body that was read is JSON", e);
    }
    return members;
  }
}
