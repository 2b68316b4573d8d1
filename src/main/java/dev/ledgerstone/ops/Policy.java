package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.schema.tables.records.DataRetentionPoliciesRecord;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * A policy as it holds for one table.
 *
 * @param everybodyBut of a policy of the platform: the tenants that have one of the same name, or
 *     hold the table; null: it is the policy of {@code tenant} alone
 * @param isHeld whether nothing may go
 */
record Policy(
    UUID id,
    UUID tenant,
    String name,
    String table,
    int keepDays,
    Action action,
    @Nullable Set<UUID> everybodyBut,
    boolean isHeld) {
  /** What happens to old rows. */
  enum Action {
    DELETE,
    ARCHIVE,
    ANONYMIZE
  }

  /** Tells whether policies were changed between two looks; runs alone change nothing of it. */
  record Edition(int count, @Nullable BigDecimal versions, @Nullable Instant latest) {}

  static Edition edition(DSLContext sql) {
    return sql.select(
            DSL.count(),
            DSL.sum(DATA_RETENTION_POLICIES.VERSION),
            DSL.max(DATA_RETENTION_POLICIES.UPDATED_AT))
        .from(DATA_RETENTION_POLICIES)
        .fetchSingle(row -> new Edition(row.value1(), row.value2(), row.value3()));
  }

  /** Those that hold now, by tenant and name. */
  static List<Policy> load(DSLContext sql) {
    List<DataRetentionPoliciesRecord> rows =
        sql.selectFrom(DATA_RETENTION_POLICIES)
            .where(DATA_RETENTION_POLICIES.DELETED_AT.isNull())
            .orderBy(DATA_RETENTION_POLICIES.TENANT_ID, DATA_RETENTION_POLICIES.NAME)
            .fetch();
    List<Policy> policies = new ArrayList<>();
    for (DataRetentionPoliciesRecord row : rows) {
      if (!row.getIsActive()) {
        continue;
      }
      for (String table : tables(row)) {
        policies.add(of(row, table, rows));
      }
    }
    return policies;
  }

  private static Policy of(
      DataRetentionPoliciesRecord row, String table, List<DataRetentionPoliciesRecord> all) {
    UUID tenant = row.getTenantId();
    boolean isOfAll = tenant.equals(Tenants.PLATFORM);
    Set<UUID> others = new HashSet<>();
    boolean isHeld = row.getLegalHold();
    Set<String> together = Keeping.together(table);
    for (DataRetentionPoliciesRecord other : all) {
      boolean holds =
          other.getLegalHold()
              && other.getIsActive()
              && tables(other).stream().anyMatch(together::contains);
      boolean isOfPlatform = other.getTenantId().equals(Tenants.PLATFORM);
      if (holds && (isOfPlatform || other.getTenantId().equals(tenant))) {
        isHeld = true;
      } else if (isOfAll && !isOfPlatform && (holds || other.getName().equals(row.getName()))) {
        others.add(other.getTenantId());
      }
    }
    return new Policy(
        row.getId(),
        tenant,
        row.getName(),
        table,
        row.getKeepDays(),
        Action.valueOf(row.getAction()),
        isOfAll ? others : null,
        isHeld);
  }

  private static List<String> tables(DataRetentionPoliciesRecord row) {
    List<String> names = new ArrayList<>();
    for (JsonNode name : row.getTables()) {
      names.add(name.asText());
    }
    return names;
  }

  /** Whether no tenant's rows of the table stay: then whole partitions can go. */
  boolean isOfAll() {
    return everybodyBut != null && everybodyBut.isEmpty();
  }
}
