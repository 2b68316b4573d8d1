package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PriceTest {
  private static final Rates CLAUDE =
      new Rates(3_000_000, 15_000_000, 300_000L, 3_750_000L, 6_000_000L, null, null, null, null, 0);

  private static TokenUsage used(
      long input, long output, long cached, long written, long hour, long reasoning) {
    return new TokenUsage(
        input, output, cached, written, hour, reasoning, 0, 0, 0, UsageSource.REPORTED);
  }

  @Test
  void plainTokensCostTheirPrice() {
    // 1,000 × 0.6 µ$ + 500 × 2.2 µ$ = 600 µ$ + 1,100 µ$
    Cost cost =
        Prices.of(Rates.of(600_000, 2_200_000, 110_000L))
            .cost(TokenUsage.of(1_000, 500, UsageSource.REPORTED));

    assertThat(cost).isEqualTo(new Cost(600_000, 1_100_000, 1_700_000));
  }

  @Test
  void cachedAndWrittenTokensAreBilledOnceEach() {
    // 10,000 in: 6,000 cached, 3,000 written (1,000 of them for an hour), 1,000 plain.
    // 1,000 × 3 + 6,000 × 0.3 + 2,000 × 3.75 + 1,000 × 6 = 3,000 + 1,800 + 7,500 + 6,000 µ$
    // 200 × 15 = 3,000 µ$
    Cost cost = Prices.of(CLAUDE).cost(used(10_000, 200, 6_000, 3_000, 1_000, 0));

    assertThat(cost).isEqualTo(new Cost(18_300_000, 3_000_000, 21_300_000));
  }

  @Test
  void reasoningIsPartOfTheOutput() {
    Rates research =
        new Rates(2_000_000, 8_000_000, null, null, null, 3_000_000L, null, null, null, 0);
    // 100 × 2 = 200 µ$; 1,000 out, 800 of them reasoning: 200 × 8 + 800 × 3 = 4,000 µ$
    assertThat(Prices.of(research).cost(used(100, 1_000, 0, 0, 0, 800)))
        .isEqualTo(new Cost(200_000, 4_000_000, 4_200_000));
    // Where reasoning has no price of its own, it does not matter how much of it there was.
    assertThat(Prices.of(CLAUDE).cost(used(100, 1_000, 0, 0, 0, 800)))
        .isEqualTo(Prices.of(CLAUDE).cost(used(100, 1_000, 0, 0, 0, 0)));
  }

  @Test
  void audioImagesAndTheRequestHaveTheirPrices() {
    Rates rates =
        new Rates(
            2_500_000,
            10_000_000,
            null,
            null,
            null,
            null,
            32_000_000L,
            64_000_000L,
            40_000_000_000L,
            12_000_000_000L);
    TokenUsage used = new TokenUsage(100, 50, 0, 0, 0, 0, 60, 20, 2, UsageSource.REPORTED);
    // in: 40 × 2.5 + 60 × 32 = 2,020 µ$, and 12,000 µ$ for the request
    // out: 30 × 10 + 20 × 64 = 1,580 µ$, and 2 × 40,000 µ$ of images
    assertThat(Prices.of(rates).cost(used)).isEqualTo(new Cost(14_020_000, 81_580_000, 95_600_000));
  }

  @Test
  void partsThatDoNotFitTheirWholeAreCutToIt() {
    TokenUsage used = new TokenUsage(100, 10, 80, 70, 90, 40, 30, 5, 0, UsageSource.REPORTED);

    assertThat(used)
        .isEqualTo(new TokenUsage(100, 10, 80, 20, 20, 10, 0, 0, 0, UsageSource.REPORTED));
  }

  @Test
  void theTotalIsRoundedOnceHalfUpAndTheSharesSumToIt() {
    Price price = Prices.of(Rates.of(300, 200, null));
    // 300 + 200 picos are half a nano: up. Each alone is less than half.
    assertThat(price.cost(TokenUsage.of(1, 1, UsageSource.REPORTED))).isEqualTo(new Cost(0, 1, 1));
    assertThat(price.cost(TokenUsage.of(1, 0, UsageSource.REPORTED))).isEqualTo(Cost.NONE);
    // 600 picos each: 1.2 nanos are 1, not 1 + 1.
    assertThat(price.cost(TokenUsage.of(2, 3, UsageSource.REPORTED))).isEqualTo(new Cost(1, 0, 1));
  }

  @Test
  void whatDoesNotFitALongIsTheLargestLong() {
    Price price = Prices.of(Rates.of(Long.MAX_VALUE, Long.MAX_VALUE, null));
    TokenUsage much = TokenUsage.of(Long.MAX_VALUE, Long.MAX_VALUE, UsageSource.ASSUMED);

    assertThat(price.cost(much)).isEqualTo(new Cost(Long.MAX_VALUE, 0, Long.MAX_VALUE));
    assertThat(price.worstCase(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theWorstCaseTakesTheDearestKindOfToken() {
    // Every input token written for an hour: 1,000 × 6 µ$; output 100 × 15 µ$.
    assertThat(Prices.of(CLAUDE).worstCase(1_000, 100)).isEqualTo(7_500_000);
  }

  @Test
  void anAmountAffordsWhatItsWorstCaseLeaves() {
    Price price = Prices.of(CLAUDE);

    assertThat(price.affordableOutput(7_500_000, 1_000)).isEqualTo(100);
    assertThat(price.affordableOutput(7_499_999, 1_000)).isEqualTo(99);
    assertThat(price.affordableOutput(5_999_999, 1_000)).isZero();
    assertThat(Prices.of(Rates.of(1_000, 0, null)).affordableOutput(5, 5))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(Prices.of(Rates.of(1_000, 0, null)).affordableOutput(5, 6)).isZero();
  }

  @Test
  void countsAndPricesBelowZeroAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenUsage.of(-1, 0, UsageSource.REPORTED));
    assertThatIllegalArgumentException().isThrownBy(() -> Rates.of(0, -1, null));
    assertThatIllegalArgumentException().isThrownBy(() -> Prices.of(CLAUDE).worstCase(-1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Cost(1, 1, 3));
  }
}
