package dev.ledgerstone.gateway.media;

import dev.ledgerstone.problem.RequestProblem;
import org.jspecify.annotations.Nullable;

/** A request in parts, one of which names the model, and its bytes as they came. */
record Form(Multipart body, String model, byte[] bytes, String contentType) {
  /** What a model's own prompt adds to the client's. */
  static final int TEMPLATE_TOKENS = JsonMedia.TEMPLATE_TOKENS;

  static Form read(@Nullable String contentType, byte[] bytes) {
    Multipart body = Multipart.read(contentType, bytes);
    String named = body.field("model");
    if (named == null || named.isBlank()) {
      throw new RequestProblem.Invalid(
              "model", "model is missing", "send the name of a model as the field model")
          .exception();
    }
    return new Form(body, named.strip(), bytes, String.valueOf(contentType));
  }

  /** The parts, whatever stands between them. */
  byte[] identity() {
    return body.withBoundary("parts").with("model", model);
  }

  /** The fields as JSON, without the files. */
  byte[] fields() {
    return body.fields();
  }

  /** How many files it has, whatever they are called. */
  int files() {
    return (int) body.parts().stream().filter(Multipart.Part::isFile).count();
  }

  /** Whether there is a file of a name, alone or one of several, as {@code image[]} is. */
  boolean hasFile(String name) {
    return body.parts().stream().anyMatch(part -> part.isFile() && part.name().startsWith(name));
  }

  boolean isStream() {
    return "true".equals(body.field("stream"));
  }

  /** Upper bound of the prompt's tokens. */
  long promptBytes() {
    String prompt = body.field("prompt");
    return prompt == null ? 0 : prompt.length() * 3L;
  }

  int whole(String name, int least, int most, int otherwise) {
    String text = body.field(name);
    if (text == null || text.isBlank()) {
      return otherwise;
    }
    if (!text.strip().matches("[0-9]{1,4}")) {
      throw JsonBody.mustBe(name, "a whole number from " + least + " to " + most);
    }
    int value = Integer.parseInt(text.strip());
    if (value < least || value > most) {
      throw JsonBody.mustBe(name, "a whole number from " + least + " to " + most);
    }
    return value;
  }

  /** The bytes with another model's name; the same array where it is the same. */
  byte[] of(String other) {
    return other.equals(model) ? bytes : body.with("model", other);
  }
}
