package dev.ledgerstone.gateway.wire;

/**
 * How many tokens each output of a call may have.
 *
 * @param field the request's field that says so: {@code max_tokens} or {@code
 *     max_completion_tokens}
 * @param tokens 1 or more
 */
public record OutputLimit(String field, int tokens) {
  public static final String MAX_TOKENS = "max_tokens";
  public static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

  public OutputLimit {
    if (!isName(field)) {
      throw new IllegalArgumentException("not a field that limits the output: " + field);
    }
    if (tokens < 1) {
      throw new IllegalArgumentException("an output limit is 1 or more, not " + tokens);
    }
  }

  static boolean isName(String field) {
    return field.equals(MAX_TOKENS) || field.equals(MAX_COMPLETION_TOKENS);
  }
}
