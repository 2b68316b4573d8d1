package dev.ledgerstone.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an upstream says was used, whichever way it counts; docs/prices.md lists the ways.
 *
 * <p>The shape tells the way, not the provider's name: behind one name stand servers of several
 * makers. Where names alone leave open whether a part is inside its whole, the total decides. A
 * usage whose main counts are absent, negative, fractional, larger than {@link #MOST} or no numbers
 * is missing, and the caller falls back to an estimate; a bad detail counts as none.
 */
public final class UsageReader {
  /** More tokens than any call can have: a thousand times the largest context window. */
  static final long MOST = 1_000_000_000L;

  /** More dollars than any call can cost. */
  private static final double MOST_DOLLARS = 1_000_000;

  private static final long ABSENT = -1;
  private static final long BAD = -2;

  private UsageReader() {}

  /** What was used; empty if the upstream did not say, or nothing that can be believed. */
  public static Optional<TokenUsage> read(@Nullable JsonNode usage) {
    if (usage == null || !usage.isObject()) {
      return Optional.empty();
    }
    if (usage.hasNonNull("promptTokenCount") || usage.hasNonNull("candidatesTokenCount")) {
      return gemini(usage);
    }
    if (usage.hasNonNull("prompt_tokens") || usage.hasNonNull("completion_tokens")) {
      return openAi(
          usage,
          count(usage.get("prompt_tokens")),
          count(usage.get("completion_tokens")),
          usage.path("prompt_tokens_details"),
          usage.path("completion_tokens_details"));
    }
    if (usage.hasNonNull("input_tokens") || usage.hasNonNull("output_tokens")) {
      return countsCacheApart(usage)
          ? anthropic(usage)
          : openAi(
              usage,
              count(usage.get("input_tokens")),
              count(usage.get("output_tokens")),
              either(usage, "input_tokens_details", "input_token_details"),
              either(usage, "output_tokens_details", "output_token_details"));
    }
    long total = count(usage.get("total_tokens"));
    return total < 0
        ? Optional.empty()
        : Optional.of(TokenUsage.of(total, 0, UsageSource.REPORTED)); // embeddings of some servers
  }

  /**
   * What the upstream says it charged, in nanos: OpenRouter's and Perplexity's cost in dollars,
   * xAI's in ticks of 10<sup>-10</sup> dollars. For comparison; the ledger's cost comes from
   * prices.
   */
  public static OptionalLong reportedCostNanos(@Nullable JsonNode usage) {
    if (usage == null) {
      return OptionalLong.empty();
    }
    JsonNode cost = usage.path("cost");
    if (cost.isObject()) {
      cost = cost.path("total_cost");
    }
    return cost.isNumber() ? nanos(cost, 9) : nanos(usage.path("cost_in_usd_ticks"), -1);
  }

  /**
   * The usage of a stream that tells it in several events (Anthropic's message_start, then
   * message_delta): a later count replaces an earlier one, what a later event leaves out stays.
   */
  public static JsonNode merged(JsonNode earlier, JsonNode later) {
    if (!(earlier instanceof ObjectNode before) || !(later instanceof ObjectNode after)) {
      return later.isObject() ? later : earlier;
    }
    ObjectNode both = before.deepCopy();
    after
        .properties()
        .forEach(
            field -> {
              if (!field.getValue().isNull()) {
                both.set(field.getKey(), field.getValue());
              }
            });
    return both;
  }

  /**
   * OpenAI's way and its many followers': parts are inside their whole, unless the total objects.
   */
  private static Optional<TokenUsage> openAi(
      JsonNode usage, long promptCount, long completionCount, JsonNode ofInput, JsonNode ofOutput) {
    long total = count(usage.get("total_tokens"));
    long input = promptCount == ABSENT ? rest(total, completionCount) : promptCount;
    long output = completionCount == ABSENT ? rest(total, promptCount) : completionCount;
    if (input < 0 || output < 0) {
      return Optional.empty();
    }
    long cached =
        first(
            ofInput.get("cached_tokens"),
            usage.get("prompt_cache_hit_tokens"),
            usage.get("cached_tokens"),
            usage.get("cache_read_input_tokens"));
    long written =
        first(
            ofInput.get("cache_write_tokens"),
            usage.get("cache_write_tokens"),
            usage.get("cache_creation_input_tokens"));
    long reasoning = first(ofOutput.get("reasoning_tokens"), usage.get("reasoning_tokens"));
    long unexplained = total - input - output;
    if (unexplained > 0) {
      if (unexplained == cached + written && unexplained != reasoning) {
        input += unexplained;
      } else {
        // xAI leaves reasoning out of completion_tokens; Google's OpenAI dialect does not even say
        // how much it was.
        output += unexplained;
        reasoning = reasoning == 0 ? unexplained : reasoning;
      }
    } else if (unexplained < 0 && reasoning > output) {
      output += reasoning; // no total to believe, and a part cannot be larger than its whole
    }
    return Optional.of(
        new TokenUsage(
            input,
            output,
            cached,
            written,
            0,
            reasoning,
            first(ofInput.get("audio_tokens")),
            first(ofOutput.get("audio_tokens")),
            0,
            UsageSource.REPORTED));
  }

  /** Whether input_tokens means Anthropic's, without the cached ones, or the Responses API's. */
  private static boolean countsCacheApart(JsonNode usage) {
    long total = count(usage.get("total_tokens"));
    if (usage.has("cache_read_input_tokens") || usage.has("cache_creation_input_tokens")) {
      long within = count(usage.get("input_tokens")) + count(usage.get("output_tokens"));
      return total < 0 || total != within;
    }
    return total < 0 && !either(usage, "input_tokens_details", "input_token_details").isObject();
  }

  /** Anthropic's way: input_tokens are those beside the cache. */
  private static Optional<TokenUsage> anthropic(JsonNode usage) {
    long plain = count(usage.get("input_tokens"));
    long output = count(usage.get("output_tokens"));
    if (plain < 0 || output < 0) {
      return Optional.empty();
    }
    long cached = first(usage.get("cache_read_input_tokens"));
    JsonNode byAge = usage.path("cache_creation");
    long hour = first(byAge.get("ephemeral_1h_input_tokens"));
    long written =
        Math.max(
            first(usage.get("cache_creation_input_tokens")),
            hour + first(byAge.get("ephemeral_5m_input_tokens")));
    return Optional.of(
        new TokenUsage(
            plain + cached + written,
            output,
            cached,
            written,
            hour,
            first(usage.path("output_tokens_details").get("thinking_tokens")),
            0,
            0,
            0,
            UsageSource.REPORTED));
  }

  /** Google's own way: thoughts and tool results are counted beside answer and prompt. */
  private static Optional<TokenUsage> gemini(JsonNode usage) {
    long prompt = count(usage.get("promptTokenCount"));
    long answer = count(usage.get("candidatesTokenCount")); // left out when nothing was said
    if (prompt == BAD || answer == BAD) {
      return Optional.empty();
    }
    long thoughts = first(usage.get("thoughtsTokenCount"));
    long input = Math.max(prompt, 0) + first(usage.get("toolUsePromptTokenCount"));
    long output = Math.max(answer, 0) + thoughts;
    long total = count(usage.get("totalTokenCount"));
    if (thoughts > 0 && thoughts <= answer && total == input + answer) {
      output = answer;
    } else if (total > input + output) {
      output = total - input;
    }
    return Optional.of(
        new TokenUsage(
            input,
            output,
            first(usage.get("cachedContentTokenCount")),
            0,
            0,
            thoughts,
            Math.max(
                audio(usage.path("promptTokensDetails"))
                    + audio(usage.path("toolUsePromptTokensDetails"))
                    - audio(usage.path("cacheTokensDetails")),
                0),
            audio(usage.path("candidatesTokensDetails")),
            0,
            UsageSource.REPORTED));
  }

  private static long audio(JsonNode details) {
    long tokens = 0;
    for (JsonNode detail : details) {
      if (detail.path("modality").asText().equals("AUDIO")) {
        tokens += first(detail.get("tokenCount"));
      }
    }
    return tokens;
  }

  private static JsonNode either(JsonNode usage, String name, String otherName) {
    return usage.has(name) ? usage.path(name) : usage.path(otherName);
  }

  private static long rest(long total, long known) {
    return total < 0 || known < 0 ? ABSENT : Math.max(total - known, 0);
  }

  /** The first of these details that says something; 0 if none does. */
  private static long first(@Nullable JsonNode... details) {
    for (JsonNode detail : details) {
      long count = count(detail);
      if (count > 0) {
        return count;
      }
    }
    return 0;
  }

  private static long count(@Nullable JsonNode node) {
    if (node == null || node.isNull() || node.isMissingNode()) {
      return ABSENT;
    }
    double value = node.isNumber() ? node.doubleValue() : Double.NaN;
    return value >= 0 && value <= MOST && value == Math.rint(value) ? (long) value : BAD;
  }

  private static OptionalLong nanos(JsonNode amount, int nanosDigits) {
    double value = amount.isNumber() ? amount.doubleValue() : Double.NaN;
    BigDecimal limit = BigDecimal.valueOf(MOST_DOLLARS).movePointRight(9 - nanosDigits);
    if (!(value >= 0 && value <= limit.doubleValue())) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        BigDecimal.valueOf(value)
            .movePointRight(nanosDigits)
            .setScale(0, RoundingMode.HALF_UP)
            .longValueExact());
  }
}
