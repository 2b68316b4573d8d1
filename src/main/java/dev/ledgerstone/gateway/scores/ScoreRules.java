package dev.ledgerstone.gateway.scores;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a service's answers are scored: the member {@code scores} of its configuration, {@code
 * {"format": true, "refusal": true, "toxicity": true, "toxic_words": ["…"]}}.
 *
 * @param isFormat whether an answer that must be JSON is looked at for that
 * @param isRefusal whether refusals are told from answers
 * @param toxic words and phrases that are looked for; null: none are
 */
public record ScoreRules(boolean isFormat, boolean isRefusal, @Nullable PhraseList toxic) {
  /** The rules in a service's configuration; null: its answers are not scored. */
  public static @Nullable ScoreRules of(@Nullable JsonNode configuration) {
    JsonNode scores = configuration == null ? null : configuration.get("scores");
    if (scores == null || !scores.isObject()) {
      return null;
    }
    List<String> own = new ArrayList<>();
    scores.path("toxic_words").forEach(word -> own.add(word.asText()));
    PhraseList toxic =
        !own.isEmpty()
            ? PhraseList.of(own)
            : scores.path("toxicity").asBoolean() ? PhraseList.TOXIC : null;
    ScoreRules rules =
        new ScoreRules(
            scores.path("format").asBoolean(), scores.path("refusal").asBoolean(), toxic);
    return rules.isFormat || rules.isRefusal || toxic != null ? rules : null;
  }
}
