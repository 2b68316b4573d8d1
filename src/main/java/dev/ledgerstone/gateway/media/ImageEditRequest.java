package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.problem.RequestProblem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /v1/images/edits} and {@code /variations}: images of images, in parts. */
public final class ImageEditRequest extends FormMedia {
  /**
   * The most that OpenAI bills for an image that is looked at: 6,144 for one that is no square at
   * its high fidelity, and 65 with 129 for each of its tiles, of which there are at most three.
   */
  private static final long MOST_IMAGE_TOKENS = 6144 + 65 + 3 * 129;

  private final int files;
  private final Pictures wanted;

  private ImageEditRequest(Endpoint endpoint, Form form) {
    super(endpoint, form);
    this.files = form.files();
    if (!form.hasFile("image")) {
      throw new RequestProblem.Invalid(
              "image", "image is missing", "send the image as a file of that name")
          .exception();
    }
    if (endpoint == Endpoint.IMAGE_EDITS && form.body().field("prompt") == null) {
      throw new RequestProblem.Invalid(
              "prompt", "prompt is missing", "say what is to be changed in a field of that name")
          .exception();
    }
    this.wanted =
        new Pictures(
            form.whole("n", 1, Pictures.MOST, 1),
            form.body().field("size"),
            form.body().field("quality"),
            form.whole("partial_images", 0, Pictures.MOST_PARTIAL, 0));
  }

  /**
   * Reads a request.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem, which names the field
   */
  public static ImageEditRequest of(Endpoint endpoint, @Nullable String contentType, byte[] bytes) {
    return new ImageEditRequest(endpoint, Form.read(contentType, bytes));
  }

  @Override
  public long worstInputTokens(int tokensPerImage) {
    return Form.TEMPLATE_TOKENS + form().promptBytes() + files * MOST_IMAGE_TOKENS;
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
