package dev.ledgerstone.records.catalogue;

import dev.ledgerstone.db.schema.DefaultSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Every table that the API serves, and how they belong together; made once, at start. */
public final class Catalogue {
  private final Map<String, Table> tables = new TreeMap<>();
  private final Map<String, List<Relationship>> relationships = new TreeMap<>();

  private Catalogue(Collection<? extends org.jooq.Table<?>> sources) {
    for (org.jooq.Table<?> source : sources) {
      TableReader.read(source).ifPresent(table -> tables.put(table.name(), table));
    }
    for (Relationship each : Relationships.among(tables)) {
      relationships.computeIfAbsent(each.from().name(), _ -> new ArrayList<>()).add(each);
    }
  }

  /** Of the schema that the build generated from our migrations. */
  public static Catalogue ofSchema() {
    return new Catalogue(DefaultSchema.DEFAULT_SCHEMA.getTables());
  }

  /** By name. */
  public Collection<Table> tables() {
    return List.copyOf(tables.values());
  }

  public Optional<Table> table(String name) {
    return Optional.ofNullable(tables.get(name));
  }

  /** Those that begin at a table, in no order that means anything. */
  public List<Relationship> relationships(Table from) {
    return List.copyOf(relationships.getOrDefault(from.name(), List.of()));
  }
}
