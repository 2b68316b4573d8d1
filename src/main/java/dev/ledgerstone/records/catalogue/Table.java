package dev.ledgerstone.records.catalogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table, or a view, that the API serves.
 *
 * @param feature the first part of its permissions
 * @param comment without its traits
 * @param columns by name, in the order of the schema; secret ones are not among them
 * @param secrets names of columns that no caller ever reads or writes
 * @param primaryKey without the tenant; a view's is {@code id} where it has one
 * @param uniqueKeys of columns without the tenant, the primary key first
 * @param source the generated table
 */
public record Table(
    String name,
    String feature,
    String comment,
    Writing writing,
    Tenancy tenancy,
    boolean isView,
    Map<String, Column> columns,
    Set<String> secrets,
    List<String> primaryKey,
    List<List<String>> uniqueKeys,
    org.jooq.Table<?> source) {
  /** Which writes the API takes. */
  public enum Writing {
    FULL,
    /** Rows are added, never changed. */
    APPEND,
    NONE
  }

  /** Whose rows a tenant reads. */
  public enum Tenancy {
    /** Its own. */
    OWN,
    /** Its own and those of the tenant platform. */
    SHARED,
    /** All: there is no tenant column. */
    GLOBAL,
    /** The row whose id is the tenant's: the tenant itself. */
    SELF
  }

  private static final List<String> OWNERS = List.of("user_id", "owner_id", "created_by");
  private static final String DELETED_AT = "deleted_at";
  private static final String VERSION = "version";

  /** The column that holds the tenant; null where there is none. */
  public @Nullable String tenantColumn() {
    return switch (tenancy) {
      case OWN, SHARED -> "tenant_id";
      case SELF -> "id";
      case GLOBAL -> null;
    };
  }

  /** The column by which a row is somebody's own. */
  public Optional<String> ownerColumn() {
    if (name.equals("users")) {
      return Optional.of("id");
    }
    for (String owner : OWNERS) {
      if (columns.containsKey(owner)) {
        return Optional.of(owner);
      }
    }
    return Optional.empty();
  }

  public Optional<Column> column(String wanted) {
    return Optional.ofNullable(columns.get(wanted));
  }

  public boolean isSoftDeleted() {
    return columns.containsKey(DELETED_AT);
  }

  public boolean isVersioned() {
    return columns.containsKey(VERSION);
  }

  /** Whether some key, the tenant apart, lies within columns: at most one row has their values. */
  public boolean isUnique(Set<String> some) {
    if (some.isEmpty()) {
      return false;
    }
    return isWithin(primaryKey, some) || uniqueKeys.stream().anyMatch(key -> isWithin(key, some));
  }

  private static boolean isWithin(List<String> key, Set<String> some) {
    return !key.isEmpty() && some.containsAll(key);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Table table && name.equals(table.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
