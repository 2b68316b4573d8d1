package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /v1/images/generations}: images of a text. */
public final class ImagesRequest extends JsonMedia {
  private final Pictures wanted;

  private ImagesRequest(JsonBody body) {
    super(body);
    body.required("prompt");
    this.wanted =
        new Pictures(
            body.whole("n", 1, Pictures.MOST, 1),
            body.text("size"),
            body.text("quality"),
            body.whole("partial_images", 0, Pictures.MOST_PARTIAL, 0));
  }

  /**
   * Reads a request.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem, which names the field
   */
  public static ImagesRequest of(byte[] bytes) {
    return new ImagesRequest(JsonBody.read(bytes));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.IMAGES;
  }

  @Override
  public boolean isStream() {
    return body.tree().path("stream").asBoolean();
  }

  @Override
  public @Nullable Long worstOutputTokens() {
    return wanted.outputTokens();
  }

  @Override
  public Units worstUnits() {
    return wanted.units();
  }

  @Override
  public List<String> priceNames(String model) {
    return wanted.priceNames(model);
  }

  @Override
  public TokenUsage estimated() {
    return wanted.estimated();
  }

  @Override
  public TokenUsage used(@Nullable JsonNode answer) {
    return Pictures.used(super.used(answer), answer);
  }
}
