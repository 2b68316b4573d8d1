package dev.ledgerstone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SampleRows;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the server answers is as {@code /openapi.json} describes it: lists, single rows and refusals
 * of every described operation, with a row in every table.
 */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class OpenApiAnswersTest {
  private static final UUID TENANT = Ids.next();

  /** Rows with which the server itself works: made-up ones would only have it complain. */
  private static final Pattern OURS =
      Pattern.compile("ai_providers|jobs?_?.*|audit_.*|sealing_keys");

  @TempDir static Path data;

  private static Server server;
  private static HttpClient http;
  private static ObjectNode document;
  private static final Map<String, JsonSchema> schemas = new HashMap<>();
  private static String key;

  OpenApiAnswersTest(Engine engine) {
    assertThat(engine).isNotNull();
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) throws IOException {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    Database database = TestDatabases.fresh(engine);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    server = Servers.start(database, data.resolve(engine.name()));
    key =
        database.write(
            sql -> {
              SampleRows rows = new SampleRows(sql, TENANT, "s");
              SampleRows.tables().stream()
                  .filter(it -> !OURS.matcher(it.getName()).matches())
                  .filter(
                      it ->
                          it.getReferences().stream()
                              .map(key -> key.getKey().getTable().getName())
                              .noneMatch(name -> OURS.matcher(name).matches()))
                  .forEach(rows::row);
              Actor actor = Actor.system(Tenants.PLATFORM).in(TENANT);
              UUID owner = UserStore.create(sql, actor, "boss", null, "OWNER", Instant.now());
              return KeyStore.create(sql, actor, KeyStore.Wish.of("boss", owner), Instant.now())
                  .secret();
            });
    document = (ObjectNode) Json.MAPPER.readTree(call("GET", "/openapi.json", "").body());
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  /** An operation that takes no more than its path. */
  @Test
  void everyReadingOperationAnswersAsItIsDescribed() {
    SoftAssertions softly = new SoftAssertions();
    Map<String, String> ids = new HashMap<>();
    Set<String> unseen = new TreeSet<>();
    Map<Integer, Integer> statuses = new TreeMap<>();
    for (Map.Entry<String, JsonNode> path : paths("get").entrySet()) {
      String template = path.getKey();
      if (isStream(path.getValue())) {
        continue; // does not end
      }
      String address = address(template, ids);
      if (address.isEmpty()) {
        unseen.add(template);
        continue;
      }
      HttpResponse<String> answer = call("GET", address, "");
      statuses.merge(answer.statusCode(), 1, Integer::sum);
      softly.assertThat(faults(path.getValue(), answer)).as("GET " + address).isEmpty();
      remember(template, answer, ids);
    }
    softly.assertAll();
    assertThat(statuses.get(200)).isGreaterThan(200);
    assertThat(unseen).as("operations of which no row was found").hasSizeLessThan(40);
  }

  /** A row of each table is as its schema says, and so is one that was refused. */
  @Test
  void everyTablesRowIsAsItIsDescribed() {
    SoftAssertions softly = new SoftAssertions();
    int rows = 0;
    for (Map.Entry<String, JsonNode> path : paths("get").entrySet()) {
      if (path.getKey().matches("/rest/v1/[a-z_0-9]+")) {
        HttpResponse<String> answer = call("GET", path.getKey() + "?limit=5", "");
        JsonNode list = tree(answer);
        softly.assertThat(faults(path.getValue(), answer)).as(path.getKey()).isEmpty();
        for (JsonNode row : list) {
          String table = path.getKey().substring("/rest/v1/".length());
          softly
              .assertThat(names(row))
              .as(table)
              .isEqualTo(names(document.at("/components/schemas/" + table + "/properties")));
          rows++;
        }
        softly
            .assertThat(faults(path.getValue(), call("GET", path.getKey() + "?no_such=eq.1", "")))
            .as(path.getKey())
            .isEmpty();
      }
    }
    softly.assertAll();
    assertThat(rows).isGreaterThan(100);
  }

  /** Whatever is sent: a refusal has the shape that is described for it. */
  @Test
  void everyWritingOperationRefusesAsItIsDescribed() {
    SoftAssertions softly = new SoftAssertions();
    int refused = 0;
    for (String method : new String[] {"post", "patch", "put"}) {
      for (Map.Entry<String, JsonNode> path : paths(method).entrySet()) {
        String address = path.getKey().replaceAll("\\{[^}]*}", Ids.next().toString());
        HttpResponse<String> answer = call(method, address, "[\"no body of any operation\"");
        softly
            .assertThat(answer.statusCode())
            .as("%s %s: %s", method, address, answer.body())
            .isLessThan(500);
        if (answer.statusCode() >= 400) {
          softly.assertThat(faults(path.getValue(), answer)).as(method + " " + address).isEmpty();
          refused++;
        }
      }
    }
    softly.assertAll();
    assertThat(refused).isGreaterThan(300);
  }

  /** The measure sees what does not fit. */
  @Test
  void anAnswerThatIsNotAsDescribedIsSeen() {
    assertThat(validate("#/components/schemas/RecordsError", Json.MAPPER.createObjectNode()))
        .isNotEmpty();
    JsonNode row = Json.MAPPER.createObjectNode().put("status", "NO_SUCH_STATUS");
    assertThat(validate("#/components/schemas/conversations", row)).isNotEmpty();
  }

  // ---- the document

  private static Map<String, JsonNode> paths(String method) {
    Map<String, JsonNode> found = new TreeMap<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      if (path.getValue().has(method)) {
        found.put(path.getKey(), path.getValue().path(method));
      }
    }
    return found;
  }

  /** A path with the ids of rows that lists have told; empty: none has. */
  private static String address(String template, Map<String, String> ids) {
    int at = template.indexOf("/{");
    if (at < 0) {
      return template;
    }
    String id = ids.get(template.substring(0, at));
    String address = id == null ? "" : template.replaceFirst("\\{[^}]*}", id);
    return address.contains("{") ? "" : address;
  }

  private static void remember(
      String template, HttpResponse<String> answer, Map<String, String> ids) {
    if (answer.statusCode() == 200 && isJson(answer)) {
      JsonNode tree = tree(answer);
      JsonNode first = tree.isArray() ? tree.path(0) : tree.path("data").path(0);
      if (first.path("id").isTextual()) {
        ids.put(template, first.path("id").asText());
      }
    }
  }

  private static boolean isStream(JsonNode operation) {
    for (JsonNode response : operation.path("responses")) {
      if (resolved(response).path("content").has("text/event-stream")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isJson(HttpResponse<String> answer) {
    return answer.headers().firstValue("content-type").orElse("").contains("json");
  }

  /** What is wrong with an answer; a status that is not described is. */
  private static Set<String> faults(JsonNode operation, HttpResponse<String> answer) {
    Set<String> faults = new TreeSet<>();
    int status = answer.statusCode();
    JsonNode responses = operation.path("responses");
    JsonNode response = resolved(responses.path("" + status));
    if (response.isMissingNode()) {
      response = resolved(responses.path(status / 100 + "XX"));
    }
    if (response.isMissingNode()) {
      return Set.of("answers " + status + ": " + answer.body());
    }
    if (status >= 500) {
      faults.add("fails: " + answer.body());
    }
    for (Map.Entry<String, JsonNode> content : response.path("content").properties()) {
      if (content.getKey().contains("json") && isJson(answer)) {
        for (ValidationMessage each : check(content.getValue().path("schema"), tree(answer))) {
          faults.add(each.toString());
        }
        break;
      }
    }
    return faults;
  }

  private static JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
  }

  private static Set<ValidationMessage> validate(String reference, JsonNode value) {
    return check(Json.MAPPER.createObjectNode().put("$ref", reference), value);
  }

  private static Set<ValidationMessage> check(JsonNode schema, JsonNode value) {
    return schemas.computeIfAbsent(schema.toString(), _ -> schema(schema)).validate(value);
  }

  /** A schema whose references lead into the document. */
  private static JsonSchema schema(JsonNode schema) {
    ObjectNode within = Json.MAPPER.createObjectNode();
    within.set("components", document.path("components"));
    within.set("$defs", Json.MAPPER.createObjectNode().set("it", schema));
    within.put("$ref", "#/$defs/it");
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(within);
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  // ---- calls

  private static HttpResponse<String> call(String method, String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("apikey", key)
            .timeout(Duration.ofSeconds(60))
            .header("content-type", "application/json")
            .method(
                method.toUpperCase(java.util.Locale.ROOT),
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode tree(HttpResponse<String> answer) {
    try {
      return Json.MAPPER.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(answer.body(), e);
    }
  }
}
