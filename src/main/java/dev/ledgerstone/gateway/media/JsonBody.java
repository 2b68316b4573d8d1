package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request's JSON object, and its bytes as they came. */
record JsonBody(ObjectNode tree, byte[] bytes) {
  static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(128)
                          .maxStringLength(Integer.MAX_VALUE) // an image is one string
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  static JsonBody read(byte[] bytes) {
    return read(bytes, null);
  }

  /**
   * Reads one.
   *
   * @param usual the model where none is named; null: one must be
   */
  static JsonBody read(byte[] bytes, @Nullable String usual) {
    try {
      if (MAPPER.readTree(bytes) instanceof ObjectNode tree) {
        if (usual != null && !tree.hasNonNull("model")) {
          return new JsonBody(tree.put("model", usual), MAPPER.writeValueAsBytes(tree));
        }
        JsonBody body = new JsonBody(tree, bytes);
        if (body.required("model").isBlank()) {
          throw mustBe("model", "the name of a model, not an empty string");
        }
        return body;
      }
    } catch (IOException e) {
      throw new RequestProblem.Malformed(
              "the body is not valid JSON", "send one JSON object, in UTF-8")
          .exception(e);
    }
    throw new RequestProblem.Malformed(
            "the body is not a JSON object", "send one JSON object, in UTF-8")
        .exception();
  }

  String model() {
    return tree.path("model").asText();
  }

  boolean has(String name) {
    return tree.hasNonNull(name);
  }

  String required(String name) {
    String text = text(name);
    if (text == null) {
      throw new RequestProblem.Invalid(name, name + " is missing", "send a string as " + name)
          .exception();
    }
    return text;
  }

  @Nullable String text(String name) {
    JsonNode value = tree.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw mustBe(name, "a string");
    }
    return value.asText();
  }

  int whole(String name, int least, int most, int otherwise) {
    JsonNode value = tree.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > most) {
      throw mustBe(name, "a whole number from " + least + " to " + most);
    }
    return value.intValue();
  }

  /** The bytes with another model's name; the same array where it is the same. */
  byte[] of(String model) {
    if (model.equals(model())) {
      return bytes;
    }
    try {
      return MAPPER.writeValueAsBytes(tree.deepCopy().put("model", model));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }

  static ProblemException mustBe(String name, String must) {
    return new RequestProblem.Invalid(name, name + " must be " + must, "send " + must).exception();
  }
}
