package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.records.request.Logic;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.Path;
import dev.ledgerstone.records.request.Test;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a tree of filters says of a row, read plainly and without any database: the logic of three
 * values, comparisons, patterns, JSON. Nothing of it is the server's own.
 */
final class RowFilter {
  static final Instant AT = Instant.parse("2026-03-01T10:00:00Z");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private RowFilter() {}

  /** A row of {@code agents}. */
  record Row(
      UUID id,
      String name,
      @Nullable String description,
      @Nullable Double temperature,
      boolean isActive,
      JsonNode tools,
      JsonNode limits,
      long version,
      Instant createdAt) {
    static Row random(SplittableRandom random, int number) {
      return new Row(
          new UUID(0x7001L | ((long) number << 32), 0x8000_0000_0000_0000L | number),
          "agent " + number,
          random.nextInt(4) == 0 ? null : word(random),
          random.nextInt(4) == 0 ? null : random.nextInt(0, 9) / 4.0,
          random.nextBoolean(),
          array(random, 2),
          object(random),
          random.nextInt(5) == 0 ? 9_007_199_254_740_993L : random.nextInt(1, 6),
          AT.plusMillis(random.nextInt(0, 4) * 500L));
    }
  }

  private static String word(SplittableRandom random) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      word.append("abAB%_\\\",.(){ ".charAt(random.nextInt(14)));
    }
    return word.toString();
  }

  private static JsonNode scalar(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2 -> JSON.numberNode(BigDecimal.valueOf(random.nextInt(-4, 5), 1));
      case 3 -> JSON.numberNode(random.nextInt(-2, 12));
      default -> JSON.textNode(List.of("", "a", "b", "ab", "1").get(random.nextInt(5)));
    };
  }

  private static ArrayNode array(SplittableRandom random, int depth) {
    ArrayNode array = JSON.arrayNode();
    for (int i = random.nextInt(3); i > 0; i--) {
      array.add(depth > 0 && random.nextInt(4) == 0 ? array(random, depth - 1) : scalar(random));
    }
    return array;
  }

  private static ObjectNode object(SplittableRandom random) {
    ObjectNode object = JSON.objectNode();
    if (random.nextInt(4) > 0) {
      object.set("s", scalar(random));
    }
    if (random.nextInt(3) > 0) {
      object.set("l", array(random, 1));
    }
    if (random.nextInt(3) == 0) {
      object.set("o", JSON.objectNode().set("s", scalar(random)));
    }
    return object;
  }

  // ---- truth: a null is not known

  static @Nullable Boolean test(Logic logic, Row row) {
    return switch (logic) {
      case Logic.Filter(Path path, boolean isNegated, Test test) ->
          negated(isNegated, holds(test, value(path, row)));
      case Logic.Group(boolean isNegated, boolean isOr, List<Logic> parts) ->
          negated(isNegated, joined(isOr, parts, it -> test(it, row)));
    };
  }

  private static @Nullable Boolean negated(boolean isNegated, @Nullable Boolean truth) {
    return truth == null ? null : isNegated != truth;
  }

  private static <T> @Nullable Boolean joined(
      boolean isOr, List<T> parts, Function<T, @Nullable Boolean> of) {
    boolean isKnown = true;
    for (T part : parts) {
      Boolean truth = of.apply(part);
      if (truth == null) {
        isKnown = false;
      } else if (truth == isOr) {
        return isOr;
      }
    }
    return isKnown ? Boolean.valueOf(!isOr) : null;
  }

  /** A String, Double, Long, Boolean, Instant, UUID or JsonNode. */
  private static @Nullable Object value(Path path, Row row) {
    Object column =
        switch (path.column()) {
          case "id" -> row.id();
          case "name" -> row.name();
          case "description" -> row.description();
          case "temperature" -> row.temperature();
          case "is_active" -> row.isActive();
          case "tools" -> row.tools();
          case "limits" -> row.limits();
          case "version" -> row.version();
          case "created_at" -> row.createdAt();
          default -> throw new IllegalArgumentException(path.column());
        };
    Object value = column;
    for (Path.Step step : path.steps()) {
      if (!(value instanceof JsonNode node)) {
        return null;
      }
      JsonNode next =
          switch (step.operand()) {
            case Path.Operand.Key(String name) -> node.isObject() ? node.get(name) : null;
            case Path.Operand.Index(int at) ->
                node.isArray() ? node.get(at < 0 ? node.size() + at : at) : null;
          };
      value =
          next == null || !step.asText()
              ? next
              : next.isNull() ? null : next.asText(); // of scalars
    }
    return value;
  }

  private static @Nullable Boolean holds(Test test, @Nullable Object value) {
    return switch (test) {
      case Test.Compare(Operator operator, String text) -> compare(operator, value, text);
      case Test.Quantified(Operator operator, boolean isAll, String array) ->
          joined(!isAll, elements(array), it -> compare(operator, value, it));
      case Test.In(List<String> values) ->
          joined(true, values, it -> compare(Operator.EQ, value, it));
      case Test.Is(Test.State state) ->
          switch (state) {
            case NULL, UNKNOWN -> value == null;
            case NOT_NULL -> value != null;
            case TRUE -> Boolean.TRUE.equals(value);
            case FALSE -> Boolean.FALSE.equals(value);
          };
      case Test.IsDistinct(String text) ->
          value == null || Boolean.FALSE.equals(compare(Operator.EQ, value, text));
      case Test.FullText _ -> throw new IllegalArgumentException("left out");
    };
  }

  /** Elements as {@link Trees} writes them: each in quotes. */
  private static List<String> elements(String array) {
    List<String> elements = new ArrayList<>();
    StringBuilder element = new StringBuilder();
    boolean isWithin = false;
    for (int i = 1; i < array.length() - 1; i++) {
      char letter = array.charAt(i);
      if (letter == '"') {
        if (isWithin) {
          elements.add(element.toString());
          element.setLength(0);
        }
        isWithin = !isWithin;
      } else if (isWithin) {
        element.append(letter == '\\' ? array.charAt(++i) : letter);
      }
    }
    return elements;
  }

  private static @Nullable Boolean compare(Operator operator, @Nullable Object value, String text) {
    if (value == null) {
      return null;
    }
    return switch (operator) {
      case LIKE, ILIKE -> {
        boolean folds = operator == Operator.ILIKE;
        yield like(folded(value.toString(), folds), folded(text.replace('*', '%'), folds));
      }
      case CS -> contains((JsonNode) value, JsonBinding.parse(text), true);
      case CD -> contains(JsonBinding.parse(text), (JsonNode) value, true);
      case OV -> overlaps((JsonNode) value, JsonBinding.parse(text));
      case EQ -> order(value, text) == 0;
      case NEQ -> order(value, text) != 0;
      case GT -> order(value, text) > 0;
      case GTE -> order(value, text) >= 0;
      case LT -> order(value, text) < 0;
      case LTE -> order(value, text) <= 0;
      case MATCH, IMATCH, SL, SR, NXR, NXL, ADJ -> throw new IllegalArgumentException("left out");
    };
  }

  private static int order(Object value, String text) {
    return switch (value) {
      case String it -> it.compareTo(text);
      case Double it -> Double.compare(it, Double.parseDouble(text));
      case Long it -> Long.compare(it, Long.parseLong(text));
      case Boolean it -> Boolean.compare(it, Boolean.parseBoolean(text));
      case Instant it -> it.compareTo(Instant.parse(text));
      case UUID it -> it.toString().compareTo(text);
      case JsonNode it -> order(it, JsonBinding.parse(text), true);
      default -> throw new IllegalArgumentException(value.getClass().getName());
    };
  }

  // ---- patterns

  private static String folded(String text, boolean folds) {
    return folds ? text.toLowerCase(Locale.ROOT) : text;
  }

  private static boolean like(String text, String pattern) {
    if (pattern.isEmpty()) {
      return text.isEmpty();
    }
    char first = pattern.charAt(0);
    if (first == '%') {
      return like(text, pattern.substring(1))
          || (!text.isEmpty() && like(text.substring(1), pattern));
    }
    if (text.isEmpty()) {
      return false;
    }
    boolean isEscape = first == '\\';
    char wanted = isEscape ? pattern.charAt(1) : first;
    return ((first == '_') || wanted == text.charAt(0))
        && like(text.substring(1), pattern.substring(isEscape ? 2 : 1));
  }

  // ---- JSON as PostgreSQL's documentation has it (sections 8.14.3 and 8.14.4)

  private static boolean contains(JsonNode whole, JsonNode part, boolean isOutermost) {
    if (whole.isObject() && part.isObject()) {
      return part.propertyStream()
          .allMatch(
              it ->
                  whole.has(it.getKey()) && contains(whole.get(it.getKey()), it.getValue(), false));
    }
    if (whole.isArray() && part.isArray()) {
      return part.valueStream()
          .allMatch(it -> whole.valueStream().anyMatch(each -> contains(each, it, false)));
    }
    if (isOutermost && whole.isArray() && part.isValueNode()) {
      return whole
          .valueStream()
          .anyMatch(each -> each.isValueNode() && order(each, part, false) == 0);
    }
    return whole.isValueNode() && part.isValueNode() && order(whole, part, false) == 0;
  }

  private static boolean overlaps(JsonNode left, JsonNode right) {
    return left.isArray()
        && right
            .valueStream()
            .anyMatch(it -> left.valueStream().anyMatch(each -> contains(each, it, false)));
  }

  private static int rank(JsonNode node) {
    return node.isNull()
        ? 0
        : node.isTextual()
            ? 1
            : node.isNumber() ? 2 : node.isBoolean() ? 3 : node.isArray() ? 4 : 5;
  }

  private static int order(JsonNode left, JsonNode right, boolean isOutermost) {
    boolean isLeftNone = isOutermost && left.isArray() && left.isEmpty();
    boolean isRightNone = isOutermost && right.isArray() && right.isEmpty();
    if (isLeftNone || isRightNone) {
      // For historical reasons such an array comes before anything but an object.
      return isLeftNone && isRightNone ? 0 : isLeftNone ? -1 : 1;
    }
    if (rank(left) != rank(right)) {
      return Integer.compare(rank(left), rank(right));
    }
    if (left.isTextual()) {
      return left.textValue().compareTo(right.textValue());
    }
    if (left.isNumber()) {
      return left.decimalValue().compareTo(right.decimalValue());
    }
    if (left.isBoolean()) {
      return Boolean.compare(left.booleanValue(), right.booleanValue());
    }
    if (left.size() != right.size()) {
      return Integer.compare(left.size(), right.size());
    }
    if (left.isArray()) {
      for (int i = 0; i < left.size(); i++) {
        int order = order(left.get(i), right.get(i), false);
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }
    List<String> mine = new ArrayList<>(new TreeSet<>(names(left)));
    List<String> theirs = new ArrayList<>(new TreeSet<>(names(right)));
    for (int i = 0; i < mine.size(); i++) {
      int order = mine.get(i).compareTo(theirs.get(i)); // one letter each
      if (order == 0) {
        order = order(left.get(mine.get(i)), right.get(theirs.get(i)), false);
      }
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  // ---- trees

  /** Random trees of filters, most of whose values some row has. */
  static final class Trees {
    private static final List<Operator> EQUAL = List.of(Operator.EQ, Operator.NEQ);
    private static final List<Operator> ORDERED =
        List.of(Operator.EQ, Operator.NEQ, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE);

    private final SplittableRandom random;
    private final List<Row> rows;

    Trees(SplittableRandom random, List<Row> rows) {
      this.random = random;
      this.rows = rows;
    }

    private <T> T one(List<T> of) {
      return of.get(random.nextInt(of.size()));
    }

    Logic.Group group(int depth) {
      List<Logic> parts = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        parts.add(depth > 1 && random.nextInt(3) == 0 ? group(depth - 1) : filter());
      }
      return new Logic.Group(random.nextInt(3) == 0, random.nextBoolean(), parts);
    }

    Logic.Filter filter() {
      boolean isNegated = random.nextInt(3) == 0;
      return switch (random.nextInt(9)) {
        case 0, 1 -> text(isNegated, Path.of("description"), Row::description);
        case 2 -> new Logic.Filter(Path.of("temperature"), isNegated, ordered(number()));
        case 3 ->
            new Logic.Filter(
                Path.of("version"), isNegated, ordered(Long.toString(one(rows).version())));
        case 4 ->
            new Logic.Filter(
                Path.of("created_at"), isNegated, ordered(one(rows).createdAt().toString()));
        case 5 -> new Logic.Filter(Path.of("is_active"), isNegated, truth());
        case 6 -> new Logic.Filter(Path.of("id"), isNegated, ordered(one(rows).id().toString()));
        case 7 -> text(isNegated, within(true), row -> row.limits().path("s").asText());
        default -> json(isNegated);
      };
    }

    private String number() {
      return random.nextInt(3) == 0 ? "0.3" : Double.toString(random.nextInt(0, 9) / 4.0);
    }

    /** A place in {@code limits} or {@code tools} where no object and no array is, if as text. */
    private Path within(boolean asText) {
      Path.Operand key = new Path.Operand.Key("s");
      List<Path.Step> steps =
          switch (asText ? random.nextInt(2) : random.nextInt(4)) {
            case 0 -> List.of(new Path.Step(key, asText));
            case 1 ->
                List.of(
                    new Path.Step(new Path.Operand.Key("o"), false), new Path.Step(key, asText));
            case 2 -> List.of(new Path.Step(new Path.Operand.Key("l"), asText));
            default ->
                List.of(
                    new Path.Step(new Path.Operand.Key("l"), false),
                    new Path.Step(new Path.Operand.Index(random.nextInt(-2, 2)), asText));
          };
      return new Path("limits", steps);
    }

    private Test presence() {
      return new Test.Is(random.nextBoolean() ? Test.State.NULL : Test.State.NOT_NULL);
    }

    private Test truth() {
      return switch (random.nextInt(3)) {
        case 0 -> new Test.Is(one(List.of(Test.State.TRUE, Test.State.FALSE, Test.State.UNKNOWN)));
        case 1 -> new Test.IsDistinct(random.nextBoolean() ? "true" : "false");
        default -> new Test.Compare(one(ORDERED), random.nextBoolean() ? "true" : "false");
      };
    }

    private Test ordered(String value) {
      return switch (random.nextInt(6)) {
        case 0 -> presence();
        case 1 -> new Test.IsDistinct(value);
        case 2 -> new Test.In(List.of(value, value));
        case 3 ->
            new Test.Quantified(
                one(ORDERED.stream().filter(it -> it != Operator.NEQ).toList()),
                random.nextBoolean(),
                array(value, value));
        default -> new Test.Compare(one(ORDERED), value);
      };
    }

    private Logic.Filter text(boolean isNegated, Path path, Function<Row, @Nullable String> of) {
      String value = Objects.requireNonNullElse(of.apply(one(rows)), "a");
      Test test =
          switch (random.nextInt(7)) {
            case 0 -> presence();
            case 1 -> new Test.IsDistinct(value);
            case 2 -> new Test.In(List.of(value, word(random), "ab"));
            case 3 ->
                new Test.Quantified(Operator.EQ, random.nextBoolean(), array(value, word(random)));
            case 4 ->
                new Test.Quantified(
                    random.nextBoolean() ? Operator.LIKE : Operator.ILIKE,
                    random.nextBoolean(),
                    array(pattern(value), pattern(word(random))));
            case 5 ->
                new Test.Compare(
                    random.nextBoolean() ? Operator.LIKE : Operator.ILIKE, pattern(value));
            default -> new Test.Compare(one(EQUAL), value);
          };
      return new Logic.Filter(path, isNegated, test);
    }

    /** A text with some letters that stand for others; a lone backslash at its end is refused. */
    private String pattern(String text) {
      StringBuilder pattern = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        switch (random.nextInt(4)) {
          case 0 -> pattern.append(one(List.of("%", "_", "*")));
          case 1 -> pattern.append('\\').append(text.charAt(i));
          default -> pattern.append(text.charAt(i) == '\\' ? "a" : "" + text.charAt(i));
        }
      }
      return pattern.append(one(List.of("", "%", "*", "_"))).toString();
    }

    private Logic.Filter json(boolean isNegated) {
      boolean isArray = random.nextInt(3) == 0;
      Path path =
          isArray ? Path.of("tools") : random.nextInt(3) == 0 ? Path.of("limits") : within(false);
      Row row = one(rows);
      JsonNode there =
          value(path, row) instanceof JsonNode node ? node : JSON.numberNode(random.nextInt(4));
      Test test =
          switch (random.nextInt(6)) {
            case 0 -> presence();
            case 1 -> new Test.IsDistinct(there.toString());
            case 2 ->
                new Test.Compare(
                    random.nextBoolean() ? Operator.CS : Operator.CD,
                    (random.nextBoolean() ? there : scalar(random)).toString());
            case 3 ->
                new Test.Compare(
                    Operator.OV, JSON.arrayNode().add(scalar(random)).add(1).toString());
            case 4 -> new Test.In(List.of(there.toString(), "1"));
            default -> new Test.Compare(one(ORDERED), there.toString());
          };
      return new Logic.Filter(path, isNegated, test);
    }

    private static String array(String... values) {
      return Arrays.stream(values)
          .map(it -> '"' + it.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
          .collect(Collectors.joining(",", "{", "}"));
    }
  }
}
