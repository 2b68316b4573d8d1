package dev.ledgerstone.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.db.schema.DefaultSchema;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * What of a row may stand in the log: no column that the schema marks {@code [secret]}, and
 * nothing, at any depth, that bears a credential's name. That a secret is set, or was changed,
 * stays visible.
 */
final class Redaction {
  static final String BLACK = "[redacted]";

  private static final Pattern TRAITS = Pattern.compile("\\[([^\\]]*)\\]\\s*$");

  /** Names of credentials; {@code input_tokens} and {@code api_key_id} are none. */
  private static final Pattern CREDENTIAL =
      Pattern.compile(
          ".*passw(or)?d.*|.*secret.*|.*credential.*|sealed_.*|(.*[_-])?token|(.*[_-])?(token|key)_hash"
              + "|(proxy-)?authorization|(set-)?cookie|(x-)?api[_-]?key|private[_-]?key");

  /** Whether the schema's own names are: they are asked for with every change. */
  private static final Map<String, Boolean> COLUMNS = columns();

  private static final Map<String, Set<String>> SECRET_COLUMNS = secretColumns();

  private Redaction() {}

  private static Map<String, Set<String>> secretColumns() {
    Map<String, Set<String>> columns = new HashMap<>();
    for (Table<?> table : DefaultSchema.DEFAULT_SCHEMA.getTables()) {
      Set<String> secret = new HashSet<>();
      for (Field<?> column : table.fields()) {
        if (isSecret(column.getComment())) {
          secret.add(column.getName());
        }
      }
      columns.put(table.getName(), secret);
    }
    return columns;
  }

  /** Whether a column's comment ends with the trait {@code secret}. */
  static boolean isSecret(String comment) {
    var traits = TRAITS.matcher(comment);
    return traits.find() && Set.of(traits.group(1).split("\\s*[;,]\\s*")).contains("secret");
  }

  /**
   * The row without secrets, and without what a database would not keep as it is; itself where it
   * has neither, as most.
   */
  static @Nullable ObjectNode of(String table, @Nullable ObjectNode row) {
    if (row == null) {
      return null;
    }
    Set<String> secret = SECRET_COLUMNS.getOrDefault(table, Set.of());
    if (secret.stream().noneMatch(row::hasNonNull) && isClean(row)) {
      return row;
    }
    ObjectNode clean = object(row);
    for (String column : secret) {
      if (clean.hasNonNull(column)) {
        clean.put(column, BLACK);
      }
    }
    return clean;
  }

  /** Whether {@link #value} would make the same of it. */
  private static boolean isClean(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
          boolean isKept = field.getValue().isNull() || !isCredential(field.getKey());
          if (!isKept || !isClean(field.getKey()) || !isClean(field.getValue())) {
            yield false;
          }
        }
        yield true;
      }
      case ArrayNode array -> {
        for (JsonNode item : array) {
          if (!isClean(item)) {
            yield false;
          }
        }
        yield true;
      }
      case JsonNode number when number.isFloatingPointNumber() -> isFinite(number);
      case JsonNode plain when plain.isNumber() || plain.isBoolean() || plain.isNull() -> true;
      default -> value.isTextual() && isClean(value.textValue());
    };
  }

  private static boolean isClean(String text) {
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter == 0 || Character.isSurrogate(letter)) {
        return letter != 0 && text(text).equals(text);
      }
    }
    return true;
  }

  private static ObjectNode object(ObjectNode from) {
    ObjectNode clean = JsonNodeFactory.instance.objectNode();
    from.properties()
        .forEach(
            field ->
                clean.set(
                    text(field.getKey()),
                    isCredential(field.getKey()) && !field.getValue().isNull()
                        ? TextNode.valueOf(BLACK)
                        : value(field.getValue())));
    return clean;
  }

  private static Map<String, Boolean> columns() {
    Map<String, Boolean> columns = new HashMap<>();
    for (Table<?> table : DefaultSchema.DEFAULT_SCHEMA.getTables()) {
      for (Field<?> column : table.fields()) {
        columns.computeIfAbsent(column.getName(), Redaction::bearsCredential);
      }
    }
    return columns;
  }

  private static boolean isCredential(String name) {
    Boolean known = COLUMNS.get(name);
    return known == null ? bearsCredential(name) : known;
  }

  private static boolean bearsCredential(String name) {
    return CREDENTIAL.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }

  private static JsonNode value(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> {
        ArrayNode clean = JsonNodeFactory.instance.arrayNode();
        array.forEach(item -> clean.add(value(item)));
        yield clean;
      }
      case JsonNode number when number.isFloatingPointNumber() && !isFinite(number) ->
          TextNode.valueOf(number.asText());
      case JsonNode plain when plain.isNumber() || plain.isBoolean() || plain.isNull() -> plain;
      default -> TextNode.valueOf(text(value.asText()));
    };
  }

  private static boolean isFinite(JsonNode number) {
    return number.isBigDecimal() || Double.isFinite(number.doubleValue());
  }

  /** PostgreSQL keeps no U+0000, and UTF-8 has no half of a surrogate pair: both become U+FFFD. */
  static String text(String text) {
    StringBuilder clean = null;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      boolean isPair =
          Character.isHighSurrogate(letter)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (isPair) {
        if (clean != null) {
          clean.append(letter).append(text.charAt(i + 1));
        }
        i++;
        continue;
      }
      boolean isBad = letter == 0 || Character.isSurrogate(letter);
      if (isBad && clean == null) {
        clean = new StringBuilder(text.length()).append(text, 0, i);
      }
      if (clean != null) {
        clean.append(isBad ? '\uFFFD' : letter);
      }
    }
    return clean == null ? text : clean.toString();
  }
}
