package dev.ledgerstone.gateway.media;

import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/audio/speech}: a text that is spoken. Priced by its characters, or by tokens; only a
 * stream of events says how many those were.
 */
public final class SpeechRequest extends JsonMedia {
  /** Twenty a second: what OpenAI's prices a minute and a token come to. */
  private static final long TOKENS_PER_SECOND = 20;

  /** How fast people speak, in characters a second. */
  private static final long CHARACTERS_PER_SECOND = 15;

  /** No character is spoken for longer, a digit of a Chinese number or an emoji's name included. */
  private static final long LONGEST_SECONDS = 2;

  private final long characters;

  private SpeechRequest(JsonBody body) {
    super(body);
    String input = body.required("input");
    if (input.isEmpty()) {
      throw JsonBody.mustBe("input", "not empty");
    }
    this.characters = input.codePointCount(0, input.length());
  }

  /**
   * Reads a request.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem, which names the field
   */
  public static SpeechRequest of(byte[] bytes) {
    return new SpeechRequest(JsonBody.read(bytes));
  }

  @Override
  public Endpoint endpoint() {
    return Endpoint.SPEECH;
  }

  @Override
  public boolean isStream() {
    return "sse".equals(body.tree().path("stream_format").asText());
  }

  @Override
  public @Nullable Long worstOutputTokens() {
    return TEMPLATE_TOKENS + characters * LONGEST_SECONDS * TOKENS_PER_SECOND;
  }

  @Override
  public Units worstUnits() {
    return Units.characters(characters);
  }

  @Override
  public TokenUsage estimated() {
    return TokenUsage.of(
            Math.ceilDiv(characters, 4),
            Math.ceilDiv(characters * TOKENS_PER_SECOND, CHARACTERS_PER_SECOND),
            UsageSource.ESTIMATED)
        .with(worstUnits());
  }
}
