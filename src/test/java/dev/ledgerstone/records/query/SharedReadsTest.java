package dev.ledgerstone.records.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.testkit.People;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Reads by key that come while two of their kind are under way are one statement; each has its own
 * answer. The table is locked meanwhile, so that all of them come.
 */
class SharedReadsTest {
  private static final int READS = 40;
  private static final String BLOCKED =
      "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final Database database = TestDatabases.fresh(Engine.POSTGRES);
  private final Statements statements = new Statements(Engine.POSTGRES, Duration.ofSeconds(20));
  private final Reader reader = new Reader(database, statements);
  private final People ours = People.in(database);
  private final People theirs = People.in(database);
  private final List<UUID> rows = new ArrayList<>();
  private final UUID foreign = conversation(theirs, "theirs");

  SharedReadsTest() {
    for (int i = 0; i < READS; i++) {
      rows.add(conversation(ours, "{\"t\", \\ 'ü " + i));
    }
  }

  @AfterEach
  void close() {
    statements.close();
  }

  private UUID conversation(People of, String title) {
    UUID id = Ids.next();
    database.write(
        sql ->
            sql.execute(
                "insert into conversations (id, tenant_id, user_id, title, created_at, updated_at) values (?, ?, ?, ?, now(), now())",
                id,
                of.tenant(),
                of.user(),
                title));
    return id;
  }

  private static Caller caller(People of) {
    Permission all = Permission.of("*");
    return new Caller(
        new Caller.TenantInfo(of.tenant(), "t", "UTC", "OFF", 1),
        of.user(),
        "u",
        "OWNER",
        List.of(new Caller.Grant(all, false)),
        List.of(all),
        null,
        null,
        null);
  }

  private ReadPlan plan(People of, String filter) {
    CallerView view = new CallerView(Catalogue.ofSchema(), caller(of));
    String[] parts = filter.split("=", 2);
    Query query =
        Query.parse(
            List.of(new Parameter("select", "id,title"), new Parameter(parts[0], parts[1])));
    return new Planner(view, 1000)
        .read(view.table("conversations"), query, Preferences.parse(List.of()), false);
  }

  private String read(People of, UUID id) {
    return new String(reader.read(plan(of, "id=eq." + id)).body(), UTF_8);
  }

  private static <T> FutureTask<T> begun(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(until);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private long blocked() {
    return database.read(sql -> sql.fetchSingle(BLOCKED).get(0, Long.class));
  }

  /** Locks the table, begins reads, and lets go when all but two of them wait for a statement. */
  private <T> List<FutureTask<T>> together(List<Callable<T>> reads) {
    List<FutureTask<T>> begun = new ArrayList<>();
    database.writeJdbc(
        connection -> {
          try (var lock = connection.createStatement()) {
            lock.execute("lock table conversations in access exclusive mode");
          }
          reads.forEach(read -> begun.add(begun(read)));
          await(() -> reader.waiting() == reads.size() - 2);
          await(() -> blocked() == 2);
          return null;
        });
    return begun;
  }

  @Test
  void eachHasItsOwnAnswer() throws Exception {
    List<Callable<String>> reads = new ArrayList<>();
    rows.forEach(id -> reads.add(() -> read(ours, id)));
    reads.add(() -> read(ours, foreign));
    reads.add(() -> read(ours, Ids.next()));

    List<FutureTask<String>> answers = together(reads);

    for (int i = 0; i < READS; i++) {
      assertThat(answers.get(i).get())
          .isEqualTo(
              "[{\"id\" : \"%s\", \"title\" : \"{\\\"t\\\", \\\\ 'ü %d\"}]"
                  .formatted(rows.get(i), i));
    }
    assertThat(answers.get(READS).get()).as("another tenant's").isEqualTo("[]");
    assertThat(answers.get(READS + 1).get()).as("nobody's").isEqualTo("[]");
    assertThat(reader.waiting()).isZero();
    assertThat(read(theirs, foreign)).contains("theirs");
  }

  /** Tenants are never in one statement. */
  @Test
  void anotherTenantWaitsForNobody() throws Exception {
    FutureTask<String> foreigner = new FutureTask<>(() -> read(theirs, foreign));
    database.writeJdbc(
        connection -> {
          try (var lock = connection.createStatement()) {
            lock.execute("lock table conversations in access exclusive mode");
          }
          List<FutureTask<String>> reads = new ArrayList<>();
          rows.forEach(id -> reads.add(begun(() -> read(ours, id))));
          await(() -> reader.waiting() == READS - 2);
          Thread.ofPlatform().daemon().start(foreigner);
          await(() -> blocked() == 3);
          return null;
        });
    assertThat(foreigner.get()).contains("theirs");
  }

  /** Whose connection breaks has failed; those who waited for it ask for themselves. */
  @Test
  void whoWaitsForOneThatFailsIsAnswered() throws Exception {
    List<FutureTask<String>> reads = new ArrayList<>();
    database.writeJdbc(
        connection -> {
          try (var lock = connection.createStatement()) {
            lock.execute("lock table conversations in access exclusive mode");
            rows.forEach(id -> reads.add(begun(() -> read(ours, id))));
            await(() -> reader.waiting() == READS - 2);
            await(() -> blocked() == 2);
            String kill =
                "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
            lock.execute(kill); // the two that are under way
            await(() -> reader.waiting() == 0 && blocked() > 0);
            lock.execute(kill); // and who asks for all others
          }
          return null;
        });
    int failed = 0;
    for (int i = 0; i < READS; i++) {
      try {
        assertThat(reads.get(i).get()).contains(rows.get(i).toString());
      } catch (ExecutionException e) {
        assertThat(e.getCause())
            .isInstanceOfSatisfying(
                ProblemException.class,
                it -> assertThat(it.problem()).isInstanceOf(DatabaseProblem.class));
        failed++;
      }
    }
    assertThat(failed).isBetween(2, 3);
  }
}
