package dev.ledgerstone.cli.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.UpdatableRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the file changes: a column is set only where it differs, and a row is written and audited
 * only where a column was set.
 *
 * @param sql the one transaction of the whole file
 */
record Diff(DSLContext sql, Instant now) {
  /** Sets a column, unless it holds that value. */
  @SuppressWarnings("NullAway") // jOOQ's columns take null and do not say so
  <T> void set(UpdatableRecord<?> row, Field<T> column, @Nullable T value) {
    if (!Objects.equals(row.get(column), value)) {
      row.set(column, value);
    }
  }

  /** Writes a row, unless it is there and nothing was set. */
  void store(UpdatableRecord<?> row, boolean isNew, Field<Instant> updatedAt, Field<Long> version) {
    if (isNew || row.modified()) {
      row.set(updatedAt, now);
      if (!isNew) {
        row.set(version, row.get(version) + 1);
      }
      UUID tenant = Objects.requireNonNull(row.get("tenant_id", UUID.class));
      Audit.store(sql, Actor.configuration(tenant), row, isNew, now);
    }
  }

  static ArrayNode array(List<String> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }
}
