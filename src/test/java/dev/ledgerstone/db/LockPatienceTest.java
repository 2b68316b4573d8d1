package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.problem.ProblemException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** On PostgreSQL; SQLite's patience is the driver's busy_timeout. */
class LockPatienceTest {
  private static final String CHANGE = "update revisions set revision = revision + 1";

  @Test
  void aRowThatSomebodyKeepsLockedIsWaitedForAsLongAsTheDatabaseIsPatient() throws Exception {
    try (Database holder = TestDatabases.fresh(Engine.POSTGRES);
        Database other =
            Database.open(
                new DatabaseSettings(TestDatabases.url(holder), 1, 1, Duration.ofMillis(300)));
        Connection connection = holder.borrowWriter();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      assertThat(statement.executeUpdate(CHANGE)).isPositive();

      // The lock is never let go of, so only patience that has run out can end the wait.
      assertThatThrownBy(() -> change(other))
          .isInstanceOfSatisfying(
              ProblemException.class,
              e -> {
                assertThat(e.problem()).isInstanceOf(DatabaseProblem.Gone.class);
                assertThat(e)
                    .cause()
                    .isInstanceOfSatisfying(
                        SQLException.class,
                        cause -> assertThat(cause.getSQLState()).isEqualTo("55P03"));
              });

      connection.rollback();
      assertThat(change(other)).isPositive();
    }
  }

  private static int change(Database database) {
    return database.writeJdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(CHANGE);
          }
        });
  }
}
