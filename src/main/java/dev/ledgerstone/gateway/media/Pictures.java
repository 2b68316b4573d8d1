package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageSource;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Images that a call wants made. Priced by the image (by size and quality, where prices are named
 * so), or by the tokens that the answer reports, whichever the model's price says.
 *
 * @param count how many
 * @param size as it was named; null: the model's own
 * @param quality as it was named; null: the model's own
 * @param partial how many of each are shown while it is made
 */
record Pictures(int count, @Nullable String size, @Nullable String quality, int partial) {
  static final int MOST = 10;
  static final int MOST_PARTIAL = 3;

  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{1,4})x([1-9][0-9]{1,4})");

  /** What OpenAI bills for 1024 × 1024 pixels at its high quality; other areas in proportion. */
  private static final long SQUARE_TOKENS = 4160;

  private static final long SQUARE = 1024L * 1024;

  /** An image of no size that was named: the largest that OpenAI chooses, 1024 × 1536. */
  private static final long USUAL_AREA = 1024L * 1536;

  /** For each image that is shown while it is made. */
  private static final long PARTIAL_TOKENS = 100;

  /** The most that they can be billed as. */
  long outputTokens() {
    Matcher pixels = SIZE.matcher(size == null ? "" : size);
    long area =
        pixels.matches()
            ? Long.parseLong(pixels.group(1)) * Long.parseLong(pixels.group(2))
            : USUAL_AREA;
    return count * (Math.ceilDiv(area * SQUARE_TOKENS, SQUARE) + PARTIAL_TOKENS * partial);
  }

  Units units() {
    return Units.images(count);
  }

  /** As {@code dall-e-3:hd:1024x1792}, {@code :hd}, {@code :1024x1792}, and the bare model. */
  List<String> priceNames(String model) {
    String as = Objects.requireNonNullElse(quality, "standard");
    String of = Objects.requireNonNullElse(size, "1024x1024");
    return List.of(model + ":" + as + ":" + of, model + ":" + as, model + ":" + of, model);
  }

  TokenUsage estimated() {
    return TokenUsage.of(0, 0, UsageSource.ESTIMATED).with(units());
  }

  /** The images that are there are those that are paid. */
  static TokenUsage used(TokenUsage usage, @Nullable JsonNode answer) {
    if (answer == null || !answer.path("data").isArray()) {
      return usage;
    }
    Units made = Units.images(answer.path("data").size());
    return usage.source() == UsageSource.REPORTED
        ? usage.with(made)
        : MediaRequest.reported(usage.with(made));
  }
}
