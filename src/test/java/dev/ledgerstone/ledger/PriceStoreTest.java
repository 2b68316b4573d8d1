package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_MODELS;
import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class PriceStoreTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456789Z");
  private static final Instant LATER = NOW.plusSeconds(3600);

  private final Database database;

  PriceStoreTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  @BeforeEach
  void thePlatformIsThere() {
    database.write(
        on ->
            on.insertInto(TENANTS)
                .columns(
                    TENANTS.ID, TENANTS.SLUG, TENANTS.NAME, TENANTS.CREATED_AT, TENANTS.UPDATED_AT)
                .values(Tenants.PLATFORM, "platform", "Platform", NOW, NOW)
                .onConflictDoNothing()
                .execute());
  }

  /** A catalogue of one model at "openai", of which the prices are given. */
  private static PriceCatalogue catalogue(String prices) {
    try {
      ObjectMapper json = new ObjectMapper();
      return PriceCatalogue.of(
          json.readTree("{\"source\": \"catalogue:own\", \"providers\": {}}"),
          json.readTree(
              """
              {"source": "catalogue:test", "date": "2026-08-21", "providers": {"openai": {"models": [
               {"id": "m", "name": "M", "context": 1000, "max_output": 100, "deprecated": true,
                "match": {"starts_with": "m-"}, "prices": %s}]}}}"""
                  .formatted(prices)));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private PriceStore.Seeded seed(PriceCatalogue catalogue, Instant now) {
    return database.write(on -> new PriceStore(catalogue).seed(on, now));
  }

  private boolean append(PriceCatalogue catalogue, PriceSetting setting, Instant now) {
    return database.write(on -> new PriceStore(catalogue).append(on, setting, now));
  }

  private Price find(PriceCatalogue catalogue, String model, long inputTokens, Instant at) {
    return new PriceStore(catalogue)
        .load(database)
        .find(Tenants.PLATFORM, "openai", "OPENAI", model, inputTokens, at)
        .orElseThrow();
  }

  @Test
  void seedingTwiceAddsOnce() {
    PriceCatalogue bundled = PriceCatalogue.bundled();
    PriceStore.Seeded first = seed(bundled, NOW);

    assertThat(first.models())
        .as("but for names of sizes and qualities, which have a price alone")
        .isEqualTo(
            bundled.models().stream()
                .filter(model -> !model.type().equals(CatalogueModel.PRICE_ALONE))
                .count());
    assertThat(first.prices())
        .isEqualTo(bundled.models().stream().mapToInt(model -> model.prices().size()).sum());
    assertThat(seed(bundled, LATER)).isEqualTo(new PriceStore.Seeded(0, 0));
    assertThat(database.<Integer>read(on -> on.fetchCount(MODEL_PRICES))).isEqualTo(first.prices());
  }

  @Test
  void whatIsSeededIsWhatIsLoaded() {
    PriceCatalogue bundled = PriceCatalogue.bundled();
    seed(bundled, NOW);
    PriceList list = new PriceStore(bundled).load(database);

    for (CatalogueModel model : bundled.models()) {
      for (CatalogueModel.Tier tier : model.prices()) {
        Price price =
            list.find(
                    Tenants.PLATFORM,
                    model.provider(),
                    "CUSTOM",
                    model.model(),
                    tier.aboveInputTokens() + 1,
                    tier.validFrom())
                .orElseThrow();
        assertThat(price.rates()).as(model.model()).isEqualTo(tier.rates());
        assertThat(price.source()).isEqualTo(model.source());
      }
    }
  }

  @Test
  void modelsAreSeededWithWhatIsKnownOfThem() {
    seed(catalogue("[]"), NOW);

    assertThat(
            database.<Map<String, Object>>read(
                on ->
                    on.select(
                            AI_MODELS.DISPLAY_NAME,
                            AI_MODELS.MODEL_TYPE,
                            AI_MODELS.CONTEXT_WINDOW,
                            AI_MODELS.MAX_OUTPUT_TOKENS,
                            AI_MODELS.DEPRECATED_AT)
                        .from(AI_MODELS)
                        .fetchSingleMap()))
        .containsEntry("display_name", "M")
        .containsEntry("model_type", "LANGUAGE")
        .containsEntry("context_window", 1_000L)
        .containsEntry("max_output_tokens", 100L)
        .containsEntry("deprecated_at", Instant.parse("2026-08-21T00:00:00Z"));
  }

  @Test
  void aChangedCataloguePriceHoldsFromNowOn() {
    PriceCatalogue old = catalogue("[{\"in\": 1, \"out\": 2}]");
    PriceCatalogue changed =
        catalogue("[{\"in\": 3, \"out\": 2}, {\"above\": 50, \"in\": 4, \"out\": 2}]");
    seed(old, NOW);

    assertThat(seed(changed, LATER).prices()).isEqualTo(2);
    assertThat(seed(changed, LATER.plusSeconds(9)).prices()).isZero();
    assertThat(find(changed, "m-1", 60, NOW).rates().inputPicos()).isEqualTo(1);
    assertThat(find(changed, "m-1", 10, LATER).rates().inputPicos()).isEqualTo(3);
    assertThat(find(changed, "m-1", 60, LATER).rates().inputPicos()).isEqualTo(4);
  }

  @Test
  void aPriceWithADayHoldsFromThatDay() {
    PriceCatalogue dated =
        catalogue("[{\"in\": 1, \"out\": 2}, {\"from\": \"2027-01-01\", \"in\": 3, \"out\": 2}]");
    seed(catalogue("[{\"in\": 1, \"out\": 2}]"), NOW);

    assertThat(seed(dated, LATER).prices()).isEqualTo(1);
    assertThat(seed(dated, LATER).prices()).isZero();
    assertThat(find(dated, "m", 1, Instant.parse("2026-12-31T00:00:00Z")).rates().inputPicos())
        .isEqualTo(1);
    assertThat(find(dated, "m", 1, Instant.parse("2027-01-01T00:00:00Z")).rates().inputPicos())
        .isEqualTo(3);
  }

  @Test
  void aPriceIsAppendedOnlyWhenItDiffersFromTheOneInForce() {
    PriceCatalogue catalogue = catalogue("[{\"in\": 1, \"out\": 2}]");
    seed(catalogue, NOW);
    PriceSetting same =
        PriceSetting.flat(Tenants.PLATFORM, "openai", "m", Rates.of(1, 2, null), "config");
    PriceSetting other =
        PriceSetting.flat(Tenants.PLATFORM, "openai", "m", Rates.of(5, 2, null), "config");

    assertThat(append(catalogue, same, NOW)).isFalse();
    assertThat(append(catalogue, other, NOW)).isTrue();
    assertThat(append(catalogue, other, LATER)).isFalse();
    assertThat(find(catalogue, "m", 1, NOW).rates().inputPicos()).isEqualTo(5);
    assertThat(append(catalogue, same, LATER)).isTrue();
    assertThat(find(catalogue, "m", 1, NOW).rates().inputPicos()).isEqualTo(5);
    assertThat(find(catalogue, "m", 1, LATER).rates().inputPicos()).isEqualTo(1);
  }

  @Test
  void twoPricesOfOneMomentFollowEachOther() {
    PriceCatalogue catalogue = catalogue("[]");
    for (long input = 1; input <= 3; input++) {
      PriceSetting setting =
          PriceSetting.flat(Tenants.PLATFORM, "openai", "m", Rates.of(input, 2, null), "config");
      assertThat(append(catalogue, setting, NOW)).isTrue();
    }

    assertThat(find(catalogue, "m", 1, NOW.plusMillis(1)).rates().inputPicos()).isEqualTo(3);
  }

  @Test
  void aPriceSetByHandOutlivesARefresh() {
    PriceCatalogue old = catalogue("[{\"in\": 1, \"out\": 2}]");
    PriceCatalogue changed = catalogue("[{\"in\": 9, \"out\": 9}]");
    seed(old, NOW);
    TreeMap<Long, Rates> tiers =
        new TreeMap<>(Map.of(0L, Rates.of(5, 5, null), 100L, Rates.of(6, 6, null)));
    append(old, new PriceSetting(Tenants.PLATFORM, "openai", "m", tiers, "config", null), NOW);

    assertThat(seed(changed, LATER).prices()).isEqualTo(1);
    assertThat(find(changed, "m", 100, LATER.plusSeconds(1)).rates().inputPicos()).isEqualTo(5);
    assertThat(find(changed, "m", 101, LATER.plusSeconds(1)).rates().inputPicos()).isEqualTo(6);
  }
}
