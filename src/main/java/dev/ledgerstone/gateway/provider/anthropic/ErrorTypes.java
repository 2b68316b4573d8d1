package dev.ledgerstone.gateway.provider.anthropic;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Anthropic's names of errors, and the statuses that go with them. */
final class ErrorTypes {
  private static final Map<String, Integer> STATUSES =
      Map.of(
          "invalid_request_error", 400,
          "authentication_error", 401,
          "billing_error", 402,
          "permission_error", 403,
          "not_found_error", 404,
          "request_too_large", 413,
          "rate_limit_error", 429,
          "api_error", 500,
          "timeout_error", 504,
          "overloaded_error", 529);
  private static final int UNKNOWN = 502;

  private ErrorTypes() {}

  /** The status that an error within a stream would have had. */
  static int status(String type) {
    return STATUSES.getOrDefault(type, UNKNOWN);
  }

  /** The name: the upstream's own where it is one of Anthropic's, else the status's. */
  static String type(@Nullable String said, int status) {
    if (said != null && STATUSES.containsKey(said)) {
      return said;
    }
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 503, 529 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> status >= 500 ? "api_error" : "invalid_request_error";
    };
  }
}
