package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import dev.ledgerstone.base.Ids;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * An archive under a passphrase: AES-256-GCM in segments of a megabyte (Tink's streaming AEAD), its
 * key by Argon2id (RFC 9106) of the passphrase and of a salt that stands in the file's head. The
 * head is authenticated with the rest, and so is the end: a cut file does not open.
 */
final class Encryption {
  private static final byte[] MAGIC = "ledgerstone\0enc1".getBytes(US_ASCII);
  private static final int SALT_BYTES = 16;
  static final int HEAD_BYTES = MAGIC.length + SALT_BYTES;

  private static final int KEY_BYTES = 32;
  private static final int SEGMENT_BYTES = 1 << 20;
  private static final int MEMORY_KIB = 64 * 1024;
  private static final int PASSES = 3;

  private Encryption() {}

  /** Whether a file that begins so is encrypted. */
  static boolean begins(byte[] head) {
    return head.length >= MAGIC.length
        && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** Writes the head, and encrypts what comes. */
  static OutputStream to(OutputStream out, String passphrase) throws IOException {
    byte[] head = Arrays.copyOf(MAGIC, HEAD_BYTES);
    byte[] salt = new byte[SALT_BYTES];
    Ids.secureRandom().nextBytes(salt);
    System.arraycopy(salt, 0, head, MAGIC.length, SALT_BYTES);
    out.write(head);
    try {
      return stream(passphrase, salt).newEncryptingStream(out, head);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not there", e);
    }
  }

  /**
   * Decrypts what follows the head.
   *
   * @param head the first {@link #HEAD_BYTES} of the file
   */
  static InputStream from(InputStream in, byte[] head, String passphrase) throws IOException {
    try {
      byte[] salt = Arrays.copyOfRange(head, MAGIC.length, HEAD_BYTES);
      return stream(passphrase, salt).newDecryptingStream(in, head);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not there", e);
    }
  }

  private static AesGcmHkdfStreaming stream(String passphrase, byte[] salt)
      throws GeneralSecurityException {
    byte[] key = new byte[KEY_BYTES];
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withMemoryAsKB(MEMORY_KIB)
            .withIterations(PASSES)
            .withParallelism(1)
            .withSalt(salt)
            .build());
    generator.generateBytes(passphrase.getBytes(UTF_8), key);
    return new AesGcmHkdfStreaming(key, "HmacSha256", KEY_BYTES, SEGMENT_BYTES, 0);
  }
}
