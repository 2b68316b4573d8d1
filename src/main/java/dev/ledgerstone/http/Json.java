package dev.ledgerstone.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON as this server reads and writes it: strict, exact in its numbers, bounded. */
public final class Json {
  /** Deeper than any client's nesting, and shallow enough for recursion over it. */
  private static final int DEEPEST = 200;

  /**
   * The one mapper. A name that stands twice in an object is refused, because parsers disagree on
   * which one counts; numbers keep their digits.
   */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(200)
                          .maxNameLength(2000)
                          // A file in base64 is one string; the body's own limit bounds it.
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final String HINT = "send one JSON object, in UTF-8";

  private Json() {}

  /** The body of a request as an object; an unusable one is told by its line and column only. */
  public static ObjectNode read(ServerRequest request, int limit) {
    return read(Bodies.read(request, limit));
  }

  /** One JSON object; anything else is {@link RequestProblem.Malformed}. */
  public static ObjectNode read(byte[] bytes) {
    JsonNode node;
    try {
      node = MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException _) {
      // No position: the bytes are in none of the encodings of Unicode.
      throw malformed("the body is not text in UTF-8");
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw malformed(node.isMissingNode() ? "the body is empty" : "the body is no JSON object");
  }

  /** Answers with a JSON document. */
  public static void send(ServerResponse response, JsonNode body) {
    response.headers().setIfAbsent(HeaderValues.CONTENT_TYPE_JSON);
    response.send(bytes(body));
  }

  public static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Jackson's own message may quote the body, so only its kind and its place are told. */
  private static ProblemException malformed(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    String place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    if (e instanceof StreamConstraintsException) {
      return malformed("the JSON is nested too deep, or a name or number is too long," + place);
    }
    if (e.getOriginalMessage().startsWith("Duplicate field")) {
      return malformed("a name stands twice in one JSON object" + place);
    }
    if (e.getOriginalMessage().startsWith("Trailing token")) {
      return malformed("something follows the JSON object" + place);
    }
    return malformed("the body is not valid JSON" + place);
  }

  private static ProblemException malformed(String detail) {
    return new RequestProblem.Malformed(detail, HINT).exception();
  }
}
