package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.Test;
import dev.ledgerstone.records.request.Test.State;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Tests of a value, as conditions that its type allows. */
final class Conditions {
  private Conditions() {}

  static Condition of(Expr left, Test test) {
    return switch (test) {
      case Test.Compare(Operator operator, String value) -> compare(left, operator, value);
      case Test.Quantified(Operator operator, boolean isAll, String array) -> {
        List<Condition> each =
            ArrayLiteral.parse(array).stream().map(it -> compare(left, operator, it)).toList();
        yield isAll ? new Condition.All(each) : new Condition.Any(each);
      }
      case Test.In(List<String> values) ->
          new Condition.Among(left, values.stream().map(it -> operand(left, it)).toList());
      case Test.Is(State state) -> is(left, state);
      case Test.IsDistinct(String value) -> new Condition.IsDistinct(left, operand(left, value));
      case Test.FullText(Test.Search search, String language, String query) -> {
        if (left.kind() != Kind.TEXT && left.kind() != Kind.JSON) {
          throw noOperator(left, "@@");
        }
        Searches.check(search, query);
        yield new Condition.FullText(left, search, Searches.language(language), query);
      }
    };
  }

  private static Operand operand(Expr left, String value) {
    return Literals.of(left.kind(), value);
  }

  private static Condition compare(Expr left, Operator operator, String value) {
    return switch (operator) {
      case EQ, NEQ, GT, GTE, LT, LTE -> new Condition.Compare(left, operator, operand(left, value));
      case LIKE, ILIKE -> {
        requireText(left, operator.sql());
        yield new Condition.Like(
            left, pattern(value.replace('*', '%')), operator == Operator.ILIKE);
      }
      case MATCH, IMATCH -> {
        requireText(left, operator.sql());
        yield new Condition.Matches(left, regex(value), operator == Operator.IMATCH);
      }
      case CS, CD -> {
        requireJson(left, operator.sql());
        yield new Condition.Contains(left, json(left, value), operator == Operator.CD);
      }
      case OV -> {
        requireJson(left, operator.sql());
        yield new Condition.Overlaps(left, array(left, value));
      }
      case SL, SR, NXR, NXL, ADJ -> throw noOperator(left, operator.sql());
    };
  }

  private static Condition is(Expr left, State state) {
    switch (state) {
      case TRUE, FALSE, UNKNOWN -> {
        if (left.kind() != Kind.BOOLEAN) {
          throw noOperator(left, "is " + state.text());
        }
      }
      case NULL, NOT_NULL -> {
        // Of every type.
      }
    }
    return new Condition.Is(left, state);
  }

  private static void requireText(Expr left, String operator) {
    if (left.kind() != Kind.TEXT) {
      throw noOperator(left, operator);
    }
  }

  private static void requireJson(Expr left, String operator) {
    if (left.kind() != Kind.JSON) {
      throw noOperator(left, operator);
    }
  }

  private static ProblemException noOperator(Expr left, String operator) {
    return new RecordsProblem.NoOperator(left.kind().sqlName(), operator).exception();
  }

  private static String pattern(String like) {
    String pattern = (String) Literals.of(Kind.TEXT, like).value();
    int escapes = 0;
    for (int i = pattern.length() - 1; i >= 0 && pattern.charAt(i) == '\\'; i--) {
      escapes++;
    }
    if (escapes % 2 == 1) {
      throw new RecordsProblem.BadValue("pattern", pattern).exception();
    }
    return pattern;
  }

  private static String regex(String value) {
    String pattern = (String) Literals.of(Kind.TEXT, value).value();
    try {
      return Pattern.compile(pattern).pattern();
    } catch (PatternSyntaxException e) {
      throw new RecordsProblem.BadPattern(String.valueOf(e.getDescription())).exception();
    }
  }

  /** JSON, or an array of texts as PostgreSQL writes it. */
  private static String json(Expr left, String value) {
    String text = value.strip();
    boolean isArray = text.startsWith("{") && (!text.startsWith("{\"") || !text.contains(":"));
    boolean isEmpty = text.length() >= 2 && text.substring(1, text.length() - 1).isBlank();
    if (isArray && !(isEmpty && !isArrayColumn(left))) {
      return texts(text);
    }
    return (String) Literals.of(Kind.JSON, text).value();
  }

  private static boolean isArrayColumn(Expr left) {
    return left instanceof Expr.OfColumn(var column) && column.isArray();
  }

  private static String texts(String array) {
    ArrayNode texts = JsonNodeFactory.instance.arrayNode();
    ArrayLiteral.parse(array).forEach(texts::add);
    return texts.toString();
  }

  private static String array(Expr left, String value) {
    String json = json(left, value);
    if (!json.startsWith("[")) {
      throw new RecordsProblem.BadValue("json array", value).exception();
    }
    return json;
  }
}
