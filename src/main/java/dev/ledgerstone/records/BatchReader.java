package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.plan.WritePlanner;
import dev.ledgerstone.records.request.Payload;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.records.request.WriteProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a batch, and plans its statements one after the other. A row that a statement will add is
 * known when it is planned, its key too: so references to it are values before anything is written.
 */
final class BatchReader {
  private static final int MOST_STATEMENTS = 100;
  private static final Set<String> MEMBERS =
      Set.of("method", "table", "query", "body", "ref", "prefer");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
  private static final Pattern REFERENCE =
      Pattern.compile(
          "(?<ref>[A-Za-z_][A-Za-z0-9_]*)(?:\\.(?<row>\\d{1,5}))?\\.(?<column>[a-z_0-9]+)");

  private final CallerView view;
  private final WritePlanner planner;
  private final AtomicInteger number;
  private final Map<String, WritePlan.Insert> made = new HashMap<>();

  /**
   * @param number is told the statement that is read
   */
  BatchReader(CallerView view, WritePlanner planner, AtomicInteger number) {
    this.view = view;
    this.planner = planner;
    this.number = number;
  }

  List<BatchStatement> read(ObjectNode batch) {
    if (!(batch.get("statements") instanceof ArrayNode all) || batch.size() != 1) {
      throw bad("a batch is {\"statements\": [ … ]}");
    }
    if (all.isEmpty() || all.size() > MOST_STATEMENTS) {
      throw bad("a batch has 1 to " + MOST_STATEMENTS + " statements, and not " + all.size());
    }
    List<BatchStatement> statements = new ArrayList<>();
    long rows = 0;
    for (JsonNode each : all) {
      number.incrementAndGet();
      if (!(each instanceof ObjectNode object)) {
        throw bad("it is no object");
      }
      BatchStatement statement = statement(object);
      statements.add(statement);
      rows += statement.plan() instanceof WritePlan.Insert insert ? insert.rows().size() : 0;
      if (rows > WritePlanner.MOST_ROWS) {
        throw new WriteProblem.TooManyRows(WritePlanner.MOST_ROWS).exception();
      }
    }
    number.set(0);
    return statements;
  }

  private BatchStatement statement(ObjectNode it) {
    it.fieldNames()
        .forEachRemaining(
            name -> {
              if (!MEMBERS.contains(name)) {
                throw bad("it has no member " + name);
              }
            });
    String method = text(it, "method", "");
    String tableName = text(it, "table", "");
    Query query = Query.parse(parameters(it.get("query")));
    Preferences preferences = Preferences.parse(List.of(text(it, "prefer", "")));
    Table table = view.table(tableName, method.equals("DELETE") ? "delete" : "write");
    WritePlan plan =
        switch (method) {
          case "POST" -> post(table, payload(it, query), query, preferences);
          case "PUT" -> planner.put(table, payload(it, query), query);
          case "PATCH" ->
              planner.update(table, payload(it, query), query, isDefaulted(preferences));
          case "DELETE" -> planner.delete(table, query);
          default -> throw bad("method is POST, PUT, PATCH or DELETE, and not " + method);
        };
    remember(text(it, "ref", ""), plan);
    return new BatchStatement(
        number.get(),
        method,
        plan,
        query,
        "representation".equals(preferences.given().get("return")));
  }

  private static boolean isDefaulted(Preferences preferences) {
    return "default".equals(preferences.given().get("missing"));
  }

  private WritePlan post(Table table, Payload payload, Query query, Preferences preferences) {
    boolean isDefaulted = isDefaulted(preferences);
    String resolution = preferences.given().get("resolution");
    return resolution == null
        ? planner.insert(table, payload, isDefaulted)
        : planner.upsert(
            table, payload, isDefaulted, query.onConflict(), resolution.equals("merge-duplicates"));
  }

  private String text(ObjectNode it, String name, String absent) {
    JsonNode value = it.get(name);
    if (value == null) {
      return absent;
    }
    if (!value.isTextual()) {
      throw bad(name + " is no text");
    }
    return value.textValue();
  }

  /** Each a text, or a reference, which means: equal to it. */
  private List<Parameter> parameters(@Nullable JsonNode query) {
    List<Parameter> parameters = new ArrayList<>();
    if (query == null) {
      return parameters;
    }
    if (!(query instanceof ObjectNode object)) {
      throw bad("query is no object of parameters");
    }
    object
        .properties()
        .forEach(
            it -> {
              JsonNode value = it.getValue();
              if (reference(value) != null) {
                parameters.add(new Parameter(it.getKey(), "eq." + resolved(value).asText()));
              } else if (value.isValueNode()) {
                parameters.add(new Parameter(it.getKey(), value.asText()));
              } else {
                throw bad("the parameter " + it.getKey() + " is no text");
              }
            });
    return parameters;
  }

  private Payload payload(ObjectNode it, Query query) {
    JsonNode body = it.get("body");
    if (body == null) {
      throw bad("it has no body");
    }
    JsonNode whole = body.deepCopy();
    if (whole instanceof ObjectNode object) {
      resolve(object);
    } else {
      whole.forEach(
          row -> {
            if (row instanceof ObjectNode object) {
              resolve(object);
            }
          });
    }
    return BodyReader.of(whole, query.columns());
  }

  private void resolve(ObjectNode row) {
    row.properties().forEach(it -> it.setValue(resolved(it.getValue())));
  }

  /** What a reference means; anything else is itself. */
  private JsonNode resolved(JsonNode value) {
    String reference = reference(value);
    if (reference == null) {
      return value;
    }
    Matcher parts = REFERENCE.matcher(reference);
    WritePlan.Insert insert = parts.matches() ? made.get(parts.group("ref")) : null;
    if (insert == null) {
      throw bad("$ref \"" + reference + "\" names no earlier statement that adds rows");
    }
    String row = parts.group("row");
    int at = row == null ? 0 : Integer.parseInt(row);
    if (at >= insert.rows().size() || (row == null && insert.rows().size() != 1)) {
      throw bad("$ref \"" + reference + "\" names no single row; write ref.0.column");
    }
    for (int i = 0; i < insert.columns().size(); i++) {
      Column column = insert.columns().get(i);
      if (column.name().equals(parts.group("column"))) {
        return insert.json(at, i);
      }
    }
    throw bad("$ref \"" + reference + "\" names a column that the statement does not set");
  }

  private static @Nullable String reference(JsonNode value) {
    return value.isObject() && value.size() == 1 && value.path("$ref").isTextual()
        ? value.path("$ref").textValue()
        : null;
  }

  private void remember(String ref, WritePlan plan) {
    if (ref.isEmpty()) {
      return;
    }
    if (!NAME.matcher(ref).matches() || made.containsKey(ref)) {
      throw bad("ref \"" + ref + "\" is no name, or is taken");
    }
    if (!(plan instanceof WritePlan.Insert insert) || insert.meeting().isPresent()) {
      throw bad(
          "only rows that are added can be referred to: a row that is merged has its own key");
    }
    made.put(ref, insert);
  }

  private ProblemException bad(String why) {
    return new WriteProblem.BadBatch(number.get(), why).exception();
  }
}
