package dev.ledgerstone.gateway.route;

import dev.ledgerstone.ledger.RequestStatus;
import org.jspecify.annotations.Nullable;

/** What an attempt's end says of its upstream. */
enum Verdict {
  /** It was answered. */
  WELL,
  /** It was refused for what it asked: the upstream works. */
  ALIVE,
  /** The upstream failed: an error of its own, no answer in time, a broken stream. */
  FAILED,
  /** The upstream limits the key's rate. */
  LIMITED,
  /** The upstream does not take the key. */
  REFUSED,
  /** It tells nothing: the client left, the server stops. */
  UNKNOWN;

  private static final String PREFIX = "upstream_";

  /**
   * Of an attempt's settlement.
   *
   * @param error the ledger's code, such as {@code upstream_503}; null: none
   */
  static Verdict of(RequestStatus status, @Nullable String error) {
    return switch (status) {
      case COMPLETED -> WELL;
      case TIMEOUT -> FAILED;
      case CANCELLED, PENDING, PROCESSING -> UNKNOWN;
      case FAILED -> error == null || !error.startsWith(PREFIX) ? UNKNOWN : ofCode(error);
    };
  }

  private static Verdict ofCode(String error) {
    return switch (error.substring(PREFIX.length())) {
      case "429" -> LIMITED;
      case "401" -> REFUSED;
      case "408", "425" -> FAILED;
      case String code when code.length() == 3 && code.charAt(0) == '4' -> ALIVE;
      default -> FAILED;
    };
  }
}
