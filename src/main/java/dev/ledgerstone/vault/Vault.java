package dev.ledgerstone.vault;

import static dev.ledgerstone.db.schema.Tables.SEALING_KEYS;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.subtle.Hkdf;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Seals texts with the server's master key (AES-256-GCM by Tink). Safe for use by many threads. */
public final class Vault {
  private static final int KEY_BYTES = 32;
  private static final String CHECK = "ledgerstone";

  private static final String HMAC = "HmacSHA256";

  private final Aead aead;
  private final byte[] master;

  private Vault(byte[] key) {
    master = key;
    try {
      aead = new AesGcmJce(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not there", e);
    }
  }

  /**
   * The vault of a master key.
   *
   * @param masterKey any text; 32 random bytes as hexadecimal or base64 are best. Its SHA-256 is
   *     the key
   */
  public static Vault of(String masterKey) {
    return new Vault(Sha256.of(masterKey.strip()));
  }

  /** The vault of a key file, which is made, readable by its owner alone, when it is not there. */
  public static Vault ofFile(Path file) {
    try {
      if (Files.notExists(file)) {
        byte[] key = new byte[KEY_BYTES];
        Ids.secureRandom().nextBytes(key);
        try {
          writePrivate(file, HexFormat.of().formatHex(key) + "\n");
        } catch (FileAlreadyExistsException e) {
          return of(Files.readString(file)); // another process was first
        }
      }
      return of(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("the master key's file cannot be read or made", e);
    }
  }

  /** Writes a new file that only its owner can read. */
  public static void writePrivate(Path file, String text) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(file);
    }
    Files.writeString(file, text, StandardOpenOption.WRITE);
  }

  /**
   * Refuses a master key that is not the one with which the database's secrets were sealed; an
   * empty database takes it on.
   */
  public void check(Database database) {
    if (!verify(database)) {
      database.write(
          sql ->
              sql.insertInto(SEALING_KEYS)
                  .set(SEALING_KEYS.ID, Ids.next())
                  .set(SEALING_KEYS.SEALED_CHECK, seal(CHECK, "check"))
                  .set(SEALING_KEYS.CREATED_AT, Instant.now())
                  .execute());
    }
  }

  /**
   * As {@link #check}, but changes nothing.
   *
   * @return whether the database has taken a master key on, which is this one then
   */
  public boolean verify(Database database) {
    String known = known(database);
    if (known != null) {
      open(known, "check");
    }
    return known != null;
  }

  /** Whether a database has taken a master key on. */
  public static boolean isSealed(Database database) {
    return known(database) != null;
  }

  private static @Nullable String known(Database database) {
    return database.read(
        sql ->
            sql.select(SEALING_KEYS.SEALED_CHECK)
                .from(SEALING_KEYS)
                .orderBy(SEALING_KEYS.ID)
                .limit(1)
                .fetchOne(SEALING_KEYS.SEALED_CHECK));
  }

  /**
   * Seals a text.
   *
   * @param purpose what it is for and whose: it opens under the same purpose only
   */
  public String seal(String text, String purpose) {
    return seal(text.getBytes(UTF_8), purpose);
  }

  public String seal(byte[] bytes, String purpose) {
    try {
      return Base64.getEncoder().encodeToString(aead.encrypt(bytes, purpose.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  /** Opens what was sealed for a purpose. */
  public byte[] openBytes(String sealed, String purpose) {
    try {
      return aead.decrypt(Base64.getDecoder().decode(sealed), purpose.getBytes(UTF_8));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new VaultProblem.WrongKey().exception(e);
    }
  }

  public String open(String sealed, String purpose) {
    return new String(openBytes(sealed, purpose), UTF_8);
  }

  /**
   * Vouches for bytes: HMAC-SHA-256 by a key that HKDF (RFC 5869) makes from the master key.
   *
   * @param purpose what they are for; each has a key of its own
   */
  public byte[] mac(byte[] bytes, String purpose) {
    try {
      byte[] key =
          Hkdf.computeHkdf(
              HMAC, master, new byte[0], ("mac " + purpose).getBytes(UTF_8), KEY_BYTES);
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not there", e);
    }
  }
}
