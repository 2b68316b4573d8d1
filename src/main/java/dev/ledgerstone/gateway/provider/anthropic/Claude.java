package dev.ledgerstone.gateway.provider.anthropic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model takes, by its name: Anthropic's models differ in how they are told to think.
 *
 * @param version 405 for 4.5; 0 for a model that is none of Anthropic's
 */
record Claude(int version) {
  /** {@code claude-opus-4-7}, {@code claude-3-5-sonnet-20241022}; a date is no version. */
  private static final Pattern NAME =
      Pattern.compile("claude-(?:[a-z]+-)?(\\d{1,2})(?:[-.](\\d{1,2}))?(?!\\d)");

  private static final int ADAPTIVE = 406;
  private static final int ADAPTIVE_ONLY = 407;
  private static final int ONE_OF_TWO = 401;

  static Claude of(String model) {
    Matcher name = NAME.matcher(model);
    if (!name.find()) {
      return new Claude(0);
    }
    int minor = name.group(2) == null ? 0 : Integer.parseInt(name.group(2));
    return new Claude(Integer.parseInt(name.group(1)) * 100 + minor);
  }

  /** Whether it thinks as much as it sees fit, guided by an effort in place of a budget. */
  boolean isAdaptive() {
    return version >= ADAPTIVE;
  }

  /** Whether it refuses budgets, and temperature, top_p and top_k with them. */
  boolean isAdaptiveOnly() {
    return version >= ADAPTIVE_ONLY;
  }

  /** Whether it takes temperature or top_p, but not both. */
  boolean takesOneOfTemperatureAndTopP() {
    return version >= ONE_OF_TWO;
  }
}
