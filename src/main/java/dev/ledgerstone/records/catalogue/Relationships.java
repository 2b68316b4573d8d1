package dev.ledgerstone.records.catalogue;

import dev.ledgerstone.records.catalogue.Relationship.Cardinality;
import dev.ledgerstone.records.catalogue.Relationship.Junction;
import dev.ledgerstone.records.catalogue.Relationship.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.Field;
import org.jooq.ForeignKey;

/**
 * Relationships from foreign keys. A reference inside a tenant is composite, and its tenant column
 * is left out: each node of a plan has its tenant's predicate already.
 */
final class Relationships {
  private Relationships() {}

  /** All, in both directions, and through junctions. */
  static List<Relationship> among(Map<String, Table> tables) {
    List<Relationship> all = new ArrayList<>();
    for (Table table : tables.values()) {
      List<Relationship> direct = direct(table, tables);
      all.addAll(direct);
      direct.forEach(it -> all.add(reverse(it)));
      all.addAll(through(table, direct));
    }
    return all;
  }

  private static List<Relationship> direct(Table table, Map<String, Table> tables) {
    List<Relationship> found = new ArrayList<>();
    for (ForeignKey<?, ?> key : table.source().getReferences()) {
      Table target = tables.get(key.getKey().getTable().getName());
      if (target != null) {
        List<Pair> pairs = pairs(key);
        if (pairs.stream().allMatch(it -> isShown(it, table, target))) {
          found.add(
              new Relationship(
                  name(key, pairs), table, target, cardinality(table, pairs), pairs, null));
        }
      }
    }
    return found;
  }

  private static boolean isShown(Pair pair, Table table, Table target) {
    return table.columns().containsKey(pair.left()) && target.columns().containsKey(pair.right());
  }

  private static List<Pair> pairs(ForeignKey<?, ?> key) {
    List<Pair> pairs = new ArrayList<>();
    List<? extends Field<?>> left = key.getFields();
    List<? extends Field<?>> right = key.getKeyFields();
    for (int i = 0; i < left.size(); i++) {
      String column = left.get(i).getName();
      if (left.size() == 1 || !column.equals(TableReader.TENANT_ID)) {
        pairs.add(new Pair(column, right.get(i).getName()));
      }
    }
    return List.copyOf(pairs);
  }

  /** A key that was declared at its column has PostgreSQL's name, not the generator's. */
  private static String name(ForeignKey<?, ?> key, List<Pair> pairs) {
    return key.getName().regionMatches(true, 0, "constraint_", 0, 11)
        ? key.getTable().getName() + "_" + pairs.getFirst().left() + "_fkey"
        : key.getName();
  }

  private static Cardinality cardinality(Table table, List<Pair> pairs) {
    boolean isOne =
        !table.tenancy().equals(Table.Tenancy.SELF)
            && table.isUnique(Set.copyOf(pairs.stream().map(Pair::left).toList()));
    return isOne ? Cardinality.ONE_TO_ONE : Cardinality.MANY_TO_ONE;
  }

  private static Relationship reverse(Relationship it) {
    return new Relationship(
        it.name(),
        it.to(),
        it.from(),
        it.cardinality() == Cardinality.ONE_TO_ONE
            ? Cardinality.ONE_TO_ONE
            : Cardinality.ONE_TO_MANY,
        turned(it.pairs()),
        null);
  }

  private static List<Pair> turned(List<Pair> pairs) {
    return pairs.stream()
        .map(it -> new Pair(/* left= */ it.right(), /* right= */ it.left()))
        .toList();
  }

  /** A junction is a table with a key that is made of two references and nothing else. */
  private static List<Relationship> through(Table table, List<Relationship> direct) {
    List<Relationship> found = new ArrayList<>();
    for (Relationship near : direct) {
      for (Relationship far : direct) {
        if (!near.equals(far) && isKey(table, near, far)) {
          found.add(
              new Relationship(
                  table.name(),
                  near.to(),
                  far.to(),
                  Cardinality.MANY_TO_MANY,
                  List.of(),
                  new Junction(table, near.name(), far.name(), turned(near.pairs()), far.pairs())));
        }
      }
    }
    return found;
  }

  private static boolean isKey(Table table, Relationship near, Relationship far) {
    Set<String> columns = new TreeSet<>();
    near.pairs().forEach(it -> columns.add(it.left()));
    far.pairs().forEach(it -> columns.add(it.left()));
    return table.uniqueKeys().stream().anyMatch(key -> columns.equals(new TreeSet<>(key)));
  }
}
