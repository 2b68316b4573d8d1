package dev.ledgerstone.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.vault.Vault;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The key that seals: made from the master key, and never in the database. */
final class SealKey {
  private static final int ID_LETTERS = 16;

  private final Vault vault;
  private final String id;

  SealKey(Vault vault) {
    this.vault = vault;
    this.id = hex("which", "audit key").substring(0, ID_LETTERS);
  }

  /** Tells keys apart, and says nothing about them. */
  String id() {
    return id;
  }

  /** Vouches for a seal by its hash. */
  String seal(String hash) {
    return hex(hash, "audit seal");
  }

  /** Vouches for the end of a tenant's chain. */
  String head(Head head) {
    return hex(
        head.tenant() + " " + head.sequence() + " " + head.sealHash() + " " + head.archived(),
        "audit head");
  }

  private String hex(String text, String purpose) {
    return HexFormat.of().formatHex(vault.mac(text.getBytes(UTF_8), purpose));
  }

  /** Compares in a time that says nothing of where two texts differ. */
  static boolean same(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }
}
