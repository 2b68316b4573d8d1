package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceCatalogueTest {
  private static final PriceCatalogue CATALOGUE = PriceCatalogue.bundled();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static CatalogueModel model(String provider, String name) {
    return CATALOGUE.find(provider, name).orElseThrow();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itHasTheProvidersUnderOurNames() {
    assertThat(CATALOGUE.providers())
        .contains(
            "openai",
            "anthropic",
            "google",
            "zai",
            "openrouter",
            "local",
            "xai",
            "moonshot",
            "deepseek",
            "groq",
            "mistral",
            "azure",
            "aws")
        .doesNotContain("x-ai", "moonshotai");
    assertThat(CATALOGUE.date()).isAfterOrEqualTo(LocalDate.of(2026, 8, 21));
    assertThat(CATALOGUE.size()).isGreaterThan(1_000).isEqualTo(CATALOGUE.models().size());
  }

  @Test
  void everyModelIsThereOnceAndIsFoundByItsName() {
    Set<List<String>> seen = new HashSet<>();
    for (CatalogueModel model : CATALOGUE.models()) {
      assertThat(seen.add(List.of(model.provider(), model.model()))).as(model.model()).isTrue();
      assertThat(CATALOGUE.find(model.provider(), model.model())).contains(model);
      assertThat(model.name()).isNotBlank();
      assertThat(model.source()).startsWith(Schedule.CATALOGUE);
    }
  }

  @Test
  void everyPriceListBeginsAtZeroAndIsInOrder() {
    for (CatalogueModel model : CATALOGUE.models()) {
      assertThat(model.prices())
          .as(model.model())
          .isSortedAccordingTo(
              Comparator.comparing(CatalogueModel.Tier::validFrom)
                  .thenComparingLong(CatalogueModel.Tier::aboveInputTokens))
          .doesNotHaveDuplicates();
      Set<Instant> times = new HashSet<>();
      for (CatalogueModel.Tier tier : model.prices()) {
        if (times.add(tier.validFrom())) {
          assertThat(tier.aboveInputTokens()).as(model.model()).isZero();
        }
        // A dollar a thousand tokens: more would be a slip of the comma.
        assertThat(tier.rates().dearestInput()).as(model.model()).isLessThan(1_000_000_000);
        assertThat(tier.rates().dearestOutput()).as(model.model()).isLessThan(1_000_000_000);
      }
      if (model.prices().isEmpty()) {
        assertThat(model.note()).as(model.model()).isEqualTo("the source knows no price");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // provider, name, input, output, cached: picos a token
    "openai, gpt-4o, 2500000, 10000000, 1250000",
    "openai, gpt-4o-2024-08-06, 2500000, 10000000, 1250000",
    "openai, gpt-4o-mini-2024-07-18, 150000, 600000, 75000",
    "openai, gpt-4.1, 2000000, 8000000, 500000",
    "openai, gpt-5, 1250000, 10000000, 125000",
    "openai, text-embedding-3-small, 20000, 0,",
    "openai, gpt-4o-2024-05-13, 5000000, 15000000,",
    "openai, omni-moderation-latest, 0, 0,",
    "anthropic, claude-3-haiku-20240307, 250000, 1250000, 30000",
    "anthropic, claude-sonnet-4-20250514, 3000000, 15000000, 300000",
    "anthropic, claude-opus-4-1-20250805, 15000000, 75000000, 1500000",
    "google, gemini-2.5-flash, 300000, 2500000, 30000",
    "google, gemini-2.5-pro, 1250000, 10000000, 125000",
    "xai, grok-4, 3000000, 15000000, 750000",
    "azure, claude-opus-4-1, 15000000, 75000000, 1500000",
    "zai, glm-4.5, 600000, 2200000, 110000",
    "zai, GLM-4.5, 600000, 2200000, 110000",
    "zai, glm-4.5v, 600000, 1800000, 110000",
    "zai, glm-4.5-air, 200000, 1100000, 30000",
    "zai, glm-4.5-x, 2200000, 8900000, 450000",
    "zai, glm-4.5-airx, 1100000, 4500000, 220000",
    "zai, glm-4.5-flash, 0, 0, 0",
    "local, all-minilm-l6-v2, 0, 0,",
    "local, extract, 0, 0,"
  })
  void publicPricesAreKnown(
      String provider,
      String name,
      long input,
      long output,
      @org.jspecify.annotations.Nullable Long cached) {
    Rates rates = model(provider, name).prices().getFirst().rates();

    assertThat(rates.inputPicos()).isEqualTo(input);
    assertThat(rates.outputPicos()).isEqualTo(output);
    assertThat(rates.cachedInputPicos()).isEqualTo(cached);
  }

  @Test
  void longInputsHaveTheirOwnRow() {
    assertThat(model("google", "gemini-2.5-pro").prices())
        .extracting(CatalogueModel.Tier::aboveInputTokens)
        .containsExactly(0L, 200_000L);
    assertThat(model("google", "gemini-2.5-pro").prices().getLast().rates().inputPicos())
        .isEqualTo(2_500_000);
  }

  @Test
  void aNewPriceHasItsDay() {
    assertThat(model("openai", "o3").prices())
        .extracting(CatalogueModel.Tier::validFrom, tier -> tier.rates().inputPicos())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Instant.EPOCH, 10_000_000L),
            org.assertj.core.groups.Tuple.tuple(Instant.parse("2025-06-10T00:00:00Z"), 2_000_000L));
  }

  @Test
  void whatNobodyKnowsIsNotFound() {
    assertThat(CATALOGUE.find("openai", "gpt-nothing")).isEmpty();
    assertThat(CATALOGUE.find("nobody", "gpt-4o")).isEmpty();
    assertThat(CATALOGUE.find("openai", "gpt-4o".repeat(100))).isEmpty();
    assertThat(CATALOGUE.find("openai", "my-moderation-model")).isEmpty();
  }

  @Test
  void theHandKeptLengthsBelongToModels() throws IOException {
    try (InputStream in = PriceCatalogue.class.getResourceAsStream("/prices/own.json")) {
      for (Map.Entry<String, JsonNode> provider :
          JSON.readTree(in).get("max_output_tokens").properties()) {
        for (Map.Entry<String, JsonNode> length : provider.getValue().properties()) {
          CatalogueModel model = model(provider.getKey(), length.getKey());
          assertThat(model.model()).isEqualTo(length.getKey());
          assertThat(model.maxOutputTokens()).isEqualTo(length.getValue().longValue());
        }
      }
    }
    assertThat(model("openai", "gpt-4o").maxOutputTokens()).isEqualTo(16_384);
    assertThat(model("openai", "gpt-4o").contextWindow()).isEqualTo(128_000);
  }

  @Test
  void whatIsKeptByHandGoesBeforeWhatWasConverted() {
    PriceCatalogue catalogue =
        PriceCatalogue.of(
            json(
                """
                {"source": "catalogue:own", "providers": {"p": {"models": [
                 {"id": "m", "prices": [{"in": 1, "out": 2}]}]}}}"""),
            json(
                """
                {"source": "catalogue:other", "date": "2026-01-02", "providers": {"p": {"models": [
                 {"id": "M", "prices": [{"in": 8, "out": 9}]}, {"id": "n", "prices": []}]}}}"""));

    assertThat(catalogue.models()).extracting(CatalogueModel::model).containsExactly("m", "n");
    assertThat(catalogue.find("p", "M").orElseThrow().source()).isEqualTo("catalogue:own");
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"equals\": \"A-1\"}', a-1, true",
    "'{\"equals\": \"a\"}', a-1, false",
    "'{\"starts_with\": \"a-\"}', a-1, true",
    "'{\"ends_with\": \"-1\"}', a-1, true",
    "'{\"contains\": \"b\"}', a-1, false",
    "'{\"regex\": \"^A-\\\\d$\"}', a-1, true",
    "'{\"or\": [{\"equals\": \"b\"}, {\"contains\": \"-\"}]}', a-1, true",
    "'{\"and\": [{\"starts_with\": \"a\"}, {\"contains\": \"x\"}]}', a-1, false"
  })
  void clausesMatch(String clause, String name, boolean matches) {
    assertThat(ModelMatch.of(json(clause)).matches(name)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"equals\": 1}",
        "{\"equals\": \"\"}",
        "{\"is\": \"a\"}",
        "{\"or\": []}",
        "{\"regex\": \"(\"}",
        "{\"equals\": \"a\", \"contains\": \"b\"}"
      })
  void whatIsNoClauseIsRefused(String clause) {
    assertThatIllegalArgumentException().isThrownBy(() -> ModelMatch.of(json(clause)));
  }
}
