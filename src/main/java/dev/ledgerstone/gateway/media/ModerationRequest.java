package dev.ledgerstone.gateway.media;

import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/moderations}. OpenAI's own models have the price 0, and a line in the ledger as every
 * call; another's are billed by their input's tokens.
 */
public final class ModerationRequest extends JsonMedia {
  /** OpenAI's own default, where no model is named. */
  private static final String USUAL_MODEL = "omni-moderation-latest";

  private ModerationRequest(JsonBody body) {
    super(body);
    if (!body.has("input")) {
      throw JsonBody.mustBe("input", "a text, or an array of texts or parts");
    }
  }

  /**
   * Reads a request.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem, which names the field
   */
  public static ModerationRequest of(byte[] bytes) {
    return new ModerationRequest(JsonBody.read(bytes, USUAL_MODEL));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.MODERATIONS;
  }

  @Override
  public boolean isStream() {
    return false;
  }

  @Override
  public @Nullable Long worstOutputTokens() {
    return 0L;
  }

  @Override
  public TokenUsage estimated() {
    return TokenUsage.of(Math.ceilDiv(body.bytes().length, 4), 0, UsageSource.ESTIMATED);
  }
}
