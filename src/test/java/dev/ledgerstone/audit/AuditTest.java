package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_HEADS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LEAVES;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_PENDING;
import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Change.Action;
import dev.ledgerstone.audit.Verification.Fault;
import dev.ledgerstone.audit.Verification.Kind;
import dev.ledgerstone.audit.Verification.Report;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.AuditHeadsRecord;
import dev.ledgerstone.db.schema.tables.records.AuditLogsRecord;
import dev.ledgerstone.testkit.People;
import dev.ledgerstone.vault.Vault;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries are written, sealed and proved; each fault is planted in the tables themselves. */
@ParameterizedClass
@EnumSource(Engine.class)
class AuditTest {
  private static final Vault VAULT = Vault.of("a master key");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Database database;
  private final UUID tenant;
  private final Actor actor;
  private final Sealer sealer;

  AuditTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    People people = People.in(database);
    tenant = people.tenant();
    actor =
        new Actor(
            tenant,
            Actor.Kind.USER,
            people.user(),
            people.key(),
            null,
            Ids.next(),
            "192.0.2.7",
            "test");
    sealer = new Sealer(database, VAULT, Clock.systemUTC());
  }

  private static Change insert(int number) {
    return new Change(
        "conversations",
        Ids.next(),
        Action.INSERT,
        null,
        JSON.objectNode().put("title", "number " + number).put("temperature", number / 8.0));
  }

  private void write(Change... changes) {
    database.write(
        sql -> {
          Audit.write(sql, actor, List.of(changes), Instant.now());
          return null;
        });
  }

  /** Entries in three seals of four, three and two. */
  private List<UUID> sealed() {
    for (int size : new int[] {4, 3, 2}) {
      for (int i = 0; i < size; i++) {
        write(insert(i));
      }
      assertThat(sealer.sealAll()).isEqualTo(size);
    }
    assertThat(verify().isClean()).isTrue();
    return database.read(
        sql ->
            sql.select(AUDIT_LOGS.ID).from(AUDIT_LOGS).orderBy(AUDIT_LOGS.ID).fetch(AUDIT_LOGS.ID));
  }

  private Report verify(Verification.End... expected) {
    return Verification.run(database, VAULT, null, List.of(expected), _ -> {});
  }

  private List<String> faults() {
    Report report = verify();
    assertThat(report.faults()).isEqualTo(report.named().size());
    return report.named().stream().map(AuditTest::text).toList();
  }

  private static String text(Fault fault) {
    return fault.kind()
        + (fault.seal() == null ? "" : " " + fault.seal())
        + (fault.entry() == null ? "" : " " + fault.entry());
  }

  /** As somebody would who can write to the database, and knows how its triggers let pass. */
  private void forge(Consumer<DSLContext> forgery) {
    database.write(
        sql -> {
          UUID row = Ids.next();
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, row)
              .set(MAINTENANCE.REASON, "forgery")
              .set(MAINTENANCE.AT, Instant.now())
              .execute();
          forgery.accept(sql);
          sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(row)).execute();
          return null;
        });
  }

  private AuditLogsRecord only() {
    return database.read(sql -> sql.selectFrom(AUDIT_LOGS).fetchSingle());
  }

  // ---- writing

  @Test
  void anEntrySaysWhoChangedWhatAndAnEventTellsOfIt() {
    UUID row = Ids.next();
    ObjectNode before = JSON.objectNode().put("name", "a").put("is_hard", true).put("version", 1);
    ObjectNode after = JSON.objectNode().put("name", "b").put("is_hard", true).put("version", 2);

    write(new Change("budgets", row, Action.UPDATE, before, after));

    AuditLogsRecord entry = only();
    assertThat(entry.getActorId()).isEqualTo(actor.user());
    assertThat(entry.getApiKeyId()).isEqualTo(actor.key());
    assertThat(entry.getRequestId()).isEqualTo(actor.request());
    assertThat(entry.getIp()).isEqualTo("192.0.2.7");
    assertThat(entry.getTableName()).isEqualTo("budgets");
    assertThat(entry.getRowId()).isEqualTo(row);
    assertThat(entry.getOldValues())
        .isEqualTo(JSON.objectNode().put("name", "a").put("version", 1));
    assertThat(entry.getNewValues())
        .isEqualTo(JSON.objectNode().put("name", "b").put("version", 2));
    database.read(
        sql -> {
          var event = sql.selectFrom(EVENTS).fetchSingle();
          assertThat(event.getType()).isEqualTo("budgets.updated");
          assertThat(event.getSubjectTable()).isEqualTo("budgets");
          assertThat(event.getSubjectId()).isEqualTo(row);
          assertThat(event.getSequence()).isNotNull();
          assertThat(event.getData().path("audit_log_id").asText())
              .isEqualTo(entry.getId().toString());
          assertThat(event.getData().path("columns").toString())
              .isEqualTo("[\"name\",\"version\"]");
          return null;
        });
  }

  @Test
  void anUpdateThatChangesNothingIsNotTold() {
    ObjectNode row = JSON.objectNode().put("name", "a");
    write(new Change("budgets", Ids.next(), Action.UPDATE, row, row.deepCopy()));

    assertThat(database.<Integer>read(sql -> sql.fetchCount(AUDIT_LOGS))).isZero();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(EVENTS))).isZero();
  }

  @Test
  void aTransactionThatFailsLeavesNeitherEntryNorEvent() {
    assertThatThrownBy(
            () ->
                database.write(
                    sql -> {
                      Audit.write(sql, actor, insert(1), Instant.now());
                      throw new IllegalStateException("planted");
                    }))
        .hasMessage("planted");

    assertThat(sealer.sealAll()).isZero();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AUDIT_LOGS))).isZero();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(EVENTS))).isZero();
  }

  @Test
  void aHundredRowsMakeAHundredEntriesAndOneMoreMakesASingleOne() {
    write(many(100));
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AUDIT_LOGS))).isEqualTo(100);

    Change[] changes = many(101);
    write(changes);

    AuditLogsRecord entry =
        database.read(
            sql -> sql.selectFrom(AUDIT_LOGS).where(AUDIT_LOGS.ROW_ID.isNull()).fetchSingle());
    assertThat(entry.getRowCount()).isEqualTo(101);
    assertThat(entry.getRowIds()).hasSize(101);
    assertThat(entry.getRowIds().get(100).asText()).isEqualTo(changes[100].row().toString());
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AUDIT_LOGS))).isEqualTo(101);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(EVENTS))).isEqualTo(101);
  }

  @Test
  void anEntryListsTenThousandRowsAtMost() {
    write(many(Audit.MOST_LISTED + 1));

    List<Long> counts =
        database.read(
            sql ->
                sql.select(AUDIT_LOGS.ROW_COUNT)
                    .from(AUDIT_LOGS)
                    .orderBy(AUDIT_LOGS.ID)
                    .fetch(AUDIT_LOGS.ROW_COUNT));
    assertThat(counts).containsExactly((long) Audit.MOST_LISTED, 1L);
    sealer.sealAll();
    assertThat(verify().isClean()).isTrue();
  }

  private static Change[] many(int count) {
    Change[] changes = new Change[count];
    for (int i = 0; i < count; i++) {
      changes[i] = insert(i);
    }
    return changes;
  }

  @Test
  void whateverJsonARowHoldsIsProvedAsItWasWritten() {
    ObjectNode row = JSON.objectNode();
    row.put("one", 1.0).put("large", 1e300).put("small", 4.9e-324).put("long", Long.MIN_VALUE);
    row.put("text", "\0 \uD800 😀 \u0007 \" \\ / é").put("unit\0name", "x");
    row.put("exact", new BigDecimal("0.12345678901234567890123"));
    row.put("float", 0.1f).put("nan", Double.NaN);
    row.putObject("nested").putArray("list").addNull().add(true).add(10.50);

    write(new Change("conversations", Ids.next(), Action.INSERT, null, row));
    sealer.sealAll();

    assertThat(faults()).isEmpty();
  }

  // ---- sealing

  @Test
  void sealsFollowEachOtherAndNothingWaits() {
    List<UUID> ids = sealed();

    Report report = verify();
    assertThat(report.seals()).isEqualTo(3);
    assertThat(report.entries()).isEqualTo(9);
    assertThat(report.pending()).isZero();
    database.read(
        sql -> {
          var seals = sql.selectFrom(AUDIT_SEALS).orderBy(AUDIT_SEALS.SEQUENCE).fetch();
          assertThat(seals.getValues(AUDIT_SEALS.SEQUENCE)).containsExactly(1L, 2L, 3L);
          assertThat(seals.getValues(AUDIT_SEALS.ENTRY_COUNT)).containsExactly(4L, 3L, 2L);
          assertThat(seals.get(0).getPreviousHash()).isNull();
          assertThat(seals.get(1).getPreviousHash()).isEqualTo(seals.get(0).getSealHash());
          assertThat(seals.get(1).getFirstEntryId()).isEqualTo(ids.get(4));
          assertThat(seals.get(1).getLastEntryId()).isEqualTo(ids.get(6));
          return null;
        });
  }

  @Test
  void whatIsNotSealedYetWaitsAndIsNoFault() {
    sealed();
    write(insert(10));

    Report report = verify();
    assertThat(report.isClean()).isTrue();
    assertThat(report.pending()).isEqualTo(1);
  }

  @Test
  void anEntryThatCommitsLateIsSealedLate() throws Exception {
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      CountDownLatch written = new CountDownLatch(1);
      CountDownLatch sealedNow = new CountDownLatch(1);
      Future<?> late =
          other.submit(
              () ->
                  database.<Boolean>write(
                      sql -> {
                        Audit.write(sql, actor, insert(1), Instant.now());
                        written.countDown();
                        if (database.engine() == Engine.POSTGRES) {
                          await(sealedNow); // SQLite has one writer: nobody is ever late
                        }
                        return true;
                      }));
      await(written);
      write(insert(2));
      int early = sealer.sealAll();
      sealedNow.countDown();
      late.get();
      int rest = sealer.sealAll();

      assertThat(early + rest).isEqualTo(2);
      if (database.engine() == Engine.POSTGRES) {
        assertThat(early).isEqualTo(1);
      }
      assertThat(faults()).isEmpty();
      assertThat(verify().entries()).isEqualTo(2);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void eightWritersAndTwoSealersLeaveACleanLog() throws Exception {
    int writers = 8;
    int each = 40;
    try (Sealer one = new Sealer(database, VAULT, Clock.systemUTC()).start();
        Sealer two = new Sealer(database, VAULT, Clock.systemUTC()).start();
        ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      assertThat(one).isNotSameAs(two);
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        running.add(
            threads.submit(
                () -> {
                  for (int j = 0; j < each; j++) {
                    write(insert(j));
                    if (j % 10 == 0) {
                      sealer.sealAll();
                    }
                  }
                }));
      }
      for (Future<?> writer : running) {
        finish(writer);
        assertThat(faults()).as("while others write").isEmpty();
      }
    }
    Report report = verify();
    assertThat(report.named()).isEmpty();
    assertThat(report.entries()).isEqualTo((long) writers * each);
    assertThat(report.pending()).isZero();
    assertThat(report.seals()).isGreaterThan(1);
  }

  private static void finish(Future<?> work) throws InterruptedException {
    try {
      work.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  @Test
  void aBacklogIsSealedInSealsOfAThousand() {
    for (int i = 0; i < 25; i++) {
      write(many(100));
    }
    assertThat(sealer.sealAll()).isEqualTo(2500);

    Report report = verify();
    assertThat(report.isClean()).isTrue();
    assertThat(report.seals()).isEqualTo(3);
  }

  // ---- faults

  @Test
  void aChangedEntryIsNamed() {
    List<UUID> ids = sealed();
    forge(
        sql ->
            sql.update(AUDIT_LOGS)
                .set(AUDIT_LOGS.ACTOR_ID, Ids.next())
                .where(AUDIT_LOGS.ID.eq(ids.get(5)))
                .execute());

    assertThat(faults()).containsExactly("CHANGED 2 " + ids.get(5));
  }

  @Test
  void aChangedEntryWhoseHashWasMadeAnewIsNamed() {
    List<UUID> ids = sealed();
    forge(
        sql -> {
          sql.update(AUDIT_LOGS)
              .set(AUDIT_LOGS.NEW_VALUES, JSON.objectNode().put("title", "another"))
              .where(AUDIT_LOGS.ID.eq(ids.get(0)))
              .execute();
          String hash =
              sql.select(StoredEntry.COLUMNS)
                  .from(AUDIT_LOGS)
                  .where(AUDIT_LOGS.ID.eq(ids.get(0)))
                  .fetchSingle(StoredEntry::hash);
          sql.update(AUDIT_LOGS)
              .set(AUDIT_LOGS.ENTRY_HASH, hash)
              .where(AUDIT_LOGS.ID.eq(ids.get(0)))
              .execute();
        });

    assertThat(faults()).containsExactly("CHANGED 1 " + ids.get(0));
  }

  @Test
  void aHashThatWasMadeAnewEverywhereBreaksTheSeal() {
    List<UUID> ids = sealed();
    String other = "ab".repeat(32);
    forge(
        sql ->
            sql.update(AUDIT_LEAVES)
                .set(AUDIT_LEAVES.ENTRY_HASH, other)
                .where(AUDIT_LEAVES.ENTRY_ID.eq(ids.get(0)))
                .execute());

    assertThat(faults()).containsExactly("CHANGED 1 " + ids.get(0), "LIST 1");
  }

  @Test
  void aMissingEntryIsNamed() {
    List<UUID> ids = sealed();
    forge(sql -> sql.deleteFrom(AUDIT_LOGS).where(AUDIT_LOGS.ID.eq(ids.get(8))).execute());

    assertThat(faults()).containsExactly("MISSING 3 " + ids.get(8));
  }

  @Test
  void anEntryThatWasTakenOutOfItsSealToIsMissed() {
    List<UUID> ids = sealed();
    forge(
        sql -> {
          sql.deleteFrom(AUDIT_LOGS).where(AUDIT_LOGS.ID.eq(ids.get(4))).execute();
          sql.deleteFrom(AUDIT_LEAVES).where(AUDIT_LEAVES.ENTRY_ID.eq(ids.get(4))).execute();
          sql.update(AUDIT_LEAVES)
              .set(AUDIT_LEAVES.POSITION, AUDIT_LEAVES.POSITION.minus(1))
              .where(AUDIT_LEAVES.ENTRY_ID.eq(ids.get(5)))
              .execute();
          sql.update(AUDIT_LEAVES)
              .set(AUDIT_LEAVES.POSITION, AUDIT_LEAVES.POSITION.minus(1))
              .where(AUDIT_LEAVES.ENTRY_ID.eq(ids.get(6)))
              .execute();
        });

    assertThat(faults()).containsExactly("LIST 2");
  }

  @Test
  void anAddedEntryIsNamed() {
    List<UUID> ids = sealed();
    UUID added = Ids.next();
    forge(
        sql -> {
          AuditLogsRecord row = sql.fetchSingle(AUDIT_LOGS, AUDIT_LOGS.ID.eq(ids.get(3)));
          row.setId(added);
          row.touched(true);
          sql.executeInsert(row);
        });

    assertThat(faults()).containsExactly("ADDED " + added);
  }

  @Test
  void reorderedEntriesAreNamed() {
    List<UUID> ids = sealed();
    forge(
        sql -> {
          move(sql, ids.get(0), 100);
          move(sql, ids.get(1), 0);
          move(sql, ids.get(0), 1);
        });

    assertThat(faults()).containsExactly("REORDERED 1 " + ids.get(0));
  }

  private static void move(DSLContext sql, UUID entry, int position) {
    sql.update(AUDIT_LEAVES)
        .set(AUDIT_LEAVES.POSITION, position)
        .where(AUDIT_LEAVES.ENTRY_ID.eq(entry))
        .execute();
  }

  @Test
  void entriesThatSwapWhatTheySayAreNamed() {
    List<UUID> ids = sealed();
    forge(
        sql -> {
          AuditLogsRecord one = sql.fetchSingle(AUDIT_LOGS, AUDIT_LOGS.ID.eq(ids.get(1)));
          AuditLogsRecord two = sql.fetchSingle(AUDIT_LOGS, AUDIT_LOGS.ID.eq(ids.get(2)));
          for (AuditLogsRecord[] pair :
              new AuditLogsRecord[][] {
                {one.copy(), two.original()}, {two.copy(), one.original()}
              }) {
            sql.update(AUDIT_LOGS)
                .set(AUDIT_LOGS.NEW_VALUES, pair[1].getNewValues())
                .set(AUDIT_LOGS.ROW_ID, pair[1].getRowId())
                .set(AUDIT_LOGS.ENTRY_HASH, pair[1].getEntryHash())
                .set(AUDIT_LOGS.CREATED_AT, pair[1].getCreatedAt())
                .where(AUDIT_LOGS.ENTRY_HASH.eq(pair[0].getEntryHash()))
                .and(AUDIT_LOGS.ID.in(ids.get(1), ids.get(2)))
                .execute();
          }
        });

    assertThat(faults()).isNotEmpty().allMatch(fault -> fault.startsWith("CHANGED 1 "));
  }

  @Test
  void aSealThatIsGoneLeavesAGap() {
    List<UUID> ids = sealed();
    forge(sql -> deleteSeal(sql, 2));

    assertThat(faults()).containsExactly("CHAIN 3");
    assertThat(verify().named().getFirst().what()).isEqualTo("seal 2 is gone");
    assertThat(ids).hasSize(9);
  }

  private void deleteSeal(DSLContext sql, long sequence) {
    UUID seal =
        sql.select(AUDIT_SEALS.ID)
            .from(AUDIT_SEALS)
            .where(AUDIT_SEALS.SEQUENCE.eq(sequence))
            .fetchSingle(AUDIT_SEALS.ID);
    sql.deleteFrom(AUDIT_LOGS)
        .where(
            AUDIT_LOGS.ID.in(
                sql.select(AUDIT_LEAVES.ENTRY_ID)
                    .from(AUDIT_LEAVES)
                    .where(AUDIT_LEAVES.SEAL_ID.eq(seal))))
        .execute();
    sql.deleteFrom(AUDIT_LEAVES).where(AUDIT_LEAVES.SEAL_ID.eq(seal)).execute();
    sql.deleteFrom(AUDIT_SEALS).where(AUDIT_SEALS.ID.eq(seal)).execute();
  }

  @Test
  void aTailThatIsCutOffIsMissed() {
    sealed();
    forge(sql -> deleteSeal(sql, 3));

    assertThat(faults()).containsExactly("TAIL 3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTailThatIsCutOffWithItsHeadIsMissedAlsoAfterMoreWasSealed(boolean isHeadForged) {
    sealed();
    forge(
        sql -> {
          deleteSeal(sql, 3);
          if (isHeadForged) {
            String hash =
                sql.select(AUDIT_SEALS.SEAL_HASH)
                    .from(AUDIT_SEALS)
                    .where(AUDIT_SEALS.SEQUENCE.eq(2L))
                    .fetchSingle(AUDIT_SEALS.SEAL_HASH);
            sql.update(AUDIT_HEADS)
                .set(AUDIT_HEADS.SEQUENCE, 2L)
                .set(AUDIT_HEADS.SEAL_HASH, hash)
                .execute();
          } else {
            sql.deleteFrom(AUDIT_HEADS).execute();
          }
        });
    assertThat(faults()).containsExactly("TAIL 2");

    write(insert(20));
    sealer.sealAll();

    assertThat(faults()).containsExactly("CHAIN 4");
    String told =
        database.read(
            sql ->
                sql.select(SECURITY_EVENTS.KIND)
                    .from(SECURITY_EVENTS)
                    .fetchSingle(SECURITY_EVENTS.KIND));
    assertThat(told).isEqualTo("AUDIT_BROKEN");
  }

  @Test
  void anOldHeadThatWasPutBackIsFoundAndDoesNotStopTheSealer() {
    write(insert(1));
    sealer.sealAll();
    AuditHeadsRecord old = database.read(sql -> sql.selectFrom(AUDIT_HEADS).fetchSingle());
    write(insert(2));
    sealer.sealAll();
    forge(
        sql ->
            sql.update(AUDIT_HEADS)
                .set(AUDIT_HEADS.SEQUENCE, old.getSequence())
                .set(AUDIT_HEADS.SEAL_HASH, old.getSealHash())
                .set(AUDIT_HEADS.HMAC, old.getHmac())
                .execute());
    assertThat(faults()).containsExactly("TAIL 2");

    write(insert(3));
    assertThat(sealer.sealAll()).isEqualTo(1);
    assertThat(faults()).containsExactly("CHAIN 4");
  }

  @Test
  void anEndThatWasKeptElsewhereProvesThatNothingWasRolledBack() {
    sealed();
    Verification.End end = verify().ends().getFirst();
    assertThat(verify(end).isClean()).isTrue();

    Report report = verify(new Verification.End(end.tenant(), 4, end.hash()));
    assertThat(report.named().stream().map(AuditTest::text)).containsExactly("TAIL 4");
  }

  @Test
  void aSealOfAnotherKeyIsNone() {
    sealed();
    Report report = Verification.run(database, Vault.of("another key"), tenant, List.of(), _ -> {});

    assertThat(report.named().stream().map(AuditTest::text))
        .containsExactly("SEAL 1", "SEAL 2", "SEAL 3", "TAIL 3");
  }

  @Test
  void aForgedSealIsFound() {
    sealed();
    forge(
        sql ->
            sql.update(AUDIT_SEALS)
                .set(AUDIT_SEALS.CREATED_AT, Instant.parse("2020-01-01T00:00:00Z"))
                .where(AUDIT_SEALS.SEQUENCE.eq(2L))
                .execute());

    assertThat(faults()).containsExactly("SEAL 2");
  }

  @Test
  void anEntryThatIsTakenAwayBeforeItIsSealedIsMissed() {
    write(insert(1));
    UUID id = only().getId();
    forge(sql -> sql.deleteFrom(AUDIT_LOGS).execute());
    assertThat(faults()).containsExactly("MISSING " + id);

    sealer.sealAll();
    assertThat(faults()).containsExactly("MISSING 1 " + id);
  }

  @Test
  void anEntryThatIsTakenOutOfTheQueueIsFound() {
    write(insert(1));
    UUID id = only().getId();
    forge(sql -> sql.deleteFrom(AUDIT_PENDING).execute());

    assertThat(faults()).containsExactly("ADDED " + id);
  }

  @Test
  void whatRetentionArchivedIsNoFaultAndWhatItDidNotIs() {
    List<UUID> ids = sealed();
    forge(
        sql -> {
          sql.deleteFrom(AUDIT_LOGS).where(AUDIT_LOGS.ID.in(ids.subList(0, 5))).execute();
          sealer.archived(sql, tenant, 1);
        });

    assertThat(faults()).containsExactly("MISSING 2 " + ids.get(4));
    Report report = verify();
    assertThat(report.archived()).isEqualTo(4);
    assertThat(report.entries()).isEqualTo(4);
  }

  @Test
  void faultsBeyondTheFirstHundredAreCounted() {
    write(many(100));
    write(many(50));
    sealer.sealAll();
    forge(sql -> sql.update(AUDIT_LOGS).set(AUDIT_LOGS.IP, "198.51.100.1").execute());

    Report report = verify();
    assertThat(report.faults()).isEqualTo(150);
    assertThat(report.named())
        .hasSize(Verification.NAMED)
        .allMatch(fault -> fault.kind() == Kind.CHANGED);
  }
}
