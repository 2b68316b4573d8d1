package dev.ledgerstone.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordsTest {
  private final Passwords passwords = new Passwords();

  @AfterEach
  void close() {
    passwords.close();
  }

  @Test
  void aHashIsItsOwnPasswordsAndNoOthers() {
    String hash = passwords.hash("correct horse battery");

    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").isNotEqualTo("");
    assertThat(hash).isNotEqualTo(passwords.hash("correct horse battery"));
    assertThat(passwords.matches("correct horse battery", hash)).isTrue();
    assertThat(passwords.matches("correct horse batterY", hash)).isFalse();
    assertThat(passwords.matches("correct horse battery", null)).isFalse();
    assertThat(passwords.matches("x", "not a hash")).isFalse();
    assertThat(Passwords.isWeak(hash)).isFalse();
  }

  /** From the tests of the reference implementation, phc-winner-argon2. */
  @Test
  void theReferenceImplementationsHashIsUnderstood() {
    assertThat(
            passwords.matches(
                "password",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
        .isTrue();
  }

  @Test
  void oneWordTypedOnTwoKeyboardsIsOnePassword() {
    assertThat(passwords.matches("cafe\u0301 au lait", passwords.hash("caf\u00e9 au lait")))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "$argon2id$v=19$m=4096,t=2,p=1$c29tc2FsdA$AAAA; true",
        "$argon2id$v=19$m=19456,t=1,p=1$c29tc2FsdA$AAAA; true",
        "$argon2id$v=19$m=65536,t=3,p=4$c29tc2FsdA$AAAA; false",
        "$2b$12$abc; true"
      })
  void aHashOfLessThanTodaysCostIsMadeAnew(String hash, boolean isWeak) {
    assertThat(Passwords.isWeak(hash)).isEqualTo(isWeak);
  }

  @Test
  void aFloodIsTurnedAwayAndDoesNotTakeTheMemory() throws InterruptedException {
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger hashed = new AtomicInteger();
    List<String> others = new ArrayList<>();
    try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 120; i++) {
        var _ =
            crowd.submit(
                () -> {
                  try {
                    passwords.hash("correct horse battery");
                    hashed.incrementAndGet();
                  } catch (ProblemException e) {
                    if (e.problem().status() == 503) {
                      refused.incrementAndGet();
                    } else {
                      others.add(e.getMessage());
                    }
                  }
                });
      }
    }
    assertThat(refused.get()).isPositive();
    assertThat(hashed.get()).isGreaterThanOrEqualTo(64);
    assertThat(refused.get() + hashed.get()).isEqualTo(120);
    assertThat(others).isEmpty();
  }

  @Test
  void anAccountRestsLongerWithEachFailureUpToAnHour() {
    SignInRules rules =
        new SignInRules(Duration.ofDays(1), Duration.ofDays(2), 3, Duration.ofSeconds(30), 9, 12);
    assertThat(rules.lock(2)).isZero();
    assertThat(rules.lock(3)).isEqualTo(Duration.ofSeconds(30));
    assertThat(rules.lock(5)).isEqualTo(Duration.ofMinutes(2));
    assertThat(rules.lock(1000)).isEqualTo(Duration.ofHours(1));
  }
}
