package dev.ledgerstone.records.catalogue;

import dev.ledgerstone.db.schema.DefaultSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.Field;
import org.jooq.ForeignKey;
import org.jooq.Index;
import org.jooq.Key;
import org.jooq.UniqueKey;
import org.jooq.impl.QOM.ForeignKeyRule;

/** Rules of tables under PostgreSQL's names, by which both engines' errors are told. */
public final class Constraints {
  /** By the table's name: every insert asks. */
  private static final Map<String, List<Reference>> FROM = new ConcurrentHashMap<>();

  private Constraints() {}

  /**
   * What is unique.
   *
   * @param columns without the tenant, unless it is all
   */
  public record Unique(String name, List<String> columns) {}

  /**
   * A foreign key.
   *
   * @param columns of the table that refers, in the order of the target's
   * @param isTenantsOwn whether the key itself keeps the reference within the tenant
   * @param isShared whether the target's rows of the tenant platform are everybody's
   * @param keeps whether it keeps a row that is referred to from being deleted
   */
  public record Reference(
      String name,
      String from,
      List<String> columns,
      String target,
      List<String> targetColumns,
      boolean isTenantsOwn,
      boolean isShared,
      boolean keeps) {}

  /**
   * The rule that an engine named.
   *
   * @param told its name, or as SQLite has it {@code agents.tenant_id, agents.name}
   */
  public static Optional<Unique> unique(Table table, String told) {
    Set<String> columns = new TreeSet<>();
    for (String each : told.split(",")) {
      columns.add(each.strip().replaceFirst("^" + table.name() + "\\.", ""));
    }
    String name = table.name();
    if (shown(List.copyOf(columns)).equals(table.primaryKey())) {
      // A second key of tenant and id is there for references; the first is what is meant.
      return Optional.of(new Unique(name + "_pkey", table.primaryKey()));
    }
    for (UniqueKey<?> key : table.source().getKeys()) {
      String known = key.isPrimary() ? name + "_pkey" : named(key, name + "_" + join(key) + "_key");
      if (known.equals(told) || columns.equals(new TreeSet<>(names(key)))) {
        return Optional.of(new Unique(known, shown(names(key))));
      }
    }
    for (Index index : table.source().getIndexes()) {
      List<String> names = index.getFields().stream().map(it -> it.getName()).toList();
      if (index.getUnique()
          && (index.getName().equals(told) || columns.equals(new TreeSet<>(names)))) {
        return Optional.of(new Unique(index.getName(), shown(names)));
      }
    }
    return Optional.empty();
  }

  /**
   * The indexes that make columns, the tenant left out, unique; empty where a constraint does,
   * which holds for every row.
   */
  public static Optional<List<String>> indexes(Table table, Set<String> columns) {
    for (UniqueKey<?> key : table.source().getKeys()) {
      if (columns.equals(new TreeSet<>(shown(names(key))))) {
        return Optional.empty();
      }
    }
    return Optional.of(
        table.source().getIndexes().stream()
            .filter(Index::getUnique)
            .filter(
                it ->
                    columns.equals(
                        new TreeSet<>(
                            shown(it.getFields().stream().map(each -> each.getName()).toList()))))
            .map(Index::getName)
            .toList());
  }

  /** Those of a table. */
  public static List<Reference> from(Table table) {
    return FROM.computeIfAbsent(
        table.name(),
        _ -> table.source().getReferences().stream().map(Constraints::reference).toList());
  }

  /** Those to a table, of all. */
  public static List<Reference> to(Table table) {
    List<Reference> references = new ArrayList<>();
    for (org.jooq.Table<?> each : DefaultSchema.DEFAULT_SCHEMA.getTables()) {
      for (ForeignKey<?, ?> key : each.getReferences()) {
        if (key.getKey().getTable().getName().equals(table.name())) {
          references.add(reference(key));
        }
      }
    }
    return references;
  }

  private static Reference reference(ForeignKey<?, ?> key) {
    org.jooq.Table<?> target = key.getKey().getTable();
    List<String> columns = names(key);
    String from = key.getTable().getName();
    List<String> own = shown(columns);
    ForeignKeyRule rule = key.getDeleteRule();
    return new Reference(
        named(key, from + "_" + own.getFirst() + "_fkey"),
        from,
        columns,
        target.getName(),
        key.getKeyFields().stream().map(Field::getName).toList(),
        columns.contains(TableReader.TENANT_ID) || target.field(TableReader.TENANT_ID) == null,
        Traits.of(target.getComment()).has("shared"),
        rule != ForeignKeyRule.CASCADE && rule != ForeignKeyRule.SET_NULL);
  }

  private static String named(Key<?> key, String unnamed) {
    String name = key.getName().toLowerCase(Locale.ROOT);
    return name.startsWith("constraint_") ? unnamed : name;
  }

  private static String join(Key<?> key) {
    return String.join("_", names(key));
  }

  private static List<String> names(Key<?> key) {
    return key.getFields().stream().map(Field::getName).toList();
  }

  private static List<String> shown(List<String> columns) {
    return columns.size() == 1
        ? columns
        : columns.stream().filter(it -> !it.equals(TableReader.TENANT_ID)).toList();
  }
}
