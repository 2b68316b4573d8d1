package dev.ledgerstone.access;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Sha256;

/** Making and hashing of keys. */
public final class Secrets {
  private static final String ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final String SESSION = "lss_";
  private static final int LENGTH = 43; // 62^43 > 2^256
  private static final int SHOWN = 12;
  private static final int SHORTEST_SHOWN_WHOLE = 24;

  private Secrets() {}

  /** A new key: {@code lsk_} and 256 bits of chance. */
  public static String newKey() {
    return random("lsk_");
  }

  /** A new session's token: {@code lss_} and as much chance. */
  static String newSession() {
    return random(SESSION);
  }

  /** A new token to set a password with. */
  static String newReset() {
    return random("lsr_");
  }

  /** Whether a credential is a session's token, and no key. */
  static boolean isSession(String credential) {
    return credential.startsWith(SESSION);
  }

  private static String random(String prefix) {
    StringBuilder key = new StringBuilder(prefix);
    for (int i = 0; i < LENGTH; i++) {
      key.append(ALPHABET.charAt(Ids.secureRandom().nextInt(ALPHABET.length())));
    }
    return key.toString();
  }

  /** SHA-256, hexadecimal: keys are long and random, so a slow hash would add nothing but load. */
  public static String hash(String secret) {
    return Sha256.hex(secret);
  }

  /** What may be shown of a key: its start, and of a short one that was brought along less. */
  public static String prefix(String key) {
    return key.substring(
        0, key.length() >= SHORTEST_SHOWN_WHOLE ? SHOWN : Math.min(4, key.length() / 2));
  }
}
