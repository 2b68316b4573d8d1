package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.SelectItem.Function;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which types can be summed up how, and as what. */
final class Aggregates {
  private Aggregates() {}

  static void check(Function function, Expr value) {
    boolean isPossible =
        switch (function) {
          case COUNT -> true;
          case SUM, AVG -> value.kind().isNumber();
          case MAX, MIN -> value.kind() != Kind.JSON && value.kind() != Kind.BOOLEAN;
        };
    if (!isPossible) {
      throw new RecordsProblem.NoOperator(
              function.text() + "(" + value.kind().sqlName() + ")", "of")
          .exception();
    }
  }

  static Kind kind(Function function, Kind kind) {
    return switch (function) {
      case COUNT -> Kind.BIGINT;
      case AVG -> Kind.DOUBLE;
      case SUM -> kind == Kind.INTEGER ? Kind.BIGINT : kind;
      case MAX, MIN -> kind;
    };
  }

  static Optional<CastType> cast(Function function, Expr value, @Nullable String name) {
    return name == null
        ? Optional.empty()
        : Optional.of(CastType.of(kind(function, value.kind()), name));
  }
}
