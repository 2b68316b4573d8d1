package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LEAVES;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_PENDING;
import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
import dev.ledgerstone.db.RowInsert;
import dev.ledgerstone.db.schema.tables.records.AuditPendingRecord;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.problem.Trouble;
import dev.ledgerstone.vault.Vault;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Seals what was written, twice a second; of all nodes one at a time. What it seals is what the
 * queue holds, so that an entry of a transaction that commits late comes into a later seal.
 */
public final class Sealer implements AutoCloseable {
  /** Entries of one round, and of one seal at most. */
  static final int MOST = 1000;

  private static final Logger LOG = System.getLogger(Sealer.class.getName());
  private static final Duration INTERVAL = Duration.ofMillis(500);

  /** "seals" in ASCII: the advisory lock of those who seal. */
  private static final long LOCK = 0x7365616C73L;

  private record Leaf(AuditPendingRecord entry, UUID seal, int position) {}

  private static final RowInsert<Leaf> LEAVES =
      new RowInsert<>(
          "audit_leaves",
          List.of(
              new GivenRows.Column<>("entry_id", "uuid", leaf -> leaf.entry.getEntryId()),
              new GivenRows.Column<>("tenant_id", "uuid", leaf -> leaf.entry.getTenantId()),
              new GivenRows.Column<>("seal_id", "uuid", Leaf::seal),
              new GivenRows.Column<>("position", "integer", Leaf::position),
              new GivenRows.Column<>("entry_hash", "varchar", leaf -> leaf.entry.getEntryHash())));

  private final Database database;
  private final SealKey key;
  private final Clock clock;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private @Nullable Thread thread;
  private final Trouble sealing = new Trouble(LOG, "audit entries cannot be sealed");

  public Sealer(Database database, Vault vault, Clock clock) {
    this.database = database;
    this.key = new SealKey(vault);
    this.clock = clock;
  }

  /** Begins to seal by itself. */
  public Sealer start() {
    thread = Thread.ofPlatform().name("audit-sealer").daemon().start(this::run);
    return this;
  }

  private void run() {
    try {
      do {
        sealing.tell(this::sealAll);
      } while (!stopping.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  /**
   * Seals all that waits now.
   *
   * @return how many entries; 0 also where another node is at it
   */
  public int sealAll() {
    int all = 0;
    int sealed;
    do {
      sealed = seal();
      all += sealed;
    } while (sealed == MOST && stopping.getCount() > 0);
    return all;
  }

  private int seal() {
    // Looked at first: an idle server takes no writer's turn for nothing.
    if (!database.read(sql -> sql.fetchExists(AUDIT_PENDING))) {
      return 0;
    }
    return database.write(
        sql -> {
          if (!database.dialect().tryLock(sql, LOCK)) {
            return 0;
          }
          if (!database.dialect().isInProcess()) {
            // Each leaf's reference to its seal is checked by a plan that is made once, while the
            // table is young: it would read all seals each time (docs/performance.md).
            sql.execute("set local enable_seqscan = off");
          }
          List<AuditPendingRecord> waiting =
              sql.selectFrom(AUDIT_PENDING).orderBy(AUDIT_PENDING.ENTRY_ID).limit(MOST).fetch();
          Map<UUID, List<AuditPendingRecord>> tenants = new LinkedHashMap<>();
          waiting.forEach(
              each ->
                  tenants.computeIfAbsent(each.getTenantId(), _ -> new ArrayList<>()).add(each));
          Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
          tenants.forEach((tenant, entries) -> seal(sql, tenant, entries, now));
          List<UUID> sealed = waiting.stream().map(AuditPendingRecord::getEntryId).toList();
          sql.deleteFrom(AUDIT_PENDING)
              .where(Dialect.of(sql).isAmong(AUDIT_PENDING.ENTRY_ID, sealed))
              .execute();
          return waiting.size();
        });
  }

  private void seal(DSLContext sql, UUID tenant, List<AuditPendingRecord> entries, Instant now) {
    Seal last =
        sql.selectFrom(AUDIT_SEALS)
            .where(AUDIT_SEALS.TENANT_ID.eq(tenant))
            .orderBy(AUDIT_SEALS.SEQUENCE.desc())
            .limit(1)
            .fetchOne(Seal::of);
    Head head = head(sql, tenant, last, now);
    long before = last == null ? 0 : last.to();
    MerkleTree tree = new MerkleTree();
    entries.forEach(entry -> tree.add(HexFormat.of().parseHex(entry.getEntryHash())));
    Seal seal =
        new Seal(
            Ids.next(),
            tenant,
            head.sequence() + 1,
            entries.getFirst().getEntryId(),
            entries.getLast().getEntryId(),
            entries.size(),
            before,
            before + entries.size(),
            HexFormat.of().formatHex(tree.root()),
            head.sequence() == 0 ? null : head.sealHash(),
            now);
    seal.insert(sql, key);
    List<Leaf> leaves = new ArrayList<>(entries.size());
    for (AuditPendingRecord entry : entries) {
      leaves.add(new Leaf(entry, seal.id(), leaves.size()));
    }
    LEAVES.insert(sql, leaves);
    new Head(tenant, seal.sequence(), seal.hash(), head.archived(), true).store(sql, key, now);
  }

  /**
   * Where to go on. A head that is gone, is an old one, or has no vouching key, cannot be mended by
   * sealing on, or who cuts a tail off would only have to wait: a number is left out, and the gap
   * stays for ever.
   */
  private Head head(DSLContext sql, UUID tenant, @Nullable Seal last, Instant now) {
    Head head = Head.lock(sql, key, tenant);
    if (head == null && last == null) {
      return new Head(tenant, 0, "", 0, true);
    }
    if (head != null && head.isGenuine() && (last == null || head.sequence() >= last.sequence())) {
      return head;
    }
    LOG.log(
        Level.ERROR,
        "the audit log of tenant {0} was tampered with: its head is not genuine; see: ledgerstone audit verify",
        tenant);
    SecurityEvent.broken(tenant).write(sql, now);
    long sequence =
        Math.max(last == null ? 0 : last.sequence(), head == null ? 0 : head.sequence());
    return new Head(
        tenant,
        sequence + 1,
        last == null ? Objects.requireNonNull(head).sealHash() : last.hash(),
        head != null && head.isGenuine() ? head.archived() : 0,
        true);
  }

  /** Entries of the log that stand in a seal which was made before a moment. */
  public static Condition sealedBefore(Instant moment) {
    return DSL.exists(
        DSL.selectOne()
            .from(AUDIT_LEAVES)
            .join(AUDIT_SEALS)
            .on(AUDIT_SEALS.ID.eq(AUDIT_LEAVES.SEAL_ID))
            .where(AUDIT_LEAVES.ENTRY_ID.eq(AUDIT_LOGS.ID))
            .and(AUDIT_SEALS.CREATED_AT.lt(moment)));
  }

  /** As {@link #archived}, for each tenant and the entries {@linkplain #sealedBefore sealed}. */
  public void archivedBefore(DSLContext sql, Condition tenants, Instant moment) {
    sql.select(AUDIT_SEALS.TENANT_ID, DSL.max(AUDIT_SEALS.SEQUENCE))
        .from(AUDIT_SEALS)
        .where(tenants)
        .and(AUDIT_SEALS.CREATED_AT.lt(moment))
        .groupBy(AUDIT_SEALS.TENANT_ID)
        .orderBy(AUDIT_SEALS.TENANT_ID)
        .forEach(last -> archived(sql, last.value1(), last.value2()));
  }

  /**
   * Notes that entries of a tenant may be gone: retention calls it before it takes them away.
   *
   * @param through the sequence of the last seal whose entries are archived
   */
  public void archived(DSLContext sql, UUID tenant, long through) {
    Head head = Head.lock(sql, key, tenant);
    if (head == null || !head.isGenuine() || through > head.sequence()) {
      throw new RequestProblem.Conflict(
              "the audit log of tenant " + tenant + " was tampered with: its entries stay",
              "ledgerstone audit verify tells where")
          .exception();
    }
    new Head(tenant, head.sequence(), head.sealHash(), Math.max(head.archived(), through), true)
        .store(sql, key, clock.instant());
  }

  /** Seals what waits, and stops. */
  @Override
  public void close() {
    stopping.countDown();
    Thread running = thread;
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      sealing.tell(this::sealAll);
    }
  }
}
