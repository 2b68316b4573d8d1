package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Money;
import java.math.BigInteger;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code model_prices}: what a model's tokens cost from a moment on.
 *
 * @param id what a ledger line names as the price that it used
 * @param provider a provider's name, or a catalogue's ({@link PriceCatalogue})
 * @param aboveInputTokens holds for calls with more input tokens than this; 0: for every call
 * @param validFrom until a newer row of the same model takes over
 * @param source who says so; null: a person
 */
public record Price(
    UUID id,
    UUID tenantId,
    String provider,
    String model,
    long aboveInputTokens,
    Instant validFrom,
    Rates rates,
    @Nullable String source) {
  // Below these bounds the sum of a call's parts is under 2^63, since its parts partition its
  // tokens: 2^31 * 2^30 for each side, 2^20 * 2^40 for images, 2^61 for the request.
  private static final long TOKENS = 1L << 31;
  private static final long PICOS = 1L << 30;
  private static final long IMAGES = 1L << 20;
  private static final long IMAGE_PICOS = 1L << 40;
  private static final long REQUEST_PICOS = 1L << 61;

  /** What a call that used so much costs; more than a long holds becomes the largest long. */
  public Cost cost(TokenUsage used) {
    Units units = used.units();
    if (fits(used.inputTokens(), used.outputTokens(), units)) {
      long input =
          used.plainInputTokens() * rates.inputPicos()
              + used.cachedTokens() * rates.cached()
              + (used.cacheWriteTokens() - used.cacheWrite1hTokens()) * rates.cacheWrite()
              + used.cacheWrite1hTokens() * rates.cacheWrite1h()
              + used.inputAudioTokens() * rates.inputAudio()
              + rates.requestPicos();
      long output =
          used.plainOutputTokens() * rates.outputPicos()
              + used.reasoningTokens() * rates.reasoning()
              + used.outputAudioTokens() * rates.outputAudio()
              + units.images() * rates.image();
      return shared(nanos(input), nanos(input + output));
    }
    BigInteger input =
        times(used.plainInputTokens(), rates.inputPicos())
            .add(times(used.cachedTokens(), rates.cached()))
            .add(times(used.cacheWriteTokens() - used.cacheWrite1hTokens(), rates.cacheWrite()))
            .add(times(used.cacheWrite1hTokens(), rates.cacheWrite1h()))
            .add(times(used.inputAudioTokens(), rates.inputAudio()))
            .add(spokenAndHeard(units))
            .add(BigInteger.valueOf(rates.requestPicos()));
    BigInteger output =
        times(used.plainOutputTokens(), rates.outputPicos())
            .add(times(used.reasoningTokens(), rates.reasoning()))
            .add(times(used.outputAudioTokens(), rates.outputAudio()))
            .add(times(units.images(), rates.image()));
    return shared(Money.nanos(input), Money.nanos(input.add(output)));
  }

  /**
   * The most that a call of so many tokens can cost, in nanos, whatever kinds of tokens they are.
   */
  public long worstCase(long inputTokens, long outputTokens) {
    return worstCase(inputTokens, outputTokens, Units.NONE);
  }

  /** As {@link #worstCase(long, long)}, for a call that uses more than tokens. */
  public long worstCase(long inputTokens, long outputTokens, Units units) {
    if (inputTokens < 0 || outputTokens < 0) {
      throw new IllegalArgumentException("a count of tokens is below zero");
    }
    if (fits(inputTokens, outputTokens, units)) {
      return nanos(
          inputTokens * rates.dearestInput()
              + outputTokens * rates.dearestOutput()
              + units.images() * rates.image()
              + rates.requestPicos());
    }
    return Money.nanos(
        inputSide(inputTokens)
            .add(times(outputTokens, rates.dearestOutput()))
            .add(spokenAndHeard(units))
            .add(times(units.images(), rates.image())));
  }

  /**
   * The most output tokens with which {@link #worstCase(long, long)} stays within an amount: 0 if
   * not one does, the largest long if output is free.
   */
  public long affordableOutput(long nanos, long inputTokens) {
    if (inputTokens < 0) {
      throw new IllegalArgumentException("a count of tokens is below zero");
    }
    // An amount holds all that rounds to it: half a nano more, exclusive.
    BigInteger left =
        times(nanos, 1000).add(BigInteger.valueOf(499)).subtract(inputSide(inputTokens));
    if (left.signum() < 0) {
      return 0;
    }
    if (rates.dearestOutput() == 0) {
      return Long.MAX_VALUE;
    }
    BigInteger tokens = left.divide(BigInteger.valueOf(rates.dearestOutput()));
    return tokens.bitLength() > 63 ? Long.MAX_VALUE : tokens.longValue();
  }

  Price withRates(Rates other) {
    return new Price(id, tenantId, provider, model, aboveInputTokens, validFrom, other, source);
  }

  private BigInteger inputSide(long inputTokens) {
    return times(inputTokens, rates.dearestInput()).add(BigInteger.valueOf(rates.requestPicos()));
  }

  private BigInteger spokenAndHeard(Units units) {
    BigInteger[] heard =
        times(units.audioMillis(), rates.second()).divideAndRemainder(BigInteger.valueOf(1000));
    return times(units.characters(), rates.character())
        .add(heard[0])
        .add(BigInteger.valueOf(heard[1].signum())); // a part of a pico counts as one
  }

  private boolean fits(long inputTokens, long outputTokens, Units units) {
    return units.characters() == 0
        && units.audioMillis() == 0
        && inputTokens < TOKENS
        && outputTokens < TOKENS
        && rates.dearestInput() < PICOS
        && rates.dearestOutput() < PICOS
        && units.images() < IMAGES
        && rates.image() < IMAGE_PICOS
        && rates.requestPicos() < REQUEST_PICOS;
  }

  /**
   * The total is what is rounded; the input's share is rounded by itself, the output's is what is
   * left.
   */
  private static Cost shared(long inputNanos, long totalNanos) {
    return new Cost(inputNanos, totalNanos - inputNanos, totalNanos);
  }

  private static long nanos(long picos) {
    return (picos + 500) / 1000;
  }

  private static BigInteger times(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }
}
