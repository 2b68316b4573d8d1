package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.Path.Step;
import java.util.List;

/** What is computed of one row of a node. */
public sealed interface Expr {
  /** A column of the node's table. */
  record OfColumn(Column column) implements Expr {}

  /** A place within the JSON of a column. */
  record InJson(Column column, List<Step> steps) implements Expr {
    public InJson {
      steps = List.copyOf(steps);
    }
  }

  /** A value as another type. */
  record Cast(Expr value, CastType type) implements Expr {}

  /**
   * A value of the rows that hang from this one.
   *
   * @param node the rows; its own items do not count
   */
  record Related(Link link, Node node, Expr value) implements Expr {}

  /** The rows that hang from this one, whole: an object or an array. */
  record Nested(Link link, Node node) implements Expr {}

  /**
   * One member of all groups of the rows that hang from this one: an array.
   *
   * @param node ordered by all that it is grouped by, so that arrays of several members correspond
   * @param index of the member
   */
  record Gathered(Link link, Node node, int index) implements Expr {}

  /** The row itself, to be counted. */
  record Row() implements Expr {}

  default Kind kind() {
    return switch (this) {
      case OfColumn(Column column) -> column.kind();
      case InJson(_, List<Step> steps) -> steps.getLast().asText() ? Kind.TEXT : Kind.JSON;
      case Cast(_, CastType type) -> type.kind();
      case Related(Link link, _, Expr value) ->
          link.relationship().isToOne() ? value.kind() : Kind.JSON;
      case Nested _, Gathered _ -> Kind.JSON;
      case Row _ -> Kind.BIGINT;
    };
  }
}
