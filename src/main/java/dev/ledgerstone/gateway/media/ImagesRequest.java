package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/images/generations}. Priced by the image (by size and quality, where prices are named
 * so), or by the tokens that the answer reports, whichever the model's price says.
 */
public final class ImagesRequest extends JsonMedia {
  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{1,4})x([1-9][0-9]{1,4})");

  /** What OpenAI bills for 1024 × 1024 pixels at its high quality; other areas in proportion. */
  private static final long SQUARE_TOKENS = 4160;

  private static final long SQUARE = 1024L * 1024;

  /** An image of no size that was named: the largest that OpenAI chooses, 1024 × 1536. */
  private static final long USUAL_AREA = 1024L * 1536;

  /** For each image that is shown while it is made. */
  private static final long PARTIAL_TOKENS = 100;

  private final int count;
  private final long outputTokens;
  private final String size;
  private final String quality;

  private ImagesRequest(JsonBody body) {
    super(body);
    body.required("prompt");
    this.count = body.whole("n", 1, 10, 1);
    String said = body.text("size");
    this.size = said == null ? "1024x1024" : said;
    String wanted = body.text("quality");
    this.quality = wanted == null ? "standard" : wanted;
    int partial = body.whole("partial_images", 0, 3, 0);
    Matcher pixels = SIZE.matcher(said == null ? "" : said);
    long area =
        pixels.matches()
            ? Long.parseLong(pixels.group(1)) * Long.parseLong(pixels.group(2))
            : USUAL_AREA;
    this.outputTokens =
        count * (Math.ceilDiv(area * SQUARE_TOKENS, SQUARE) + PARTIAL_TOKENS * partial);
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
    return outputTokens;
  }

  @Override
  public Units worstUnits() {
    return Units.images(count);
  }

  /** As {@code dall-e-3:hd:1024x1792}, {@code :hd}, {@code :1024x1792}, and the bare model. */
  @Override
  public List<String> priceNames(String model) {
    return List.of(
        model + ":" + quality + ":" + size, model + ":" + quality, model + ":" + size, model);
  }

  @Override
  public TokenUsage estimated() {
    return TokenUsage.of(0, 0, UsageSource.ESTIMATED).with(worstUnits());
  }

  /** The images that are there are those that are paid. */
  @Override
  public TokenUsage used(@Nullable JsonNode answer) {
    TokenUsage usage = super.used(answer);
    if (answer == null || !answer.path("data").isArray()) {
      return usage;
    }
    Units made = Units.images(answer.path("data").size());
    return usage.source() == UsageSource.REPORTED
        ? usage.with(made)
        : MediaRequest.reported(usage.with(made));
  }
}
