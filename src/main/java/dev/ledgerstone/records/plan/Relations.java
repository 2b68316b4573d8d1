package dev.ledgerstone.records.plan;

import dev.ledgerstone.http.Spelling;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Relationship.Junction;
import dev.ledgerstone.records.catalogue.Relationship.Pair;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.SelectItem.Target;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the one relationship that an embed means. */
final class Relations {
  private final CallerView view;

  Relations(CallerView view) {
    this.view = view;
  }

  Relationship find(Table from, Target target) {
    List<Relationship> all = view.relationships(from);
    List<Relationship> fitting = all.stream().filter(it -> fits(it, target)).toList();
    if (fitting.isEmpty()) {
      String guess =
          Spelling.nearest(
                  target.name(),
                  all.stream().map(it -> it.to().name()).distinct().sorted().toList())
              .filter(it -> !it.equals(target.name()))
              .orElse("");
      throw new RecordsProblem.NoRelationship(from.name(), target.name(), guess).exception();
    }
    if (fitting.size() > 1) {
      throw ambiguous(from, target.name(), fitting);
    }
    return fitting.getFirst();
  }

  private static boolean fits(Relationship it, Target target) {
    boolean isSelf = it.from().equals(it.to());
    boolean isTable = it.to().name().equals(target.name());
    if (target.hint() != null) {
      return isTable && isToManyIfSelf(it, isSelf) && isHinted(it, target.hint());
    }
    if (isTable && isToManyIfSelf(it, isSelf)) {
      return true;
    }
    // By its key's name, or by the column of this table that holds the reference.
    boolean isReference = it.isToOne() && it.junction() == null;
    return (it.name().equals(target.name()) && it.junction() == null && (isReference || !isSelf))
        || (it.cardinality() == Relationship.Cardinality.MANY_TO_ONE
            && isOnly(it.pairs(), target.name(), true));
  }

  /** Of a table's references to itself its name means the rows that refer to this one. */
  private static boolean isToManyIfSelf(Relationship it, boolean isSelf) {
    return !isSelf || !it.isToOne();
  }

  private static boolean isHinted(Relationship it, String hint) {
    Junction junction = it.junction();
    return it.name().equals(hint)
        || (junction != null
            && (junction.toKey().equals(hint)
                // Of a table with itself the near key of one direction is the far key of the other.
                || (junction.fromKey().equals(hint) && !it.from().equals(it.to()))))
        || isOnly(it.pairs(), hint, true)
        || isOnly(it.pairs(), hint, false);
  }

  private static boolean isOnly(List<Pair> pairs, String column, boolean isLeft) {
    return pairs.size() == 1
        && (isLeft ? pairs.getFirst().left() : pairs.getFirst().right()).equals(column);
  }

  private static ProblemException ambiguous(Table from, String name, List<Relationship> fitting) {
    List<Map<String, String>> candidates =
        fitting.stream()
            .map(
                it ->
                    Map.of(
                        "cardinality", it.cardinality().text(),
                        "embedding", from + " with " + it.to(),
                        "relationship", it.shown()))
            .toList();
    String names =
        fitting.stream()
            .map(it -> "'" + it.to() + "!" + hint(it) + "'")
            .collect(Collectors.joining(", "));
    return new RecordsProblem.ManyRelationships(from.name(), name, candidates, names).exception();
  }

  /** What tells it from the others. */
  private static String hint(Relationship it) {
    Junction junction = it.junction();
    return junction != null && it.from().equals(it.to()) ? junction.toKey() : it.name();
  }

  /** The column that a name means; refuses one that is not there, with a guess. */
  static Column column(Table table, String name) {
    @Nullable Column column = table.columns().get(name);
    if (column == null) {
      throw new RecordsProblem.UndefinedColumn(
              table.name(), name, Spelling.nearest(name, table.columns().keySet()).orElse(""))
          .exception();
    }
    return column;
  }
}
