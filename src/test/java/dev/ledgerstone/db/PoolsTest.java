package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.problem.ProblemException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a database that is not there. */
class PoolsTest {
  /** A replica waits a second and may be absent: a database with that patience may not. */
  @ParameterizedTest
  @ValueSource(longs = {500, 1_000, 2_000})
  void aDatabaseThatIsNotThereIsToldWhenItIsOpened(long patienceMillis) {
    DatabaseSettings nowhere =
        new DatabaseSettings(
            "postgresql://user:secret@127.0.0.1:1/nowhere",
            1,
            1,
            Duration.ofMillis(patienceMillis));
    assertThatThrownBy(() -> Database.open(nowhere).close())
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isInstanceOf(DatabaseProblem.Gone.class))
        .hasMessageNotContaining("secret");
  }
}
