package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;

import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.DefaultSchema;
import dev.ledgerstone.ledger.PastLines;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows may go when they are old.
 *
 * @param key its primary key, of one column
 * @param at what tells how old a row is; null: the time in its key
 */
record Keeping(
    Table<?> table,
    Field<UUID> key,
    Field<UUID> tenant,
    @Nullable Field<Instant> at,
    Condition isOver) {
  /** Its entries go when they were sealed before, and their seals stay. */
  private static final Table<?> SEALED = AUDIT_LOGS;

  /** Its lines go when their sums are carried over. */
  private static final Table<?> LINES = AI_REQUESTS;

  /** What is counted, billed, proved, or opens doors: the features whose rows stay. */
  private static final Set<String> KEPT =
      Set.of("system", "identity", "gateway", "ledger", "audit");

  /** Of those features, what only tells what happened. */
  private static final Set<String> LOGS =
      Set.of(
          "session_activities", "security_events", "ai_request_bodies", "response_cache_entries");

  /** Personal columns, which ANONYMIZE empties where they may be null. */
  private static final Set<String> PERSONAL =
      Set.of(
          "ip",
          "user_agent",
          "email",
          "phone",
          "country",
          "city",
          "latitude",
          "longitude",
          "device_name");

  /**
   * Finds a table.
   *
   * @throws IllegalArgumentException with the reason why its rows stay
   */
  static Keeping of(String name) {
    @Nullable Table<?> table = DefaultSchema.DEFAULT_SCHEMA.getTable(name);
    if (table == null) {
      throw new IllegalArgumentException("there is no table " + name);
    }
    String feature = table.getComment().replaceFirst("(?s).*\\[([a-z]+).*", "$1");
    if (KEPT.contains(feature)
        && !LOGS.contains(name)
        && !table.equals(SEALED)
        && !table.equals(LINES)) {
      throw new IllegalArgumentException(
          "rows of " + name + " stay: they are counted, billed or proved");
    }
    @Nullable Field<UUID> tenant = table.field("tenant_id", UUID.class);
    @Nullable Field<Instant> at = time(table);
    @Nullable Field<UUID> key = key(table);
    if (tenant == null || (at == null && !table.equals(LINES)) || key == null) {
      throw new IllegalArgumentException(name + " has no tenant, no time or no simple key");
    }
    @Nullable Field<Instant> finished = table.field("finished_at", Instant.class);
    return new Keeping(
        table, key, tenant, at, finished == null ? DSL.noCondition() : finished.isNotNull());
  }

  private static @Nullable Field<Instant> time(Table<?> table) {
    return List.of("at", "period_start", "created_at").stream()
        .map(it -> table.field(it, Instant.class))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable Field<UUID> key(Table<?> table) {
    List<? extends TableField<?, ?>> key =
        table.getPrimaryKey() == null ? List.of() : table.getPrimaryKey().getFields();
    return key.size() == 1 ? table.field(key.getFirst().getName(), UUID.class) : null;
  }

  /** Rows of the past, of one tenant or of all but some. */
  Condition old(Instant cutoff, Policy policy) {
    return (at == null ? key.lt(Ids.lowest(cutoff)) : at.lt(cutoff))
        .and(isOver)
        .and(isSealed() ? Sealer.sealedBefore(cutoff) : DSL.noCondition())
        .and(whose(tenant, policy));
  }

  /** Whether its rows are the leaves of seals. */
  boolean isSealed() {
    return table.equals(SEALED);
  }

  /** Whether its rows are the ledger's lines. */
  boolean isLines() {
    return table.equals(LINES);
  }

  /** Whether others are proved by its rows: up to when some may be gone must be known. */
  boolean isProof() {
    return isLines() || table.equals(EVENTS);
  }

  /** Tables whose rows go with those of one: a legal hold on any of them keeps them all. */
  static Set<String> together(String table) {
    Set<String> together = new HashSet<>(Set.of(table));
    if (table.equals(LINES.getName())) {
      PastLines.HANGING.forEach(it -> together.add(it.table().getName()));
    }
    return together;
  }

  /** Rows of those for whom a policy holds, by the column that says whose they are. */
  static Condition whose(Field<UUID> tenant, Policy policy) {
    return policy.everybodyBut() == null
        ? tenant.eq(policy.tenant())
        : policy.everybodyBut().isEmpty() ? DSL.noCondition() : tenant.notIn(policy.everybodyBut());
  }

  /** Which columns tell of a person; empty if none does. */
  List<Field<?>> personal() {
    return isSealed()
        ? List.of()
        : List.of(table.fields()).stream()
            .filter(it -> PERSONAL.contains(it.getName()) && it.getDataType().nullable())
            .<Field<?>>map(it -> it)
            .toList();
  }
}
