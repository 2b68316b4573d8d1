package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LEAVES;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_PENDING;
import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Proves the log by its seals, in one snapshot: every entry is hashed anew, every tree and chain
 * built anew. Rows are streamed; changes nothing.
 */
public final class Verification {
  /** Faults that are named; more are counted only. */
  public static final int NAMED = 100;

  private static final int FETCH = 1000;

  /** What is wrong. */
  public enum Kind {
    /** An entry says another thing than when it was written. */
    CHANGED,
    /** An entry that was written is not there. */
    MISSING,
    /** An entry stands in the log that was neither sealed nor waits for it. */
    ADDED,
    /** The entries of a seal stand in another order. */
    REORDERED,
    /** A seal's list of entries is not the one that was sealed. */
    LIST,
    /** A seal says another thing than when it was made, or was not made by this server's key. */
    SEAL,
    /** A seal does not follow the one before it: one between them is gone. */
    CHAIN,
    /** The end of the chain is not where it was. */
    TAIL
  }

  /**
   * One fault.
   *
   * @param seal its sequence; null: of no seal
   * @param entry null: of no entry in particular
   */
  public record Fault(
      String tenant, @Nullable Long seal, @Nullable UUID entry, Kind kind, String what) {}

  /**
   * The end of a tenant's chain: who keeps it elsewhere can prove later that nothing up to here was
   * cut off.
   */
  public record End(String tenant, long sequence, String hash) {}

  /**
   * What was found.
   *
   * @param entries that are sealed and there
   * @param archived that are sealed, and were taken away by retention
   * @param pending that wait for the sealer
   * @param faults all, also those that are not named
   * @param named the first {@value #NAMED}
   */
  public record Report(
      long tenants,
      long seals,
      long entries,
      long archived,
      long pending,
      long faults,
      List<Fault> named,
      List<End> ends) {
    public Report {
      named = List.copyOf(named);
      ends = List.copyOf(ends);
    }

    public boolean isClean() {
      return faults == 0;
    }
  }

  private final DSLContext sql;
  private final SealKey key;
  private final LongConsumer progress;
  private final Findings findings = new Findings();
  private final List<End> ends = new ArrayList<>();
  private long seals;
  private long entries;
  private long archived;

  private Verification(DSLContext sql, SealKey key, LongConsumer progress) {
    this.sql = sql;
    this.key = key;
    this.progress = progress;
  }

  /**
   * Checks the log.
   *
   * @param tenant whose; null: everybody's
   * @param expected ends that were kept elsewhere
   * @param progress is told now and then how many entries were read
   */
  public static Report run(
      Database database,
      Vault vault,
      @Nullable UUID tenant,
      List<End> expected,
      LongConsumer progress) {
    return database.readSnapshot(
        sql -> new Verification(sql, new SealKey(vault), progress).run(tenant, expected));
  }

  private Report run(@Nullable UUID only, List<End> expected) {
    Condition which = only == null ? DSL.noCondition() : TENANTS.ID.eq(only);
    Map<UUID, String> tenants =
        sql.select(TENANTS.ID, TENANTS.SLUG)
            .from(TENANTS)
            .where(which)
            .orderBy(TENANTS.SLUG)
            .fetchMap(TENANTS.ID, TENANTS.SLUG);
    long pending = 0;
    for (Map.Entry<UUID, String> tenant : tenants.entrySet()) {
      chain(tenant.getKey(), tenant.getValue());
      pending += pending(tenant.getKey(), tenant.getValue());
      added(tenant.getKey(), tenant.getValue());
    }
    expected.forEach(this::expect);
    progress.accept(entries);
    return new Report(
        tenants.size(),
        seals,
        entries,
        archived,
        pending,
        findings.count(),
        findings.named(),
        ends);
  }

  private void chain(UUID tenant, String slug) {
    Head head = Head.find(sql, key, tenant);
    ChainCheck chain = new ChainCheck(slug, head, key, findings);
    try (Cursor<Record> rows =
        sql.select(AUDIT_SEALS.fields())
            .select(AUDIT_LEAVES.ENTRY_ID, AUDIT_LEAVES.POSITION, AUDIT_LEAVES.ENTRY_HASH)
            .select(StoredEntry.COLUMNS)
            .from(AUDIT_SEALS)
            .leftJoin(AUDIT_LEAVES)
            .on(AUDIT_LEAVES.SEAL_ID.eq(AUDIT_SEALS.ID))
            .leftJoin(AUDIT_LOGS)
            .on(
                AUDIT_LOGS
                    .ID
                    .eq(AUDIT_LEAVES.ENTRY_ID)
                    .and(AUDIT_LOGS.TENANT_ID.eq(AUDIT_SEALS.TENANT_ID)))
            .where(AUDIT_SEALS.TENANT_ID.eq(tenant))
            .orderBy(AUDIT_SEALS.SEQUENCE, AUDIT_LEAVES.POSITION)
            .fetchSize(FETCH)
            .fetchLazy()) {
      for (Record row : rows) {
        chain.row(row);
        if ((entries + chain.entries()) % FETCH == 0) {
          progress.accept(entries + chain.entries());
        }
      }
    }
    chain.end().ifPresent(ends::add);
    seals += chain.seals();
    entries += chain.entries();
    archived += chain.archived();
  }

  private long pending(UUID tenant, String slug) {
    long count = 0;
    try (Cursor<Record> rows =
        sql.select(AUDIT_PENDING.ENTRY_ID, AUDIT_PENDING.ENTRY_HASH)
            .select(StoredEntry.COLUMNS)
            .from(AUDIT_PENDING)
            .leftJoin(AUDIT_LOGS)
            .on(
                AUDIT_LOGS
                    .ID
                    .eq(AUDIT_PENDING.ENTRY_ID)
                    .and(AUDIT_LOGS.TENANT_ID.eq(AUDIT_PENDING.TENANT_ID)))
            .where(AUDIT_PENDING.TENANT_ID.eq(tenant))
            .orderBy(AUDIT_PENDING.ENTRY_ID)
            .fetchSize(FETCH)
            .fetchLazy()) {
      for (Record row : rows) {
        count++;
        UUID id = row.get(AUDIT_PENDING.ENTRY_ID);
        if (row.get(AUDIT_LOGS.ID) == null) {
          findings.add(slug, null, id, Kind.MISSING, "an entry that waits for its seal is gone");
        } else if (!StoredEntry.hash(row).equals(row.get(AUDIT_PENDING.ENTRY_HASH))) {
          findings.add(slug, null, id, Kind.CHANGED, "an entry was changed before it was sealed");
        }
      }
    }
    return count;
  }

  private void added(UUID tenant, String slug) {
    try (Cursor<? extends Record> rows =
        sql.select(AUDIT_LOGS.ID)
            .from(AUDIT_LOGS)
            .leftJoin(AUDIT_LEAVES)
            .on(AUDIT_LEAVES.ENTRY_ID.eq(AUDIT_LOGS.ID))
            .leftJoin(AUDIT_PENDING)
            .on(AUDIT_PENDING.ENTRY_ID.eq(AUDIT_LOGS.ID))
            .where(AUDIT_LOGS.TENANT_ID.eq(tenant))
            .and(AUDIT_LEAVES.ENTRY_ID.isNull())
            .and(AUDIT_PENDING.ENTRY_ID.isNull())
            .orderBy(AUDIT_LOGS.ID)
            .fetchSize(FETCH)
            .fetchLazy()) {
      for (Record row : rows) {
        findings.add(
            slug,
            null,
            row.get(AUDIT_LOGS.ID),
            Kind.ADDED,
            "an entry stands in no seal, and does not wait for one");
      }
    }
  }

  private void expect(End end) {
    String found =
        sql.select(AUDIT_SEALS.SEAL_HASH)
            .from(AUDIT_SEALS)
            .join(TENANTS)
            .on(TENANTS.ID.eq(AUDIT_SEALS.TENANT_ID))
            .where(TENANTS.SLUG.eq(end.tenant))
            .and(AUDIT_SEALS.SEQUENCE.eq(end.sequence))
            .fetchOne(AUDIT_SEALS.SEAL_HASH);
    if (!end.hash.equals(found)) {
      findings.add(
          end.tenant,
          end.sequence,
          null,
          Kind.TAIL,
          found == null ? "the expected seal is not there" : "the expected seal has another hash");
    }
  }

  /**
   * Reads an end as {@code audit verify} prints it.
   *
   * @param text {@code tenant:sequence:hash}
   */
  public static End end(String text) {
    String[] parts = text.split(":", -1);
    try {
      if (parts.length == 3 && parts[2].length() == 64) {
        return new End(parts[0], Long.parseLong(parts[1]), parts[2]);
      }
    } catch (NumberFormatException _) {
      // told below
    }
    throw new RequestProblem.Invalid(
            "expect",
            "\"" + text + "\" is no end of a chain",
            "write tenant:sequence:hash, as audit verify printed it")
        .exception();
  }

  /** Collects faults, up to a bound. */
  static final class Findings {
    private final List<Fault> named = new ArrayList<>();
    private long count;

    void add(String tenant, @Nullable Long seal, @Nullable UUID entry, Kind kind, String what) {
      count++;
      if (named.size() < NAMED) {
        named.add(new Fault(tenant, seal, entry, kind, what));
      }
    }

    long count() {
      return count;
    }

    List<Fault> named() {
      return named;
    }
  }
}
