package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PriceListTest {
  private static final PriceCatalogue CATALOGUE = PriceCatalogue.bundled();
  private static final UUID TENANT = Ids.next();
  private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

  private final List<Price> rows = new ArrayList<>();

  /** Adds a row; its input price tells it from the others. */
  private Price row(
      UUID tenant,
      String provider,
      String model,
      long above,
      String from,
      long input,
      @Nullable String source) {
    Price price =
        new Price(
            Ids.next(),
            tenant,
            provider,
            model,
            above,
            Instant.parse(from),
            Rates.of(input, 7, null),
            source);
    rows.add(price);
    return price;
  }

  private Price row(UUID tenant, String provider, String model, long input) {
    return row(tenant, provider, model, 0, "2026-01-01T00:00:00Z", input, null);
  }

  private Price catalogue(String model, long above, String from, long input) {
    return row(Tenants.PLATFORM, "openai", model, above, from, input, "catalogue:test");
  }

  private Optional<Price> find(
      String name, String kind, String model, long inputTokens, Instant at) {
    return PriceList.of(rows, CATALOGUE).find(TENANT, name, kind, model, inputTokens, at);
  }

  private Optional<Price> find(String model) {
    return find("mine", "OPENAI", model, 10, NOW);
  }

  @Test
  void theTenantGoesBeforeThePlatformAndTheNameBeforeTheKind() {
    Price platformKind = row(Tenants.PLATFORM, "openai", "gpt-4o", 4);
    assertThat(find("gpt-4o")).contains(platformKind);

    Price platformName = row(Tenants.PLATFORM, "mine", "gpt-4o", 3);
    assertThat(find("gpt-4o")).contains(platformName);

    Price ownKind = row(TENANT, "openai", "gpt-4o", 2);
    assertThat(find("gpt-4o")).contains(ownKind);

    Price ownName = row(TENANT, "mine", "gpt-4o", 1);
    assertThat(find("gpt-4o")).contains(ownName);
  }

  @Test
  void anotherTenantsPriceIsNobodyElses() {
    row(Ids.next(), "mine", "gpt-4o", 1);

    assertThat(find("gpt-4o")).isEmpty();
  }

  @Test
  void aDatedNameFindsItsModel() {
    Price canonical = row(Tenants.PLATFORM, "openai", "gpt-4o", 4);
    assertThat(find("gpt-4o-2024-08-06")).contains(canonical);

    Price own = row(TENANT, "mine", "gpt-4o", 3);
    assertThat(find("gpt-4o-2024-08-06")).contains(own);

    Price exact = row(Tenants.PLATFORM, "openai", "gpt-4o-2024-08-06", 2);
    assertThat(find("gpt-4o-2024-08-06")).contains(exact);
    assertThat(find("gpt-4o")).contains(own);
  }

  @Test
  void aResellerHasTheModelsOfThoseItResells() {
    Price claude = row(Tenants.PLATFORM, "anthropic", "claude-opus-4-1", 5);

    assertThat(find("azure", "CUSTOM", "claude-opus-4-1-20250805", 10, NOW)).contains(claude);
  }

  @Test
  void aCustomProviderHasNoCatalogueButThatOfItsName() {
    Price groq = row(Tenants.PLATFORM, "groq", "llama-3.3-70b-versatile", 5);

    assertThat(find("groq", "CUSTOM", "llama-3.3-70b-versatile", 10, NOW)).contains(groq);
    assertThat(find("mine", "CUSTOM", "llama-3.3-70b-versatile", 10, NOW)).isEmpty();
  }

  @Test
  void theNewestPriceThatHasBegunCounts() {
    Price first = row(TENANT, "mine", "m", 0, "2026-01-01T00:00:00Z", 1, null);
    Price second = row(TENANT, "mine", "m", 0, "2026-06-01T00:00:00Z", 2, null);

    assertThat(find("mine", "OPENAI", "m", 1, Instant.parse("2025-12-31T23:59:59Z"))).isEmpty();
    assertThat(find("mine", "OPENAI", "m", 1, Instant.parse("2026-05-31T23:59:59.999999Z")))
        .contains(first);
    assertThat(find("mine", "OPENAI", "m", 1, Instant.parse("2026-06-01T00:00:00Z")))
        .contains(second);
  }

  @Test
  void aPriceThatHasNotBegunLeavesTheNextInOrder() {
    row(TENANT, "mine", "gpt-4o", 0, "2027-01-01T00:00:00Z", 1, null);
    Price platform = row(Tenants.PLATFORM, "openai", "gpt-4o", 2);

    assertThat(find("gpt-4o")).contains(platform);
  }

  @Test
  void theHighestBoundThatIsPassedCounts() {
    Price base = row(TENANT, "mine", "m", 0, "2026-01-01T00:00:00Z", 1, null);
    Price longer = row(TENANT, "mine", "m", 200, "2026-01-01T00:00:00Z", 2, null);
    Price longest = row(TENANT, "mine", "m", 500, "2026-01-01T00:00:00Z", 3, null);

    assertThat(find("mine", "OPENAI", "m", 0, NOW)).contains(base);
    assertThat(find("mine", "OPENAI", "m", 200, NOW)).contains(base);
    assertThat(find("mine", "OPENAI", "m", 201, NOW)).contains(longer);
    assertThat(find("mine", "OPENAI", "m", 10_000, NOW)).contains(longest);
  }

  @Test
  void aNewPriceListEndsTheTiersThatItDoesNotRepeat() {
    row(TENANT, "mine", "m", 0, "2026-01-01T00:00:00Z", 1, null);
    row(TENANT, "mine", "m", 200, "2026-01-01T00:00:00Z", 2, null);
    Price flat = row(TENANT, "mine", "m", 0, "2026-03-01T00:00:00Z", 3, null);

    assertThat(find("mine", "OPENAI", "m", 1_000, NOW)).contains(flat);
  }

  @Test
  void aTierAloneLeavesShorterCallsAsTheyWere() {
    Price base = row(TENANT, "mine", "m", 0, "2026-01-01T00:00:00Z", 1, null);
    Price longer = row(TENANT, "mine", "m", 200, "2026-03-01T00:00:00Z", 2, null);

    assertThat(find("mine", "OPENAI", "m", 100, NOW)).contains(base);
    assertThat(find("mine", "OPENAI", "m", 1_000, NOW)).contains(longer);
  }

  @Test
  void theCatalogueNeverOverrulesAPerson() {
    Price before = catalogue("gpt-4o", 0, "1970-01-01T00:00:00Z", 1);
    Price byHand =
        row(Tenants.PLATFORM, "openai", "gpt-4o", 0, "2026-03-01T00:00:00Z", 2, "config");
    catalogue("gpt-4o", 0, "2026-06-01T00:00:00Z", 3);

    assertThat(find("gpt-4o")).contains(byHand);
    assertThat(find("mine", "OPENAI", "gpt-4o", 1, Instant.parse("2026-02-01T00:00:00Z")))
        .contains(before);
  }

  @Test
  void theDearestOfTheTiersThatAreWithinReach() {
    Price base = row(TENANT, "mine", "m", 0, "2026-01-01T00:00:00Z", 9, null);
    Price longer = row(TENANT, "mine", "m", 200, "2026-01-01T00:00:00Z", 2, null);
    PriceList list = PriceList.of(rows, CATALOGUE);

    assertThat(list.dearest(TENANT, "mine", "OPENAI", "m", 100, NOW)).contains(base);
    Price dearest = list.dearest(TENANT, "mine", "OPENAI", "m", 300, NOW).orElseThrow();
    assertThat(dearest.id()).isEqualTo(longer.id());
    assertThat(dearest.rates()).isEqualTo(Rates.of(9, 7, null));
  }

  @Test
  void anAnswerIsTheSameWhenAskedAgain() {
    Price price = row(TENANT, "mine", "m", 1);
    PriceList list = PriceList.of(rows, CATALOGUE);

    for (int i = 0; i < 3; i++) {
      assertThat(list.find(TENANT, "mine", "OPENAI", "m", 1, NOW)).contains(price);
      assertThat(list.find(TENANT, "mine", "OPENAI", "nothing", 1, NOW)).isEmpty();
      assertThat(list.find(TENANT, "mine", "OPENAI", "m".repeat(500), 1, NOW)).isEmpty();
    }
  }
}
