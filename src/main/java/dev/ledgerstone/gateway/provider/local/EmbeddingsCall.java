package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Cl100k;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A call of {@code /embeddings}, read and checked.
 *
 * @param isBase64 whether a vector is written as base64 of little-endian 32 bit floats, else as a
 *     list of numbers
 */
record EmbeddingsCall(List<String> input, boolean isBase64) {
  /** OpenAI's own bounds of one call. */
  private static final int MAX_INPUTS = 2048;

  private static final int MAX_TOKENS = 300_000;

  static EmbeddingsCall read(Fields body) {
    JsonNode input =
        body.need("input", it -> it.isTextual() || it.isArray(), "a string or a list of strings");
    List<String> texts = new ArrayList<>();
    if (input.isTextual() || input.path(0).isNumber()) {
      texts.add(text(input, "input"));
    } else {
      for (int i = 0; i < input.size(); i++) {
        texts.add(text(input.get(i), "input[" + i + "]"));
      }
    }
    if (texts.isEmpty() || texts.size() > MAX_INPUTS) {
      throw Fields.wrong("input", "1 to " + MAX_INPUTS + " strings", texts.size() + " of them");
    }
    Integer dimensions = body.count("dimensions");
    if (dimensions != null && dimensions != MiniLm.DIMENSIONS) {
      throw Fields.wrong(
          "dimensions", MiniLm.DIMENSIONS + ", the model's only size", dimensions.toString());
    }
    JsonNode format = body.get("encoding_format", JsonNode::isTextual, "float or base64");
    return switch (format == null ? "float" : format.textValue()) {
      case "float" -> new EmbeddingsCall(texts, false);
      case "base64" -> new EmbeddingsCall(texts, true);
      case String other -> throw Fields.wrong("encoding_format", "float or base64", other);
    };
  }

  /**
   * One text. Token ids are those of cl100k_base, which clients of OpenAI's send for a model whose
   * vocabulary they do not know (LangChain does so unasked).
   */
  private static String text(JsonNode input, String field) {
    if (input.isArray() && !input.isEmpty()) {
      try {
        return Cl100k.text(input);
      } catch (IllegalArgumentException e) {
        throw Fields.unsupported(
            field,
            field + " holds numbers that are no token ids of cl100k_base",
            "send the text itself");
      }
    }
    if (!input.isTextual()) {
      throw Fields.wrong(field, "a string", input);
    }
    if (input.textValue().isEmpty()) {
      throw Fields.wrong(field, "a string that is not empty", "empty");
    }
    return input.textValue();
  }

  /** Makes the vectors and writes the answer. */
  byte[] answer(Embedder embedder, Steps steps) throws UpstreamFailure {
    int tokens = 0;
    for (String text : input) {
      tokens += embedder.pieces().count(text);
      if (tokens > MAX_TOKENS) {
        throw new LocalProblem.TooLong("input", MAX_TOKENS, "tokens").exception();
      }
      steps.check();
    }
    int bytesEach = isBase64 ? MiniLm.DIMENSIONS * 6 : MiniLm.DIMENSIONS * 14;
    ByteArrayOutputStream out = new ByteArrayOutputStream(256 + input.size() * bytesEach);
    try (JsonGenerator json = Fields.JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      embedder.embed(input, steps, (index, vector) -> write(json, index, vector));
      json.writeEndArray();
      json.writeStringField("model", LocalProvider.EMBEDDINGS);
      json.writeObjectFieldStart("usage");
      json.writeNumberField("prompt_tokens", tokens);
      json.writeNumberField("total_tokens", tokens);
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private void write(JsonGenerator json, int index, float[] vector) {
    try {
      json.writeStartObject();
      json.writeStringField("object", "embedding");
      json.writeNumberField("index", index);
      json.writeFieldName("embedding");
      if (isBase64) {
        ByteBuffer bytes =
            ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        json.writeString(Base64.getEncoder().encodeToString(bytes.array()));
      } else {
        json.writeStartArray();
        for (float number : vector) {
          json.writeNumber(number);
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
