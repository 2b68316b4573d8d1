package dev.ledgerstone.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.base.Ids;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signatures of version 1 of Standard Webhooks: HMAC-SHA-256 over id, time and body. */
final class Signature {
  private static final String PREFIX = "whsec_";
  private static final String HMAC = "HmacSHA256";

  /** What the specification asks of a secret. */
  private static final int FEWEST_BYTES = 24;

  private static final int MOST_BYTES = 64;
  private static final int NEW_BYTES = 32;

  private Signature() {}

  /** A secret of chance. */
  static String newSecret() {
    byte[] key = new byte[NEW_BYTES];
    Ids.secureRandom().nextBytes(key);
    return PREFIX + Base64.getEncoder().encodeToString(key);
  }

  /** The key that a secret holds, with its prefix or without; empty: it holds none. */
  static Optional<byte[]> key(String secret) {
    String text = secret.startsWith(PREFIX) ? secret.substring(PREFIX.length()) : secret;
    try {
      byte[] key = Base64.getDecoder().decode(text);
      return key.length == 0 ? Optional.empty() : Optional.of(key);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** Whether a secret that somebody brings along is as long as it should be. */
  static boolean isUsable(String secret) {
    return key(secret)
        .filter(key -> key.length >= FEWEST_BYTES && key.length <= MOST_BYTES)
        .isPresent();
  }

  /**
   * Signs a message.
   *
   * @param seconds since 1970, as {@code webhook-timestamp} has them
   */
  static String of(byte[] key, String id, long seconds, byte[] body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      mac.update((id + "." + seconds + ".").getBytes(UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not there", e);
    }
  }
}
