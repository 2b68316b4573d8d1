package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON object, each with its type and bounds; a field that cannot be used is
 * {@link RequestProblem.Invalid} under its path, such as {@code messages[2].role}.
 *
 * <p>A field that is null counts as absent. After the last one, {@link #nothingElse} refuses what
 * was not asked for.
 */
public final class Fields {
  private final ObjectNode node;
  private final String path;
  private final Set<String> asked = new HashSet<>();

  private Fields(ObjectNode node, String path) {
    this.node = node;
    this.path = path;
  }

  public static Fields of(ObjectNode node) {
    return new Fields(node, "");
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    return find(name) != null;
  }

  /** Whether the field is there, be it null: then it takes a value away. */
  public boolean isNamed(String name) {
    asked.add(name);
    return node.has(name);
  }

  public String text(String name) {
    return optionalText(name).orElseThrow(() -> missing(name, "a string"));
  }

  public Optional<String> optionalText(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(name, value, "a string");
    }
    return Optional.of(value.textValue());
  }

  /** A string of a bounded length. */
  public String text(String name, int longest) {
    String value = text(name);
    if (value.isEmpty() || value.length() > longest) {
      throw invalid(
          name,
          at(name) + " has " + value.length() + " characters",
          "give 1 to " + longest + " characters");
    }
    return value;
  }

  public long integer(String name, long min, long max) {
    return optionalInteger(name, min, max).orElseThrow(() -> missing(name, range(min, max)));
  }

  /** A whole number; {@code 1.0} is one, {@code "1"} is not. */
  public OptionalLong optionalInteger(String name, long min, long max) {
    JsonNode value = find(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!value.isNumber()) {
      throw wrong(name, value, range(min, max));
    }
    long number;
    try {
      // Exactly, but never by writing out 1e999999999.
      BigDecimal exact = value.decimalValue();
      if (exact.precision() - exact.scale() > 19) {
        throw new ArithmeticException();
      }
      number = exact.longValueExact();
    } catch (ArithmeticException _) {
      throw outside(name, min, max);
    }
    if (number < min || number > max) {
      throw outside(name, min, max);
    }
    return OptionalLong.of(number);
  }

  /** A number as it was written. */
  public Optional<BigDecimal> optionalDecimal(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber()) {
      throw wrong(name, value, "a number");
    }
    return Optional.of(value.decimalValue());
  }

  public boolean bool(String name, boolean absent) {
    JsonNode value = find(name);
    if (value == null) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw wrong(name, value, "true or false");
    }
    return value.booleanValue();
  }

  public <E extends Enum<E>> E choice(String name, Class<E> type) {
    return optionalChoice(name, type).orElseThrow(() -> missing(name, "one of " + names(type)));
  }

  /** One of an enum's names, in capitals or not. */
  public <E extends Enum<E>> Optional<E> optionalChoice(String name, Class<E> type) {
    Optional<String> text = optionalText(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(text.get())) {
        return Optional.of(constant);
      }
    }
    List<String> names = Arrays.stream(type.getEnumConstants()).map(Enum::name).toList();
    throw invalid(
        name,
        at(name) + " is none of the values that are known",
        nearest(text.get().toUpperCase(Locale.ROOT), names)
            .map(it -> "did you mean " + it + "?")
            .orElse("use one of " + names(type)));
  }

  public Instant instant(String name) {
    return optionalInstant(name).orElseThrow(() -> missing(name, "a time"));
  }

  /** A time of RFC 3339, with its offset. */
  public Optional<Instant> optionalInstant(String name) {
    Optional<String> text = optionalText(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text.get()).toInstant());
    } catch (DateTimeException _) {
      throw invalid(
          name, at(name) + " is no time of RFC 3339", "write it like 2026-01-31T12:00:00Z");
    }
  }

  public Fields object(String name) {
    return optionalObject(name).orElseThrow(() -> missing(name, "an object"));
  }

  public Optional<Fields> optionalObject(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ObjectNode object) {
      return Optional.of(new Fields(object, at(name)));
    }
    throw wrong(name, value, "an object");
  }

  /** A list of objects, each read by the given reader; empty when the field is absent. */
  public <T> List<T> objects(String name, int most, Function<Fields, T> reader) {
    List<T> read = new ArrayList<>();
    for (JsonNode item : items(name, most)) {
      String place = name + "[" + read.size() + "]";
      if (!(item instanceof ObjectNode object)) {
        throw wrong(place, item, "an object");
      }
      read.add(reader.apply(new Fields(object, at(place))));
    }
    return Collections.unmodifiableList(read);
  }

  /** A list of strings; empty when the field is absent. */
  public List<String> texts(String name, int most) {
    List<String> read = new ArrayList<>();
    for (JsonNode item : items(name, most)) {
      if (!item.isTextual()) {
        throw wrong(name + "[" + read.size() + "]", item, "a string");
      }
      read.add(item.textValue());
    }
    return List.copyOf(read);
  }

  /** The field as it is. */
  public Optional<JsonNode> any(String name) {
    return Optional.ofNullable(find(name));
  }

  /** A fault of a field that the types here cannot tell. */
  public ProblemException invalid(String name, String detail, String hint) {
    return new RequestProblem.Invalid(at(name), detail, hint).exception();
  }

  /** Refuses a field that was not asked for: it would be ignored, and its sender not know. */
  public void nothingElse() {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!asked.contains(name)) {
                throw unknown(name);
              }
            });
  }

  private ProblemException unknown(String name) {
    // The name is the sender's own, but may be of any length.
    String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
    return new RequestProblem.Invalid(
            at(shown),
            "there is no field " + at(shown),
            nearest(name, asked)
                .map(it -> "did you mean " + it + "?")
                .orElse(
                    "leave it out; known are "
                        + String.join(", ", asked.stream().sorted().toList())))
        .exception();
  }

  private JsonNode items(String name, int most) {
    JsonNode value = find(name);
    if (value == null) {
      return Json.MAPPER.createArrayNode();
    }
    if (!value.isArray()) {
      throw wrong(name, value, "a list");
    }
    if (value.size() > most) {
      throw invalid(name, at(name) + " has " + value.size() + " items", "give at most " + most);
    }
    return value;
  }

  private @Nullable JsonNode find(String name) {
    asked.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private ProblemException missing(String name, String what) {
    return invalid(name, at(name) + " is missing", "give " + what);
  }

  private ProblemException wrong(String name, JsonNode value, String what) {
    String kind = value.getNodeType().name().toLowerCase(Locale.ROOT);
    return invalid(name, at(name) + " is of the kind " + kind, "give " + what);
  }

  private ProblemException outside(String name, long min, long max) {
    return invalid(name, at(name) + " is out of range", "give " + range(min, max));
  }

  private static String range(long min, long max) {
    return "a whole number from " + min + " to " + max;
  }

  private static <E extends Enum<E>> String names(Class<E> type) {
    return Arrays.stream(type.getEnumConstants()).map(Enum::name).collect(Collectors.joining(", "));
  }

  private static Optional<String> nearest(String name, Iterable<String> known) {
    return Spelling.nearest(name, known);
  }
}
