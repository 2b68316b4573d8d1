package dev.ledgerstone.records;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.FOLDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.query.Row;
import dev.ledgerstone.records.query.Statements;
import dev.ledgerstone.testkit.People;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests that come while the writer is held share a commit, on PostgreSQL those that add one row
 * each, whatever becomes of each.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class TransactionsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T14:00:00Z");
  private static final Table TABLE = Catalogue.ofSchema().table("folders").orElseThrow();

  private final Database database;
  private final UUID tenant;
  private final UUID owner;
  private final Terms terms;
  private final Statements statements;
  private final Writes writes;

  TransactionsTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    People people = People.in(database);
    tenant = people.tenant();
    owner = people.user();
    Actor actor =
        new Actor(tenant, Actor.Kind.USER, people.user(), people.key(), null, null, null, null);
    terms = new Terms(actor, new IfMatch(List.of()), OptionalLong.empty(), NOW);
    statements = new Statements(engine, Duration.ofSeconds(30));
    writes = new Writes(database, statements);
  }

  @AfterEach
  void close() {
    writes.close();
    statements.close();
  }

  private WritePlan.Insert folder(UUID id) {
    List<Column> columns = new ArrayList<>();
    List<@Nullable Object> values = new ArrayList<>();
    for (Column column : TABLE.columns().values()) {
      switch (column.name()) {
        case "id" -> values.add(id);
        case "tenant_id" -> values.add(tenant);
        case "owner_id" -> values.add(owner);
        case "name" -> values.add("folder " + id);
        case "color" -> values.add(null);
        case "created_at", "updated_at" -> values.add(NOW);
        default -> {
          continue;
        }
      }
      columns.add(column);
    }
    return new WritePlan.Insert(TABLE, tenant, columns, List.of(values), Optional.empty());
  }

  /** Returns the key of the row that was made, as the database tells it. */
  private UUID add(UUID id) {
    WritePlan plan = folder(id);
    return writes.run(
        plan,
        (connection, writing) -> writing.run(connection, plan, terms).keys().getFirst(),
        false);
  }

  private UUID addAndFail(UUID id) {
    WritePlan plan = folder(id);
    return writes.run(
        plan,
        (connection, writing) -> {
          writing.run(connection, plan, terms);
          throw new RequestProblem.Conflict("on purpose", "none").exception();
        },
        false);
  }

  private UUID addTwiceAndFail(UUID id) {
    return writes.runAll(
        tenant,
        (connection, writing) -> {
          writing.run(connection, folder(Ids.next()), terms);
          writing.run(connection, folder(id), terms);
          throw new RequestProblem.Conflict("on purpose", "none").exception();
        },
        false);
  }

  private UUID addAndTakeBack(UUID id) {
    WritePlan plan = folder(id);
    return writes.run(
        plan,
        (connection, writing) -> writing.run(connection, plan, terms).keys().getFirst(),
        true);
  }

  /** Its transaction is gone, as after a full disk, and it fails. */
  private UUID endTheTransaction() {
    return writes.runAll(
        tenant,
        (connection, writing) -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("rollback");
          }
          throw new RequestProblem.Conflict("on purpose", "none").exception();
        },
        false);
  }

  /** Runs all while the writer is held, so that it finds them together. */
  private void together(List<Runnable> requests) throws InterruptedException {
    CountDownLatch isHeld = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(
                () ->
                    writes.run(
                        folder(Ids.next()), // as one that adds a row, though it adds none
                        (_, _) -> {
                          isHeld.countDown();
                          try {
                            release.await();
                          } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                          }
                          return true;
                        },
                        false));
    isHeld.await();
    List<Throwable> unexpected = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads =
        requests.stream()
            .map(
                each ->
                    Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, e) -> unexpected.add(e))
                        .start(each))
            .toList();
    for (Thread each : threads) {
      // What shares no commit on PostgreSQL ends meanwhile, or waits for the database.
      while (each.getState() != Thread.State.WAITING
          && each.getState() != Thread.State.TERMINATED) {
        Thread.onSpinWait();
      }
    }
    release.countDown();
    for (Thread each : threads) {
      each.join();
    }
    holder.join();
    assertThat(unexpected).isEmpty();
  }

  private List<UUID> folders() {
    return database.read(
        sql -> sql.select(FOLDERS.ID).from(FOLDERS).orderBy(FOLDERS.ID).fetch(FOLDERS.ID));
  }

  /** What the log and the outbox tell is what is there, once each. */
  private void requireExactly(Iterable<UUID> ids) {
    assertThat(folders()).containsExactlyInAnyOrderElementsOf(ids);
    List<UUID> logged = database.read(sql -> sql.fetchValues(AUDIT_LOGS.ROW_ID));
    List<UUID> sent = database.read(sql -> sql.fetchValues(EVENTS.SUBJECT_ID));
    assertThat(logged).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(sent).containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void eachRequestHasItsOwnRow() throws InterruptedException {
    List<UUID> ids = new ArrayList<>();
    List<UUID> told = Collections.synchronizedList(new ArrayList<>());
    List<Runnable> requests = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      UUID id = Ids.next();
      ids.add(id);
      requests.add(
          () -> {
            assertThat(add(id)).isEqualTo(id);
            told.add(id);
          });
    }
    together(requests);

    assertThat(told).containsExactlyInAnyOrderElementsOf(ids);
    requireExactly(ids);
  }

  @Test
  void whateverFailsLeavesNothingAndTakesNobodyWithIt() throws InterruptedException {
    Random random = new Random(20_261_122);
    for (int round = 0; round < 8; round++) {
      UUID there = add(Ids.next());
      TreeSet<UUID> expected = new TreeSet<>(folders());
      List<UUID> faults = Collections.synchronizedList(new ArrayList<>());
      List<UUID> expectedFaults = new ArrayList<>();
      List<Runnable> requests = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        UUID id = Ids.next();
        // Rounds without a late failure keep what was joined; the others begin anew.
        switch (random.nextInt(round < 4 ? 6 : 9)) {
          case 4 -> {
            expectedFaults.add(there);
            requests.add(() -> failing(faults, there, () -> add(there)));
          }
          case 5 -> requests.add(() -> assertThat(addAndTakeBack(id)).isEqualTo(id));
          case 6 -> {
            expectedFaults.add(id);
            requests.add(() -> failing(faults, id, () -> addAndFail(id)));
          }
          case 7 -> {
            expectedFaults.add(id);
            requests.add(() -> failing(faults, id, () -> addTwiceAndFail(id)));
          }
          default -> {
            expected.add(id);
            requests.add(() -> add(id));
          }
        }
      }
      together(requests);

      assertThat(faults).containsExactlyInAnyOrderElementsOf(expectedFaults);
      requireExactly(expected);
    }
  }

  @Test
  void aTransactionThatIsGoneIsNotTakenForOneThatIsOpen() throws InterruptedException {
    TreeSet<UUID> expected = new TreeSet<>();
    List<UUID> faults = Collections.synchronizedList(new ArrayList<>());
    List<Runnable> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      UUID id = Ids.next();
      if (i == 5) {
        requests.add(() -> failing(faults, id, () -> endTheTransaction()));
      } else {
        expected.add(id);
        requests.add(() -> add(id));
      }
    }
    together(requests);

    assertThat(faults).hasSize(1);
    requireExactly(expected);
  }

  private static void failing(List<UUID> faults, UUID id, Runnable request) {
    try {
      request.run();
    } catch (ProblemException e) {
      faults.add(id);
    }
  }

  @Test
  void manyRowsOfOneRequestAreAllThereOrNone() {
    List<UUID> ids = new ArrayList<>();
    List<List<@Nullable Object>> values = new ArrayList<>();
    for (int i = 0; i < 203; i++) {
      UUID id = Ids.next();
      ids.add(id);
      values.add(folder(id).rows().getFirst());
    }
    WritePlan.Insert plan = many(values);
    List<Row> made =
        writes.run(
            plan, (connection, writing) -> writing.run(connection, plan, terms).rows(), false);
    assertThat(made).extracting(Row::key).containsExactlyElementsOf(ids);
    assertThat(folders()).containsExactlyInAnyOrderElementsOf(ids);

    values.replaceAll(_ -> folder(Ids.next()).rows().getFirst());
    values.set(202, folder(ids.getFirst()).rows().getFirst());
    WritePlan.Insert broken = many(values);
    assertThatThrownBy(
            () ->
                writes.run(
                    broken, (connection, writing) -> writing.run(connection, broken, terms), false))
        .isInstanceOf(ProblemException.class);
    assertThat(folders()).containsExactlyInAnyOrderElementsOf(ids);
  }

  private WritePlan.Insert many(List<List<@Nullable Object>> values) {
    WritePlan.Insert one = folder(Ids.next());
    return new WritePlan.Insert(
        TABLE, tenant, one.columns(), List.copyOf(values), Optional.empty());
  }
}
