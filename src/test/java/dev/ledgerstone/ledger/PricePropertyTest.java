package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;

class PricePropertyTest {
  private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  @Property
  void theTotalIsTheExactSumRoundedHalfUp(
      @ForAll("rates") Rates rates, @ForAll("usages") TokenUsage used) {
    BigDecimal exact =
        times(
                used.inputTokens()
                    - used.cachedTokens()
                    - used.cacheWriteTokens()
                    - used.inputAudioTokens(),
                rates.inputPicos())
            .add(times(used.cachedTokens(), or(rates.cachedInputPicos(), rates.inputPicos())))
            .add(
                times(
                    used.cacheWriteTokens() - used.cacheWrite1hTokens(),
                    or(rates.cacheWritePicos(), rates.inputPicos())))
            .add(
                times(
                    used.cacheWrite1hTokens(),
                    or(rates.cacheWrite1hPicos(), or(rates.cacheWritePicos(), rates.inputPicos()))))
            .add(times(used.inputAudioTokens(), or(rates.inputAudioPicos(), rates.inputPicos())))
            .add(
                times(
                    used.outputTokens() - used.reasoningTokens() - used.outputAudioTokens(),
                    rates.outputPicos()))
            .add(times(used.reasoningTokens(), or(rates.reasoningPicos(), rates.outputPicos())))
            .add(times(used.outputAudioTokens(), or(rates.outputAudioPicos(), rates.outputPicos())))
            .add(times(used.units().images(), or(rates.imagePicos(), 0L)))
            .add(times(used.units().characters(), or(rates.characterPicos(), 0L)))
            .add(heard(used.units().audioMillis(), or(rates.secondPicos(), 0L)))
            .add(BigDecimal.valueOf(rates.requestPicos()));

    assertThat(Prices.of(rates).cost(used).totalNanos())
        .isEqualTo(
            exact.movePointLeft(3).setScale(0, RoundingMode.HALF_UP).min(LARGEST).longValueExact());
  }

  @Property
  void theSharesAreNeverNegativeAndSumToTheTotal(
      @ForAll("rates") Rates rates, @ForAll("usages") TokenUsage used) {
    Cost cost = Prices.of(rates).cost(used);

    assertThat(cost.inputNanos()).isNotNegative();
    assertThat(cost.outputNanos()).isNotNegative();
    assertThat(Math.addExact(cost.inputNanos(), cost.outputNanos())).isEqualTo(cost.totalNanos());
  }

  @Property
  void noSplitOfTheSameTokensCostsMoreThanTheWorstCase(
      @ForAll("rates") Rates rates, @ForAll("usages") TokenUsage used) {
    assertThat(Prices.of(rates).cost(used).totalNanos())
        .isLessThanOrEqualTo(
            Prices.of(rates).worstCase(used.inputTokens(), used.outputTokens(), used.units()));
  }

  @Property
  void theAffordableOutputIsTheLargestWhoseWorstCaseFits(
      @ForAll("rates") Rates rates,
      @ForAll @LongRange(max = 2_000_000) long inputTokens,
      @ForAll @LongRange(max = 1_000_000_000_000_000L) long nanos) {
    Price price = Prices.of(rates);
    long tokens = price.affordableOutput(nanos, inputTokens);

    if (price.worstCase(inputTokens, 0) > nanos) {
      assertThat(tokens).isZero();
    } else {
      assertThat(price.worstCase(inputTokens, tokens)).isLessThanOrEqualTo(nanos);
      if (tokens < Long.MAX_VALUE) {
        assertThat(price.worstCase(inputTokens, tokens + 1)).isGreaterThan(nanos);
      }
    }
  }

  @Property
  void theDearerOfTwoPricesIsBelowNeither(
      @ForAll("rates") Rates one, @ForAll("rates") Rates other, @ForAll("usages") TokenUsage used) {
    long dearer = Prices.of(one.dearer(other)).cost(used).totalNanos();

    assertThat(dearer).isGreaterThanOrEqualTo(Prices.of(one).cost(used).totalNanos());
    assertThat(dearer).isGreaterThanOrEqualTo(Prices.of(other).cost(used).totalNanos());
  }

  /** Prices as they are, and as large as a column takes. */
  @Provide
  Arbitrary<Rates> rates() {
    Arbitrary<Long> price =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 2_000_000_000L)),
            Tuple.of(1, Arbitraries.longs().between(0, Long.MAX_VALUE)));
    Arbitrary<@Nullable Long> maybe = price.injectNull(0.4);
    return Combinators.combine(price, price, maybe, maybe, maybe, maybe, maybe, maybe)
        .as(
            (in, out, cached, write, hour, reasoning, audioIn, audioOut) ->
                new Rates(
                    in, out, cached, write, hour, reasoning, audioIn, audioOut, cached, in / 2,
                    write, hour));
  }

  /** Counts of which the parts may contradict their whole. */
  @Provide
  Arbitrary<TokenUsage> usages() {
    Arbitrary<Long> count =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 2_000_000)),
            Tuple.of(1, Arbitraries.longs().between(0, Long.MAX_VALUE / 2)));
    return Combinators.combine(count, count, count, count, count, count, count)
        .as(
            (in, out, cached, written, hour, reasoning, audio) ->
                new TokenUsage(
                    in,
                    out,
                    cached / 2,
                    written / 2,
                    hour,
                    reasoning / 2,
                    audio,
                    audio,
                    new Units(hour % 9, cached % 3 == 0 ? written : 0, written % 3 == 0 ? in : 0),
                    UsageSource.REPORTED));
  }

  private static BigDecimal heard(long millis, long picos) {
    return times(millis, picos).divide(BigDecimal.valueOf(1000), 0, RoundingMode.CEILING);
  }

  private static BigDecimal times(long tokens, long picos) {
    return BigDecimal.valueOf(tokens).multiply(BigDecimal.valueOf(picos));
  }

  private static long or(@Nullable Long price, Long otherwise) {
    return price == null ? otherwise : price;
  }
}
