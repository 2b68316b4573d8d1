package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueConversionTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final LocalDate DATE = LocalDate.of(2026, 8, 21);

  /** The model "m" of one whose prices are given, as the server would read it. */
  private static CatalogueModel converted(String id, String prices) {
    String text =
        CatalogueConversion.convert(
            """
            [{"id": "x-ai", "name": "X", "api_pattern": "x", "fallback_model_providers": ["openai"],
              "models": [{"id": "%s", "name": "A \\"model\\"", "context_window": 1000, "deprecated": true,
                          "match": {"or": [{"equals": "m"}, {"starts_with": "m-"}]}, "prices": %s}]}]"""
                .formatted(id, prices),
            COMMIT,
            DATE);
    try {
      ObjectMapper json = new ObjectMapper();
      PriceCatalogue catalogue =
          PriceCatalogue.of(
              json.readTree("{\"source\": \"catalogue:own\", \"providers\": {}}"),
              json.readTree(text));
      assertThat(catalogue.date()).isEqualTo(DATE);
      return catalogue.find("xai", "m-2026").orElseThrow();
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }

  private static CatalogueModel.Tier tier(String from, long above, Rates rates) {
    return new CatalogueModel.Tier(Instant.parse(from + "T00:00:00Z"), above, rates);
  }

  @Test
  void dollarsPerMillionBecomePicosPerToken() {
    CatalogueModel model =
        converted(
            "m",
            """
            {"input_mtok": 0.0028, "output_mtok": 15, "cache_read_mtok": 0.3, "cache_write_mtok": 3.75,
             "cache_write_1h_mtok": 6, "output_reasoning_mtok": 3, "input_audio_mtok": 32,
             "output_audio_mtok": 64, "requests_kcount": 12, "web_searches_kcount": 10}""");

    assertThat(model.prices())
        .containsExactly(
            tier(
                "1970-01-01",
                0,
                new Rates(
                    2_800,
                    15_000_000,
                    300_000L,
                    3_750_000L,
                    6_000_000L,
                    3_000_000L,
                    32_000_000L,
                    64_000_000L,
                    null,
                    12_000_000_000L)));
    assertThat(model.note()).isEqualTo("web_searches_kcount is not charged");
    assertThat(model.name()).isEqualTo("A \"model\"");
    assertThat(model.contextWindow()).isEqualTo(1_000);
    assertThat(model.deprecated()).isTrue();
    assertThat(model.type()).isEqualTo("AUDIO");
    assertThat(model.source()).isEqualTo("catalogue:genai-prices@0123456789ab");
  }

  @Test
  void tiersBecomeRows() {
    assertThat(
            converted(
                    "m",
                    """
                    {"input_mtok": {"base": 1, "tiers": [{"start": 200, "price": 2}, {"start": 500, "price": 4}]},
                     "output_mtok": {"base": 5, "tiers": [{"start": 200, "price": 6}]}, "cache_read_mtok": 0.1}""")
                .prices())
        .containsExactly(
            tier("1970-01-01", 0, Rates.of(1_000_000, 5_000_000, 100_000L)),
            tier("1970-01-01", 200, Rates.of(2_000_000, 6_000_000, 100_000L)),
            tier("1970-01-01", 500, Rates.of(4_000_000, 6_000_000, 100_000L)));
  }

  @Test
  void datesBecomeValidFrom() {
    assertThat(
            converted(
                    "m",
                    """
                    [{"prices": {"input_mtok": 10, "output_mtok": 40}},
                     {"constraint": {"start_date": "2025-06-10"}, "prices": {"input_mtok": 2, "output_mtok": 8}}]""")
                .prices())
        .containsExactly(
            tier("1970-01-01", 0, Rates.of(10_000_000, 40_000_000, null)),
            tier("2025-06-10", 0, Rates.of(2_000_000, 8_000_000, null)));
  }

  @Test
  void ofTimesOfDayTheDearestCountsAndTheNoteSaysSo() {
    CatalogueModel model =
        converted(
            "m",
            """
            [{"prices": {"input_mtok": 0.135, "output_mtok": 2, "cache_read_mtok": 0.1}},
             {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
              "prices": {"input_mtok": 0.27, "output_mtok": 1.1, "cache_read_mtok": 0.07}}]""");

    assertThat(model.prices())
        .containsExactly(tier("1970-01-01", 0, Rates.of(270_000, 2_000_000, 100_000L)));
    assertThat(model.note()).isEqualTo("the price depends on the time of day; the dearest counts");
  }

  @Test
  void imagesCountAtTheDearerPrice() {
    CatalogueModel model =
        converted(
            "m-image",
            """
            {"input_mtok": 5, "input_image_mtok": 8, "cache_read_mtok": 1.25, "cache_image_read_mtok": 2,
             "output_mtok": 10, "output_image_mtok": 32}""");

    assertThat(model.prices())
        .containsExactly(tier("1970-01-01", 0, Rates.of(8_000_000, 32_000_000, 2_000_000L)));
    assertThat(model.type()).isEqualTo("CREATIVE");
    assertThat(model.note())
        .isEqualTo(
            "input tokens of text count as those of images; output tokens of text count as those of images or video");
  }

  @Test
  void embeddingsHaveNoOutputAndOthersAreNotGivenItForNothing() {
    assertThat(converted("m-embedding", "{\"input_mtok\": 0.02}").prices())
        .containsExactly(tier("1970-01-01", 0, Rates.of(20_000, 0, null)));
    assertThat(converted("m-embedding", "{\"input_mtok\": 0.02}").type()).isEqualTo("EMBEDDING");
    assertThat(converted("m", "{\"input_mtok\": 0.4}").prices())
        .containsExactly(tier("1970-01-01", 0, Rates.of(400_000, 400_000, null)));
  }

  @Test
  void noPriceIsNotFree() {
    assertThat(converted("m", "{}").prices()).isEmpty();
    assertThat(converted("m", "{}").note()).isEqualTo("the source knows no price");
    assertThat(converted("m:free", "{}").prices())
        .isEqualTo(List.of(tier("1970-01-01", 0, Rates.of(0, 0, null))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "{}",
        "[]",
        "[{\"id\": \"p\"}]",
        "[{\"id\": \"p\", \"models\": [{\"id\": \"m\", \"prices\": {}}]}]",
        "[{\"id\": \"p\", \"models\": [{\"id\": \"m\", \"match\": {\"is\": 1}, \"prices\": {}}]}]",
        "[{\"id\": \"p\", \"models\": [{\"id\": \"m\", \"match\": {\"equals\": \"m\"}, \"prices\": {\"input_mtok\": -1}}]}]",
        "[{\"id\": \"p\", \"models\": [{\"id\": \"m\", \"match\": {\"equals\": \"m\"}, \"prices\": {\"input_mtok\": \"1\"}}]}]"
      })
  void whatHasNotTheFormIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CatalogueConversion.convert(text, COMMIT, DATE));
  }

  @Test
  void aCommitThatIsNoneIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CatalogueConversion.convert("[{}]", "\"quote", DATE));
  }
}
