package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How a file's fields become a table's columns: {@code {"rename": {"field": "column"}, "constants":
 * {"column": value}, "defaults": {"column": value}, "casts": {"column": "scaled:2"}, "ignore":
 * ["field"]}}, each part optional.
 *
 * @param ignore fields that no column is made of; {@code *}: every one that is no column's
 * @param text as it was written: another mapping is another import
 */
public record Mapping(
    Map<String, String> rename,
    Map<String, JsonNode> constants,
    Map<String, JsonNode> defaults,
    Map<String, Cast> casts,
    Set<String> ignore,
    String text) {
  private static final Set<String> PARTS =
      Set.of("rename", "constants", "defaults", "casts", "ignore");

  /** Every field is the column of its name. */
  public static final Mapping NONE =
      new Mapping(Map.of(), Map.of(), Map.of(), Map.of(), Set.of(), "");

  public Mapping {
    rename = Map.copyOf(rename);
    constants = Map.copyOf(constants);
    defaults = Map.copyOf(defaults);
    casts = Map.copyOf(casts);
    ignore = Set.copyOf(ignore);
  }

  /** Reads one. */
  public static Mapping read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("the mapping cannot be read: " + file, e);
    }
  }

  /** Reads the text of one. */
  public static Mapping parse(String text) {
    JsonNode tree;
    try {
      tree = RecordReader.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw wrong("it is not JSON: " + e.getOriginalMessage());
    }
    tree.fieldNames()
        .forEachRemaining(
            part -> {
              if (!PARTS.contains(part)) {
                throw wrong("it has a part " + part);
              }
            });
    Map<String, String> rename = new HashMap<>();
    tree.path("rename").properties().forEach(it -> rename.put(it.getKey(), text(it.getValue())));
    Map<String, Cast> casts = new HashMap<>();
    tree.path("casts")
        .properties()
        .forEach(it -> casts.put(it.getKey(), Cast.of(text(it.getValue()))));
    Set<String> ignore = new HashSet<>();
    tree.path("ignore").forEach(it -> ignore.add(text(it)));
    return new Mapping(
        rename, trees(tree.path("constants")), trees(tree.path("defaults")), casts, ignore, text);
  }

  private static Map<String, JsonNode> trees(JsonNode object) {
    Map<String, JsonNode> trees = new HashMap<>();
    object.properties().forEach(it -> trees.put(it.getKey(), it.getValue()));
    return trees;
  }

  private static String text(JsonNode value) {
    if (!value.isTextual()) {
      throw wrong(value + " should be a text");
    }
    return value.textValue();
  }

  static RuntimeException wrong(String what) {
    return new RequestProblem.Invalid(
            "--map",
            "the mapping cannot be used: " + what,
            "it is JSON with the parts rename, constants, defaults, casts and ignore: docs/import.md")
        .exception();
  }
}
