package dev.ledgerstone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.testkit.FakeIssuer;
import dev.ledgerstone.testkit.Servers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /openapi.json} and {@code /docs} of a started server; it is the same on both engines. */
@SuppressWarnings("NullAway.Init") // what is static is set before the first test
class OpenApiTest {
  private static final Set<String> METHODS =
      Set.of("get", "head", "post", "put", "patch", "delete", "options");

  @TempDir static Path data;

  private static FakeIssuer issuer;
  private static Database database;
  private static Server server;
  private static HttpClient http;
  private static JsonNode document;

  @BeforeAll
  static void start() {
    issuer = new FakeIssuer("ledgerstone", "a secret of the provider's");
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(Engine.SQLITE);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    Map<String, String> more =
        Map.of(
            "oidc.issuer",
            issuer.url(),
            "oidc.client_id",
            "ledgerstone",
            "oidc.client_secret",
            "a secret of the provider's");
    server = Servers.start(database, data, more);
    document = json(get("/openapi.json"));
  }

  @AfterAll
  static void close() throws IOException {
    server.close();
    issuer.close();
    http.close();
  }

  @Test
  void itIsValidOpenApi() throws IOException {
    try (InputStream in = OpenApiTest.class.getResourceAsStream("/openapi/schema-3.1.json")) {
      JsonSchema rules = factory().getSchema(in);
      assertThat(rules.validate(document)).isEmpty();
      ObjectNode broken = document.deepCopy();
      broken.remove("info");
      assertThat(rules.validate(broken)).isNotEmpty();
    }
  }

  @Test
  void everySchemaIsValidJsonSchema() {
    JsonSchema rules =
        factory().getSchema(URI.create("https://json-schema.org/draft/2020-12/schema"));
    document
        .path("components")
        .path("schemas")
        .properties()
        .forEach(it -> assertThat(rules.validate(it.getValue())).as(it.getKey()).isEmpty());
    assertThat(rules.validate(Json.MAPPER.createObjectNode().put("type", "txt"))).isNotEmpty();
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    List<String> references =
        document.findValues("$ref").stream().map(JsonNode::asText).distinct().toList();
    assertThat(references).hasSizeGreaterThan(200);
    assertThat(references)
        .allSatisfy(it -> assertThat(document.at(it.substring(1)).isMissingNode()).isFalse());
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    Set<String> served = new TreeSet<>();
    server.served().forEach(it -> served.add(normal(it)));
    Set<String> described = new TreeSet<>();
    for (Operation operation : operations(document)) {
      String path = operation.path;
      String route = (operation.method + " " + path);
      String pattern =
          route.matches("[A-Z]+ /rest/v1/.+") && !served.contains(normal(route))
              ? route.replaceFirst("/rest/v1/[a-z_0-9]+", "/rest/v1/{}")
              : route;
      described.add(normal(pattern));
    }
    assertThat(described).isEqualTo(served);
  }

  @Test
  void everyTableIsThereWithItsColumnsAndNoSecret() {
    List<Table> tables = List.copyOf(Catalogue.ofSchema().tables());
    assertThat(tables).hasSizeGreaterThan(100).anyMatch(it -> !it.secrets().isEmpty());
    for (Table table : tables) {
      assertThat(document.path("paths").has("/rest/v1/" + table.name())).as(table.name()).isTrue();
      JsonNode row = document.path("components").path("schemas").path(table.name());
      assertThat(names(row.path("properties"))).isEqualTo(table.columns().keySet());
      JsonNode filters = document.path("components").path("parameters");
      assertThat(names(filters.path("filters." + table.name()).at("/schema/properties")))
          .isEqualTo(table.columns().keySet());
      assertThat(table.secrets()).noneMatch(it -> row.path("properties").has(it));
      assertThat(row.path("description").asText()).doesNotEndWith("]");
    }
  }

  @Test
  void rowsSayTypesEnumerationsAndForeignKeys() {
    JsonNode schemas = document.path("components").path("schemas");
    JsonNode line = schemas.path("ai_requests").path("properties");
    assertThat(line.path("id").path("format").asText()).isEqualTo("uuid");
    assertThat(line.path("status").path("enum")).hasSize(6);
    assertThat(line.path("cost_nanos").path("format").asText()).isEqualTo("int64");
    assertThat(line.path("started_at").path("readOnly").asBoolean()).isTrue();
    JsonNode message = schemas.path("messages").path("properties");
    assertThat(message.path("conversation_id").path("description").asText())
        .contains("<fk table='conversations' column='id'/>");
    assertThat(document.toString()).doesNotContain("x-foreign-key", "x-route", "x-when");
  }

  @Test
  void operationIdsAreUniqueAndEveryOperationHasATag() {
    Set<String> ids = new HashSet<>();
    Set<String> tags = new HashSet<>();
    document.path("tags").forEach(tag -> tags.add(tag.path("name").asText()));
    for (Operation it : operations(document)) {
      assertThat(ids.add(it.json.path("operationId").asText())).as(it.path).isTrue();
      assertThat(it.json.path("tags")).as(it.path).isNotEmpty();
      it.json.path("tags").forEach(tag -> assertThat(tags).contains(tag.asText()));
      assertThat(it.json.path("summary").asText()).isNotEmpty();
      assertThat(it.json.path("responses").has("4XX")).isTrue();
    }
    document.path("tags").forEach(tag -> assertThat(tag.path("description").asText()).isNotEmpty());
  }

  @Test
  void examplesAreTrue() {
    int seen = 0;
    for (Map.Entry<String, JsonNode> it :
        document.path("components").path("schemas").properties()) {
      for (JsonNode example : it.getValue().path("examples")) {
        assertThat(schema("#/components/schemas/" + it.getKey()).validate(example))
            .as(it.getKey())
            .isEmpty();
        seen++;
      }
    }
    for (JsonNode media : document.findParents("example")) {
      if (media.has("schema")) {
        ObjectNode within = document.deepCopy();
        within.set("$defs", Json.MAPPER.createObjectNode().set("it", media.path("schema")));
        within.put("$ref", "#/$defs/it");
        assertThat(factory().getSchema(within).validate(media.path("example")))
            .as(media.toString())
            .isEmpty();
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(15);
    assertThat(schema("#/components/schemas/Problem").validate(Json.MAPPER.createObjectNode()))
        .isNotEmpty();
  }

  @Test
  void whatTheServerAnswersFitsItsDescription() {
    fits("/healthz", "", "/paths/~1healthz/get/responses/200/content/application~1json/schema");
    fits("/readyz", "", "/components/schemas/Readiness");
    fits("/api/v1/keys", "", "/components/schemas/Problem");
    fits("/rest/v1/users", "", "/components/schemas/RecordsError");
    fits("/v1/models", "", "/components/schemas/OpenAiError");
    String key = owner();
    fits("/v1/models", key, "/components/schemas/ModelList");
    fits("/api/v1/tenant", key, "/components/schemas/tenants");
    fits("/api/v1/analytics/costs", key, "/components/schemas/Costs");
    fits("/api/v1/audit/verify", key, "/components/schemas/AuditReport");
    fits(
        "/api/v1/keys",
        key,
        "/paths/~1api~1v1~1keys/get/responses/200/content/application~1json/schema");
    fits(
        "/api/v1/users",
        key,
        "/paths/~1api~1v1~1users/get/responses/200/content/application~1json/schema");
    fits(
        "/api/v1/ai/services",
        key,
        "/paths/~1api~1v1~1ai~1services/get/responses/200/content/application~1json/schema");
    fits(
        "/rest/v1/users",
        key,
        "/paths/~1rest~1v1~1users/get/responses/200/content/application~1json/schema");
  }

  private static void fits(String path, String key, String pointer) {
    assertThat(schema("#" + pointer).validate(json(get(path, "apikey", key)))).as(path).isEmpty();
  }

  @Test
  void aCallerSeesWhatTheyMayUse() {
    String all = owner();
    ApiClient owner = new ApiClient(http, server.port(), all);
    String narrow =
        owner
            .post("/keys", "{\"name\":\"narrow\",\"scopes\":[\"chat.conversations:read\"]}")
            .body()
            .path("key")
            .asText();
    assertThat(json(get("/openapi.json", "apikey", all))).isEqualTo(document);
    JsonNode mine = json(get("/openapi.json", "apikey", narrow));
    assertThat(mine.path("paths").has("/rest/v1/conversations")).isTrue();
    assertThat(mine.path("paths").has("/rest/v1/users")).isFalse();
    assertThat(mine.path("paths").has("/api/v1/keys")).isFalse();
    assertThat(mine.path("paths").has("/healthz")).isTrue();
    assertThat(names(mine.path("components").path("schemas")))
        .contains("conversations")
        .doesNotContain("users", "Key", "ai_requests");
    assertThat(mine.toString()).doesNotContain("<fk table='users'");
    assertThat(get("/openapi.json", "apikey", "lsk_nobody").statusCode()).isEqualTo(401);
  }

  @Test
  void itIsSentOnceAndCompressed() throws IOException {
    HttpResponse<byte[]> plain = get("/openapi.json");
    String etag = plain.headers().firstValue("etag").orElseThrow();
    assertThat(get("/openapi.json", "If-None-Match", etag).statusCode()).isEqualTo(304);
    assertThat(get("/openapi.json", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    HttpResponse<byte[]> zipped = get("/openapi.json", "Accept-Encoding", "br, gzip");
    assertThat(zipped.headers().firstValue("content-encoding")).contains("gzip");
    assertThat(zipped.body().length * 5).isLessThan(plain.body().length);
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped.body()))) {
      assertThat(in.readAllBytes()).isEqualTo(plain.body());
    }
    HttpResponse<byte[]> refused = get("/openapi.json", "Accept-Encoding", "gzip;q=0");
    assertThat(refused.headers().firstValue("content-encoding")).isEmpty();
    assertThat(plain.headers().firstValue("vary").orElseThrow()).contains("apikey", "Accept-Enc");
  }

  @Test
  void theViewerAsksNobodyElse() {
    HttpResponse<byte[]> page = get("/docs");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'")
        .doesNotContain("unsafe", "http");
    String html = new String(page.body(), StandardCharsets.UTF_8);
    assertThat(html)
        .contains("/docs/viewer.js", "/docs/viewer.css")
        .doesNotContain("<style", "onclick", "http://", "https://");
    assertThat(get("/docs/viewer.js").headers().firstValue("content-type").orElseThrow())
        .startsWith("text/javascript");
    assertThat(get("/docs/viewer.css").statusCode()).isEqualTo(200);
  }

  @Test
  void theTypeOfAProblemLeadsToItsPage() throws IOException {
    HttpResponse<byte[]> refused = get("/api/v1/no/such/route");
    JsonNode problem = new ObjectMapper().readTree(refused.body());
    String type = problem.path("type").asText();
    assertThat(type).isEqualTo("/docs/problems/" + problem.path("code").asText());
    HttpResponse<byte[]> page = get(type);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type").orElseThrow()).startsWith("text/html");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'");
    assertThat(new String(page.body(), StandardCharsets.UTF_8))
        .contains("<h2>" + problem.path("code").asText() + "</h2>")
        .doesNotContain("<style", "<script", "http://", "https://");

    String all = new String(get("/docs/problems").body(), StandardCharsets.UTF_8);
    assertThat(all).contains("id=\"internal_error\"", "id=\"22P02\"", "&quot;{value}&quot;");
    assertThat(get("/docs/problems/none_such").statusCode()).isEqualTo(404);
  }

  // ---- the document

  private record Operation(String method, String path, JsonNode json) {}

  private static List<Operation> operations(JsonNode document) {
    List<Operation> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> item : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> field : item.getValue().properties()) {
        if (METHODS.contains(field.getKey())) {
          found.add(
              new Operation(
                  field.getKey().toUpperCase(Locale.ROOT), item.getKey(), field.getValue()));
        }
      }
    }
    return found;
  }

  private static String normal(String route) {
    return Pattern.compile("\\{[^}]*}").matcher(route.replace("[/]", "/")).replaceAll("{}");
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new HashSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonSchemaFactory factory() {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  }

  /** A schema of the document, whose references lead within it. */
  private static JsonSchema schema(String reference) {
    ObjectNode within = document.deepCopy();
    return factory().getSchema(within.put("$ref", reference));
  }

  // ---- calls

  private static String owner() {
    return database.write(
        sql ->
            Seed.tenant(
                    sql,
                    Actor.system(Tenants.PLATFORM),
                    "t-" + dev.ledgerstone.base.Ids.next(),
                    "Tenant",
                    Instant.now())
                .secret());
  }

  private static HttpResponse<byte[]> get(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    if (headers.length > 0 && !headers[1].isEmpty()) {
      request.headers(headers);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(HttpResponse<byte[]> answer) {
    try {
      return Json.MAPPER.readTree(answer.body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
