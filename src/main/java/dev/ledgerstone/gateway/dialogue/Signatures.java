package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.Nullable;

/**
 * Signatures of thoughts, which their provider alone knows again and every other refuses: a
 * dialogue may go on with another provider than the one that it began with.
 *
 * <p>Anthropic's stand as they are, for its own clients get them past us. Others bear their
 * provider's name and a colon, which no signature in base64 has.
 */
public final class Signatures {
  private Signatures() {}

  /** A provider's signature with its name. */
  public static String marked(String provider, String signature) {
    return provider + ":" + signature;
  }

  /** A signature as its provider made it; null: it is another's. */
  public static @Nullable String of(String provider, String signature) {
    String mark = provider + ":";
    return signature.startsWith(mark) ? signature.substring(mark.length()) : null;
  }

  /** Whether it bears a provider's name. */
  public static boolean isMarked(String signature) {
    return signature.indexOf(':') >= 0;
  }
}
