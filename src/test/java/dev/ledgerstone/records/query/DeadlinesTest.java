package dev.ledgerstone.records.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.request.RecordsProblem;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DeadlinesTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  /** Runs for minutes, unless it is ended. */
  private static Sql endless(Engine engine) {
    return new Sql()
        .add(
            switch (engine) {
              case SQLITE ->
                  "with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000000000) select count(*) from n";
              case POSTGRES -> "select count(*) from generate_series(1, 2000000000)";
            });
  }

  private static int one(Statements statements, java.sql.Connection connection)
      throws SQLException {
    return statements.query(
        connection,
        new Sql().add("select 1"),
        rows -> {
          rows.next();
          return rows.getInt(1);
        });
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aStatementThatIsTooSlowIsEndedAndItsConnectionLivesOn(Engine engine) {
    Database database = TestDatabases.empty(engine);
    try (Statements statements = new Statements(engine, SHORT)) {
      for (int i = 0; i < 3; i++) {
        database.readJdbc(
            connection -> {
              assertThatThrownBy(
                      () -> statements.query(connection, endless(engine), rows -> rows.next()))
                  .isInstanceOfSatisfying(
                      ProblemException.class,
                      it ->
                          assertThat(it.problem())
                              .isEqualTo(new RecordsProblem.TooSlow(SHORT.toMillis())));
              assertThat(one(statements, connection)).isEqualTo(1);
              return true;
            });
      }
    }
  }

  /** Short ones run on connections beside, and after, those that are ended. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void whatEndsInTimeIsNotTouched(Engine engine) throws Exception {
    Database database = TestDatabases.empty(engine);
    try (Statements statements = new Statements(engine, Duration.ofSeconds(2));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Boolean> slow =
          threads.submit(
              () ->
                  database.readJdbc(
                      connection ->
                          statements.query(connection, endless(engine), rows -> rows.next())));
      int answered = 0;
      while (!slow.isDone() || answered < 3_000) {
        answered += database.readJdbc(connection -> one(statements, connection));
      }
      assertThatThrownBy(slow::get).hasCauseInstanceOf(ProblemException.class);
    }
  }

  /** A statement that knows how often it was cancelled. */
  private static Statement counting(AtomicInteger cancelled) {
    return (Statement)
        Proxy.newProxyInstance(
            Statement.class.getClassLoader(),
            new Class<?>[] {Statement.class},
            (_, method, _) -> {
              assertThat(method.getName()).isEqualTo("cancel");
              cancelled.incrementAndGet();
              return null;
            });
  }

  @Test
  void ofThousandsAtOnceThoseAreEndedThatStillRun() {
    int all = 5_000;
    // Long enough for all to begin, and for half of them to end.
    try (Deadlines deadlines = new Deadlines(Duration.ofSeconds(3))) {
      List<AtomicInteger> cancelled = new ArrayList<>();
      List<Deadlines.Running> running = new ArrayList<>();
      for (int i = 0; i < all; i++) {
        cancelled.add(new AtomicInteger());
        running.add(deadlines.begin(counting(cancelled.get(i))));
      }
      for (int i = 0; i < all; i += 2) {
        running.get(i).close();
      }
      for (int i = 1; i < all; i += 2) {
        while (cancelled.get(i).get() == 0) {
          Thread.onSpinWait();
        }
        running.get(i).close();
      }
      for (int i = 0; i < all; i += 2) {
        assertThat(cancelled.get(i)).hasValue(0);
      }
    }
  }

  @Test
  void timeThatIsNotTheStatementsOwnDoesNotCount() {
    try (Deadlines deadlines = new Deadlines(SHORT)) {
      AtomicInteger told = new AtomicInteger();
      AtomicInteger beside = new AtomicInteger();
      try (Deadlines.Running teller = deadlines.begin(counting(told));
          Deadlines.Running _ = deadlines.begin(counting(beside))) {
        teller.unwatched(
            () -> {
              while (beside.get() < 3) { // three ticks after its limit
                Thread.onSpinWait();
              }
              assertThat(told).hasValue(0);
            });
        while (told.get() == 0) {
          Thread.onSpinWait();
        }
      }
    }
  }
}
