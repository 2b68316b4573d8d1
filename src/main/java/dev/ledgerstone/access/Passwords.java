package dev.ledgerstone.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.RequestProblem;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Base64;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Hashes of passwords: Argon2id (RFC 9106) with the parameters that OWASP gives for it, 19 MiB, two
 * passes, one lane, in PHC's string form.
 *
 * <p>A hash costs much time and memory on purpose; so only some are computed at once, on threads of
 * their own, and a bounded number waits. A flood of sign-ins takes neither the memory nor the
 * carriers of the calls that earn money.
 */
public final class Passwords implements AutoCloseable {
  static final int LONGEST = 1024;

  private static final int MEMORY_KIB = 19 * 1024;
  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int WAITING = 64;
  private static final int RETRY_SECONDS = 2;

  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");

  private final ThreadPoolExecutor threads;

  /**
   * Compared with where there is no user or no password, so that neither shows by the time. Nothing
   * is known to hash to it.
   */
  private static final String NOBODY =
      "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
          .formatted(MEMORY_KIB, PASSES, LANES, "A".repeat(22), "A".repeat(43));

  public Passwords() {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    threads =
        new ThreadPoolExecutor(
            most,
            most,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().name("passwords-", 0).daemon().factory());
  }

  /** The hash of a new password. */
  public String hash(String password) {
    return run(() -> compute(password));
  }

  /**
   * Whether a password is the one that was hashed; takes its time also where there is none.
   *
   * @param stored null: nobody, or nobody with a password
   */
  public boolean matches(String password, @Nullable String stored) {
    return run(
        () ->
            password.length() <= LONGEST
                && check(password, stored == null ? NOBODY : stored)
                && stored != null);
  }

  /** Whether a stored hash was made with less than what is used today. */
  public static boolean isWeak(String stored) {
    Matcher parts = PHC.matcher(stored);
    return !parts.matches()
        || Integer.parseInt(parts.group(1)) < MEMORY_KIB
        || Integer.parseInt(parts.group(2)) < PASSES;
  }

  private static String compute(String password) {
    byte[] salt = new byte[SALT_BYTES];
    Ids.secureRandom().nextBytes(salt);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            MEMORY_KIB,
            PASSES,
            LANES,
            base64.encodeToString(salt),
            base64.encodeToString(argon2(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES)));
  }

  private static boolean check(String password, String stored) {
    Matcher parts = PHC.matcher(stored);
    if (!parts.matches()) {
      return false;
    }
    byte[] salt = Base64.getDecoder().decode(parts.group(4));
    byte[] expected = Base64.getDecoder().decode(parts.group(5));
    byte[] found =
        argon2(
            password,
            salt,
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            Integer.parseInt(parts.group(3)),
            expected.length);
    return MessageDigest.isEqual(expected, found);
  }

  /** Of the password's composed form: the same letters from another keyboard are the same. */
  private static byte[] argon2(
      String password, byte[] salt, int memory, int passes, int lanes, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memory)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[length];
    int written =
        generator.generateBytes(
            Normalizer.normalize(password, Normalizer.Form.NFC).getBytes(UTF_8), hash);
    if (written != length) {
      throw new IllegalStateException("Argon2 made " + written + " bytes of " + length);
    }
    return hash;
  }

  private <T> T run(Supplier<T> work) {
    try {
      Future<T> running = threads.submit(work::get);
      return running.get();
    } catch (RejectedExecutionException e) {
      throw new RequestProblem.Unavailable("signing in", RETRY_SECONDS).exception(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a password could not be hashed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RequestProblem.Unavailable("signing in", RETRY_SECONDS).exception(e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
