package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.regex.RegularExpression;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * JSON Schemas (draft 2020-12) that tenants write, and to which their data is held. No schema is
 * fetched from anywhere, and no pattern is tried longer than it may.
 */
public final class DataSchema {
  /**
   * What does not fit.
   *
   * @param path from the value that was checked, such as {@code .steps[2].name}; empty: the value
   *     itself
   * @param more how many other faults there are
   */
  public record Mismatch(String path, String what, int more) {}

  /** Compiled ones that are kept. */
  private static final int KEPT = 500;

  /** Characters that one pattern may look at, again and again included. */
  private static final int MOST_STEPS = 2_000_000;

  private static final SchemaValidatorsConfig CONFIG =
      SchemaValidatorsConfig.builder()
          .locale(Locale.ENGLISH)
          .regularExpressionFactory(DataSchema::bounded)
          .build();

  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(
          SpecVersion.VersionFlag.V202012,
          builder ->
              builder.schemaLoaders(
                  loaders ->
                      loaders.add(
                          iri -> {
                            if (iri.toString().startsWith("classpath:")) {
                              return null; // the specification's own
                            }
                            throw new JsonSchemaException("it refers to " + iri);
                          })));

  private static final LoadingCache<JsonNode, JsonSchema> COMPILED =
      Caffeine.newBuilder()
          .maximumSize(KEPT)
          .build(schema -> FACTORY.getSchema(schema.deepCopy(), CONFIG));

  private DataSchema() {}

  /** Why a text is no schema that data can be held to. */
  public static Optional<Mismatch> fault(JsonNode schema) {
    JsonSchema meta = FACTORY.getSchema(SchemaLocation.of(SchemaId.V202012), CONFIG);
    Optional<Mismatch> fault = first(meta.validate(schema));
    if (fault.isPresent()) {
      return fault;
    }
    try {
      COMPILED.get(schema).initializeValidators();
      return Optional.empty();
    } catch (JsonSchemaException | PatternSyntaxException e) {
      return Optional.of(new Mismatch("", String.valueOf(e.getMessage()), 0));
    }
  }

  /**
   * Holds a value to a schema.
   *
   * @param schema without a {@link #fault}; one with a fault is a mismatch of every value
   */
  public static Optional<Mismatch> check(JsonNode schema, JsonNode value) {
    try {
      return first(COMPILED.get(schema).validate(value));
    } catch (JsonSchemaException | PatternSyntaxException e) {
      return Optional.of(new Mismatch("", "the schema cannot be used: " + e.getMessage(), 0));
    }
  }

  /** As {@link #check}, and everything that does not fit. */
  public static List<Mismatch> faults(JsonNode schema, JsonNode value) {
    try {
      Set<ValidationMessage> messages = COMPILED.get(schema).validate(value);
      return messages.stream().map(it -> mismatch(it, messages.size() - 1)).toList();
    } catch (JsonSchemaException | PatternSyntaxException e) {
      return List.of(new Mismatch("", "the schema cannot be used: " + e.getMessage(), 0));
    }
  }

  private static Optional<Mismatch> first(Set<ValidationMessage> messages) {
    return messages.stream().findFirst().map(it -> mismatch(it, messages.size() - 1));
  }

  private static Mismatch mismatch(ValidationMessage message, int more) {
    return new Mismatch(path(message), message.getMessage().replaceFirst("^[^:]*: ", ""), more);
  }

  private static String path(ValidationMessage message) {
    StringBuilder path = new StringBuilder();
    JsonNodePath location = message.getInstanceLocation();
    for (int i = 0; i < location.getNameCount(); i++) {
      Object step = location.getElement(i);
      path.append(step instanceof Number ? "[" + step + "]" : "." + step);
    }
    return message.getProperty() == null
        ? path.toString()
        : path.append('.').append(message.getProperty()).toString();
  }

  /** A pattern that would take ages on some text fails instead. */
  private static RegularExpression bounded(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return text -> compiled.matcher(new Bounded(text, new int[1])).find();
  }

  /** A text that counts how often it was looked at. */
  private record Bounded(CharSequence text, int[] steps) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (++steps[0] > MOST_STEPS) {
        throw new JsonSchemaException("one of its patterns takes too long on a value");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Bounded(text.subSequence(start, end), steps);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
