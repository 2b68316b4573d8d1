package dev.ledgerstone.gateway.dialogue;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How much a model thinks before it answers.
 *
 * @param effort null: not said in words
 * @param budgetTokens null: not said in tokens; 0: it must not think
 * @param isTold whether thoughts are to be told; null: the provider's own rule
 */
public record Reasoning(
    @Nullable Effort effort, @Nullable Integer budgetTokens, @Nullable Boolean isTold) {
  /** In words: OpenAI's and Anthropic's names. */
  public enum Effort {
    NONE,
    MINIMAL,
    LOW,
    MEDIUM,
    HIGH,
    XHIGH,
    MAX;

    /** Of a word; null: there is no such effort. */
    public static @Nullable Effort of(String word) {
      for (Effort effort : values()) {
        if (effort.word().equals(word)) {
          return effort;
        }
      }
      return null;
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether the model is not to think at all. */
  public boolean isOff() {
    return effort == Effort.NONE || (budgetTokens != null && budgetTokens == 0);
  }

  /** In words: of a budget the nearest. */
  public Effort asEffort() {
    if (isOff()) {
      return Effort.NONE;
    }
    if (effort != null) {
      return effort;
    }
    int budget = budgetTokens == null ? MEDIUM_BUDGET : budgetTokens;
    if (budget <= LOW_BUDGET) {
      return Effort.LOW;
    }
    return budget <= MEDIUM_BUDGET ? Effort.MEDIUM : Effort.HIGH;
  }

  /** In tokens: of an effort a usual budget; 0: it must not think. */
  public int asBudget() {
    if (isOff()) {
      return 0;
    }
    if (budgetTokens != null) {
      return budgetTokens;
    }
    return switch (effort == null ? Effort.MEDIUM : effort) {
      case NONE -> 0;
      case MINIMAL -> LEAST_BUDGET;
      case LOW -> LOW_BUDGET;
      case MEDIUM -> MEDIUM_BUDGET;
      case HIGH -> HIGH_BUDGET;
      case XHIGH, MAX -> MOST_BUDGET;
    };
  }

  private static final int LEAST_BUDGET = 1024;
  private static final int LOW_BUDGET = 4096;
  private static final int MEDIUM_BUDGET = 10_000;
  private static final int HIGH_BUDGET = 24_000;
  private static final int MOST_BUDGET = 32_000;
}
