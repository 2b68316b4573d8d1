package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageReaderTest {
  private static final PriceCatalogue CATALOGUE = PriceCatalogue.bundled();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static TokenUsage read(String usage) {
    return UsageReader.read(json(usage)).orElseThrow();
  }

  private static TokenUsage used(
      long input, long output, long cached, long written, long hour, long reasoning) {
    return new TokenUsage(
        input, output, cached, written, hour, reasoning, 0, 0, 0, UsageSource.REPORTED);
  }

  private static Cost cost(String provider, String model, TokenUsage used) {
    return Prices.of(CATALOGUE, provider, model).cost(used);
  }

  @Test
  void openAiCountsCachedAndReasoningInside() {
    TokenUsage used =
        read(
            """
            {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
             "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
             "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0}}""");

    assertThat(used).isEqualTo(used(2006, 300, 1920, 0, 0, 128));
    // gpt-4o: 86 × 2.5 + 1,920 × 1.25 = 215 + 2,400 µ$; 300 × 10 = 3,000 µ$
    assertThat(cost("openai", "gpt-4o-2024-08-06", used))
        .isEqualTo(new Cost(2_615_000, 3_000_000, 5_615_000));
  }

  @Test
  void openAiCountsAudioInside() {
    assertThat(
            read(
                """
                {"prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 160,
                 "prompt_tokens_details": {"audio_tokens": 40},
                 "completion_tokens_details": {"audio_tokens": 50}}"""))
        .isEqualTo(new TokenUsage(100, 60, 0, 0, 0, 0, 40, 50, 0, UsageSource.REPORTED));
  }

  @Test
  void theResponsesApiHasOtherNames() {
    assertThat(
            read(
                """
                {"input_tokens": 36, "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 4},
                 "output_tokens": 87, "output_tokens_details": {"reasoning_tokens": 64},
                 "total_tokens": 123}"""))
        .isEqualTo(used(36, 87, 30, 4, 0, 64));
  }

  @Test
  void transcriptionsSayWhatWasAudio() {
    assertThat(
            read(
                """
                {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
                 "input_token_details": {"text_tokens": 4, "audio_tokens": 10}}"""))
        .isEqualTo(new TokenUsage(14, 45, 0, 0, 0, 0, 10, 0, 0, UsageSource.REPORTED));
    assertThat(UsageReader.read(json("{\"type\": \"duration\", \"seconds\": 9}"))).isEmpty();
  }

  @Test
  void embeddingsHaveNoOutput() {
    assertThat(read("{\"prompt_tokens\": 8, \"total_tokens\": 8}"))
        .isEqualTo(used(8, 0, 0, 0, 0, 0));
    assertThat(read("{\"total_tokens\": 8}")).isEqualTo(used(8, 0, 0, 0, 0, 0));
  }

  @Test
  void zAiCountsAsOpenAi() {
    TokenUsage used =
        read(
            """
            {"prompt_tokens": 1200, "completion_tokens": 400, "total_tokens": 1600,
             "prompt_tokens_details": {"cached_tokens": 1000}}""");
    // 200 × 0.6 + 1,000 × 0.11 = 120 + 110 µ$; 400 × 2.2 = 880 µ$
    assertThat(cost("zai", "GLM-4.5", used)).isEqualTo(new Cost(230_000, 880_000, 1_110_000));
  }

  @Test
  void deepSeekNamesHitsAndMisses() {
    TokenUsage used =
        read(
            """
            {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
             "prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100}""");

    assertThat(used).isEqualTo(used(1000, 200, 900, 0, 0, 0));
    // At the dearer time of day: 100 × 0.27 + 900 × 0.07 = 90 µ$; 200 × 1.1 = 220 µ$
    assertThat(cost("deepseek", "deepseek-chat", used))
        .isEqualTo(new Cost(90_000, 220_000, 310_000));
  }

  @Test
  void moonshotHasCachedTokensAtTheTop() {
    assertThat(
            read(
                """
                {"prompt_tokens": 19, "completion_tokens": 21, "total_tokens": 40, "cached_tokens": 10}"""))
        .isEqualTo(used(19, 21, 10, 0, 0, 0));
  }

  @Test
  void openRouterSaysWhatItCharged() {
    JsonNode usage =
        json(
            """
            {"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196, "cost": 0.00095,
             "cost_details": {"upstream_inference_cost": null},
             "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100, "audio_tokens": 0},
             "completion_tokens_details": {"reasoning_tokens": 0}}""");

    assertThat(UsageReader.read(usage)).contains(used(194, 2, 0, 100, 0, 0));
    assertThat(UsageReader.reportedCostNanos(usage)).hasValue(950_000);
  }

  @Test
  void xAiCountsReasoningBesideTheCompletion() {
    JsonNode usage =
        json(
            """
            {"prompt_tokens": 10120, "completion_tokens": 1499, "total_tokens": 14428,
             "prompt_tokens_details": {"cached_tokens": 128},
             "completion_tokens_details": {"reasoning_tokens": 2809},
             "cost_in_usd_ticks": 232856000}""");
    TokenUsage used = UsageReader.read(usage).orElseThrow();

    assertThat(used).isEqualTo(used(10120, 4308, 128, 0, 0, 2809));
    // 9,992 × 1.25 + 128 × 0.2 = 12,515.6 µ$; 4,308 × 2.5 = 10,770 µ$: what xAI says it charged.
    assertThat(cost("xai", "grok-4.20", used))
        .isEqualTo(new Cost(12_515_600, 10_770_000, 23_285_600));
    assertThat(UsageReader.reportedCostNanos(usage)).hasValue(23_285_600);
  }

  @Test
  void withoutATotalReasoningLargerThanItsWholeIsBesideIt() {
    assertThat(
            read(
                """
                {"prompt_tokens": 12, "completion_tokens": 2,
                 "completion_tokens_details": {"reasoning_tokens": 317}}"""))
        .isEqualTo(used(12, 319, 0, 0, 0, 317));
  }

  @Test
  void whatTheTotalHasMoreIsOutput() {
    // Google's OpenAI dialect: thoughts only in the total.
    assertThat(read("{\"prompt_tokens\": 10, \"completion_tokens\": 5, \"total_tokens\": 115}"))
        .isEqualTo(used(10, 105, 0, 0, 0, 100));
  }

  @Test
  void whatTheTotalHasMoreIsCachedInputIfItIsJustThat() {
    assertThat(
            read(
                """
                {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115,
                 "prompt_tokens_details": {"cached_tokens": 100}}"""))
        .isEqualTo(used(110, 5, 100, 0, 0, 0));
  }

  @Test
  void anthropicCountsTheCacheBesideTheInput() {
    TokenUsage used =
        read(
            """
            {"input_tokens": 50, "cache_creation_input_tokens": 1500, "cache_read_input_tokens": 8000,
             "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1000},
             "output_tokens": 400}""");

    assertThat(used).isEqualTo(used(9550, 400, 8000, 1500, 1000, 0));
    // 50 × 3 + 8,000 × 0.3 + 500 × 3.75 + 1,000 × 6 = 150 + 2,400 + 1,875 + 6,000 µ$
    // 400 × 15 = 6,000 µ$
    assertThat(cost("anthropic", "claude-3-7-sonnet-20250219", used))
        .isEqualTo(new Cost(10_425_000, 6_000_000, 16_425_000));
  }

  @Test
  void anthropicWithoutCacheIsPlain() {
    assertThat(read("{\"input_tokens\": 25, \"output_tokens\": 15}"))
        .isEqualTo(used(25, 15, 0, 0, 0, 0));
  }

  @Test
  void anAnthropicNameWithATotalThatHasTheCacheInsideIsBelieved() {
    assertThat(
            read(
                """
                {"input_tokens": 100, "cache_read_input_tokens": 80, "output_tokens": 10, "total_tokens": 110}"""))
        .isEqualTo(used(100, 10, 80, 0, 0, 0));
  }

  @Test
  void anthropicTellsAStreamsUsageInParts() {
    JsonNode start =
        json("{\"input_tokens\": 25, \"cache_read_input_tokens\": 100, \"output_tokens\": 1}");
    JsonNode delta = json("{\"output_tokens\": 15, \"input_tokens\": null}");

    assertThat(UsageReader.read(UsageReader.merged(start, delta)))
        .contains(used(125, 15, 100, 0, 0, 0));
    assertThat(UsageReader.merged(start, JsonNodeFactory.instance.nullNode())).isEqualTo(start);
  }

  @Test
  void geminiCountsThoughtsBesideTheCandidates() {
    TokenUsage used =
        read(
            """
            {"promptTokenCount": 1000, "candidatesTokenCount": 100, "thoughtsTokenCount": 900,
             "cachedContentTokenCount": 400, "totalTokenCount": 2000}""");

    assertThat(used).isEqualTo(used(1000, 1000, 400, 0, 0, 900));
    // gemini-2.5-flash: 600 × 0.3 + 400 × 0.03 = 192 µ$; 1,000 × 2.5 = 2,500 µ$
    assertThat(cost("google", "gemini-2.5-flash", used))
        .isEqualTo(new Cost(192_000, 2_500_000, 2_692_000));
  }

  @Test
  void geminiWhoseTotalHasTheThoughtsInsideIsBelieved() {
    assertThat(
            read(
                """
                {"promptTokenCount": 10, "candidatesTokenCount": 100, "thoughtsTokenCount": 90, "totalTokenCount": 110}"""))
        .isEqualTo(used(10, 100, 0, 0, 0, 90));
  }

  @Test
  void geminiNamesModalitiesAndTools() {
    assertThat(
            read(
                """
                {"promptTokenCount": 300, "toolUsePromptTokenCount": 20, "totalTokenCount": 320,
                 "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 50}, {"modality": "AUDIO", "tokenCount": 250}],
                 "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}], "cachedContentTokenCount": 100}"""))
        .isEqualTo(new TokenUsage(320, 0, 100, 0, 0, 0, 150, 0, 0, UsageSource.REPORTED));
  }

  @Test
  void explicitZeroStaysZero() {
    assertThat(read("{\"prompt_tokens\": 0, \"completion_tokens\": 0, \"total_tokens\": 0}"))
        .isEqualTo(used(0, 0, 0, 0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{}",
        "[]",
        "7",
        "\"usage\"",
        "{\"prompt_tokens\": null, \"completion_tokens\": null}",
        "{\"prompt_tokens\": 5}",
        "{\"prompt_tokens\": -5, \"completion_tokens\": 5}",
        "{\"prompt_tokens\": 5, \"completion_tokens\": -1, \"total_tokens\": 5}",
        "{\"prompt_tokens\": \"5\", \"completion_tokens\": 5}",
        "{\"prompt_tokens\": 5.5, \"completion_tokens\": 5}",
        "{\"prompt_tokens\": 5e30, \"completion_tokens\": 5}",
        "{\"prompt_tokens\": 1e999, \"completion_tokens\": 5}",
        "{\"prompt_tokens\": 99999999999999999999999, \"completion_tokens\": 5}",
        "{\"prompt_tokens\": {}, \"completion_tokens\": []}",
        "{\"input_tokens\": -3, \"output_tokens\": 4}",
        "{\"input_tokens\": 3}",
        "{\"promptTokenCount\": true}",
        "{\"total_tokens\": -1}"
      })
  void whatCannotBeBelievedIsMissing(String usage) {
    assertThat(UsageReader.read(json(usage))).isEmpty();
  }

  @Test
  void aBadDetailCountsAsNone() {
    assertThat(
            read(
                """
                {"prompt_tokens": 10, "completion_tokens": 5.0, "total_tokens": "15",
                 "prompt_tokens_details": {"cached_tokens": -4, "audio_tokens": "many"},
                 "completion_tokens_details": null}"""))
        .isEqualTo(used(10, 5, 0, 0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"cost\": -1}",
        "{\"cost\": \"0.1\"}",
        "{\"cost\": 1e300}",
        "{\"cost\": {}}",
        "{\"cost_in_usd_ticks\": 1e40}"
      })
  void aChargeThatCannotBeBelievedIsMissing(String usage) {
    assertThat(UsageReader.reportedCostNanos(json(usage))).isEmpty();
  }

  @Test
  void aChargeThatIsNoNumberIsMissing() {
    JsonNode usage =
        JsonNodeFactory.instance.objectNode().set("cost", DoubleNode.valueOf(Double.NaN));

    assertThat(UsageReader.reportedCostNanos(usage)).isEmpty();
    assertThat(UsageReader.reportedCostNanos(null)).isEmpty();
  }
}
