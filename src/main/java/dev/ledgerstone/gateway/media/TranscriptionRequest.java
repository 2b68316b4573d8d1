package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageReader;
import dev.ledgerstone.ledger.UsageSource;
import dev.ledgerstone.problem.RequestProblem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/audio/transcriptions} and {@code /translations}: a file of sound, in parts. Priced by
 * the second, or by tokens.
 */
public final class TranscriptionRequest extends FormMedia {
  /** OpenAI's prices a minute and a token come to 17. */
  private static final long TOKENS_PER_SECOND = 20;

  /** Words come as three or four tokens a second; the fastest of speakers says ten. */
  private static final long SAID_PER_SECOND = 10;

  private final Sound sound;

  private TranscriptionRequest(Endpoint endpoint, Form form) {
    super(endpoint, form);
    Multipart.Part file = form.body().file("file");
    if (file == null) {
      throw new RequestProblem.Invalid(
              "file", "file is missing", "send the sound as a file of that name")
          .exception();
    }
    this.sound = Sound.of(file.content());
  }

  /**
   * Reads a request.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem, which names the field
   */
  public static TranscriptionRequest of(
      Endpoint endpoint, @Nullable String contentType, byte[] bytes) {
    return new TranscriptionRequest(endpoint, Form.read(contentType, bytes));
  }

  @Override
  public long worstInputTokens(int tokensPerImage) {
    return Form.TEMPLATE_TOKENS
        + form().promptBytes()
        + tokens(sound.mostMillis(), TOKENS_PER_SECOND);
  }

  @Override
  public @Nullable Long worstOutputTokens() {
    return Form.TEMPLATE_TOKENS + tokens(sound.mostMillis(), SAID_PER_SECOND);
  }

  private static long tokens(long millis, long perSecond) {
    return Math.ceilDiv(millis * perSecond, 1000);
  }

  @Override
  public Units worstUnits() {
    return Units.audio(sound.mostMillis());
  }

  @Override
  public TokenUsage estimated() {
    return TokenUsage.of(
            tokens(sound.millis(), TOKENS_PER_SECOND),
            tokens(sound.millis(), SAID_PER_SECOND / 2),
            UsageSource.ESTIMATED)
        .with(Units.audio(sound.millis()));
  }

  /** Seconds stand in the usage, or beside the text; tokens in the usage. */
  @Override
  public TokenUsage used(@Nullable JsonNode answer) {
    if (answer == null) {
      return estimated();
    }
    JsonNode usage = answer.path("usage");
    JsonNode seconds =
        usage.path("seconds").isNumber() ? usage.path("seconds") : answer.path("duration");
    Optional<TokenUsage> tokens = UsageReader.read(usage);
    if (seconds.isNumber() && seconds.doubleValue() >= 0) {
      Units heard = Units.audio((long) Math.ceil(seconds.doubleValue() * 1000));
      return tokens.orElse(TokenUsage.of(0, 0, UsageSource.REPORTED)).with(heard);
    }
    return tokens.isPresent() ? tokens.get().with(estimated().units()) : estimated();
  }
}
