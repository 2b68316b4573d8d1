package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.SecurityEventsRecord;
import dev.ledgerstone.notify.Receiver;
import dev.ledgerstone.ops.Policies;
import dev.ledgerstone.promises.Await;
import dev.ledgerstone.testkit.OldCalls;
import dev.ledgerstone.testkit.People;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Webhooks, event collections, compliance and security events of a started server. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class NewsTest {
  @TempDir static Path data;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String[] NOTHING = {};

  private static Database database;
  private static Server server;
  private static HttpClient http;

  private final String slug = "t-" + Ids.next();
  private final String owner;

  NewsTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
    owner =
        database.write(
            sql ->
                Seed.tenant(sql, Actor.system(Tenants.PLATFORM), slug, "Tenant", Instant.now())
                    .secret());
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    Map<String, String> more =
        Map.of(
            "server.trusted_proxies", "127.0.0.1",
            "security.country_header", "CF-IPCountry",
            "webhooks.allow_private", "true",
            "sign_in.attempts_per_minute", "1000");
    server = Servers.start(database, data.resolve(engine.name()), more);
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  private record Answer(int status, String text) {
    JsonNode json() {
      try {
        return MAPPER.readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(text, e);
      }
    }

    String id() {
      return json().path("id").asText();
    }
  }

  private static Answer ask(
      String key, String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Answer get(String path) {
    return ask(owner, "GET", "/api/v1" + path, "", NOTHING);
  }

  private Answer post(String path, String body) {
    return ask(owner, "POST", "/api/v1" + path, body, NOTHING);
  }

  private String key(String name, String scopes, String user) {
    Answer made =
        post(
            "/keys",
            "{\"name\":\"%s\",\"scopes\":%s,\"user\":\"%s\"}".formatted(name, scopes, user));
    assertThat(made.status()).as(made.text).isEqualTo(201);
    return made.json().path("key").asText();
  }

  private UUID tenant() {
    return UUID.fromString(get("/tenant").json().path("id").asText());
  }

  private List<SecurityEventsRecord> events(String kind) {
    UUID tenant = tenant();
    return database.read(
        sql ->
            sql.selectFrom(SECURITY_EVENTS)
                .where(SECURITY_EVENTS.TENANT_ID.eq(tenant))
                .and(SECURITY_EVENTS.KIND.eq(kind))
                .orderBy(SECURITY_EVENTS.ID)
                .fetch());
  }

  @Test
  void aWebhookIsToldOfWhatItWantsAndKnowsBothSecretsAfterARotation() throws Exception {
    Queue<Receiver.Message> received = new ConcurrentLinkedQueue<>();
    try (Receiver receiver =
        new Receiver(
            message -> {
              received.add(message);
              return 200;
            })) {
      Answer made =
          post(
              "/webhooks",
              """
              {"name": "billing", "url": "%s", "events": ["budgets.*"], "headers": {"x-team": "a"}}
              """
                  .formatted(receiver.url()));
      assertThat(made.status()).as(made.text).isEqualTo(201);
      String first = made.json().path("secret").asText();
      assertThat(first).startsWith("whsec_");
      assertThat(get("/webhooks/" + made.id()).text).doesNotContain("secret\"", "sealed", first);
      assertThat(get("/webhooks").json().path("data")).hasSize(1);

      post("/keys", "{\"name\":\"not told\"}");
      Answer budget = post("/budgets", "{\"name\":\"b\",\"period\":\"DAILY\",\"limit_nanos\":5}");
      assertThat(budget.status()).isEqualTo(201);
      Await.until("told", SOON, () -> !received.isEmpty());
      Receiver.Message message = received.remove();
      assertThat(message.isSignedBy(first)).isTrue();
      assertThat(message.json().path("type").asText()).isEqualTo("budgets.inserted");
      assertThat(message.json().path("data").path("row_id").asText()).isEqualTo(budget.id());
      assertThat(received).isEmpty();

      Answer rotated = post("/webhooks/" + made.id() + "/rotate", "{\"grace\":\"1h\"}");
      String second = rotated.json().path("secret").asText();
      assertThat(second).startsWith("whsec_").isNotEqualTo(first);
      Answer tested = post("/webhooks/" + made.id() + "/test", "");
      assertThat(tested.json().path("status").asText()).as(tested.text).isEqualTo("DELIVERED");
      Receiver.Message test = received.remove();
      assertThat(test.json().path("type").asText()).isEqualTo("webhook.test");
      assertThat(test.isSignedBy(first)).isTrue();
      assertThat(test.isSignedBy(second)).isTrue();

      assertThat(post("/webhooks/" + made.id() + "/rotate", "{\"grace\":\"0s\"}").status())
          .isEqualTo(200);
      assertThat(post("/webhooks/deliveries/" + tested.id() + "/replay", "").status())
          .isEqualTo(202);
      Await.until("replayed", SOON, () -> !received.isEmpty());
      Receiver.Message again = received.remove();
      assertThat(again.id()).isEqualTo(test.id());
      assertThat(again.isSignedBy(first)).isFalse();
      assertThat(again.isSignedBy(second)).isFalse();
    }
  }

  @Test
  void aWebhookIsSwitchedOffAndOnAndDeletedUnderItsVersion() throws Exception {
    AtomicInteger received = new AtomicInteger();
    try (Receiver receiver =
        new Receiver(
            _ -> {
              received.incrementAndGet();
              return 500;
            })) {
      Answer made = post("/webhooks", "{\"name\":\"w\",\"url\":\"%s\"}".formatted(receiver.url()));
      assertThat(post("/webhooks", "{\"name\":\"w\",\"url\":\"https://e.org\"}").status())
          .isEqualTo(409);
      String path = "/api/v1/webhooks/" + made.id();
      Await.until("tried", SOON, () -> received.get() > 0);
      assertThat(ask(owner, "PATCH", path, "{\"is_active\":false}", "If-Match", "\"99\"").status())
          .isEqualTo(412);
      Answer off = ask(owner, "PATCH", path, "{\"is_active\":false}", NOTHING);
      assertThat(off.json().path("is_active").asBoolean()).isFalse();
      JsonNode rows =
          ask(owner, "GET", "/rest/v1/webhook_deliveries?endpoint_id=eq." + made.id(), "", NOTHING)
              .json();
      assertThat(rows).isNotEmpty().allMatch(it -> !it.path("status").asText().equals("PENDING"));
      String delivery = rows.path(0).path("id").asText();
      assertThat(post("/webhooks/deliveries/" + delivery + "/replay", "").status()).isEqualTo(409);
      Answer on =
          ask(owner, "PATCH", path, "{\"is_active\":true,\"events\":[\"none.*\"]}", NOTHING);
      assertThat(on.json().path("disabled_reason").isNull()).isTrue();
      assertThat(ask(owner, "DELETE", path, "", NOTHING).status()).isEqualTo(204);
      assertThat(get("/webhooks/" + made.id()).status()).isEqualTo(404);
    }
  }

  @Test
  void whatCannotBeAWebhookIsToldAndNobodyElsesIsReached() {
    for (String body :
        List.of(
            "{\"name\":\"x\",\"url\":\"ftp://example.com/\"}",
            "{\"name\":\"x\",\"url\":\"https://user:secret@example.com/\"}",
            "{\"name\":\"x\",\"url\":\"https://example.com/\",\"events\":[]}",
            "{\"name\":\"x\",\"url\":\"https://example.com/\",\"events\":[\"DROP TABLE\"]}",
            "{\"name\":\"x\",\"url\":\"https://example.com/\",\"headers\":{\"webhook-id\":\"1\"}}",
            "{\"name\":\"x\",\"url\":\"https://example.com/\",\"headers\":{\"a\":\"b\\nc\"}}",
            "{\"name\":\"x\",\"url\":\"https://example.com/\",\"secret\":\"whsec_AAAA\"}",
            "{\"url\":\"https://example.com/\"}")) {
      assertThat(post("/webhooks", body).status()).as(body).isEqualTo(400);
    }
    Answer made = post("/webhooks", "{\"name\":\"mine\",\"url\":\"https://example.com/\"}");
    String stranger =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "t-" + Ids.next(),
                        "Other",
                        Instant.now())
                    .secret());
    for (String path : List.of("", "/rotate", "/test")) {
      String method = path.isEmpty() ? "GET" : "POST";
      assertThat(
              ask(stranger, method, "/api/v1/webhooks/" + made.id() + path, "", NOTHING).status())
          .isEqualTo(404);
    }
    String narrow = key("reader", "[\"notify:read\"]", "owner");
    assertThat(ask(narrow, "GET", "/api/v1/webhooks", "", NOTHING).status()).isEqualTo(200);
    assertThat(ask(narrow, "POST", "/api/v1/webhooks/" + made.id() + "/test", "", NOTHING).status())
        .isEqualTo(403);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void recordsOfACollectionAreFoundByTheirTenantAlone() {
    assertThat(post("/events/page_views", "{\"type\":\"v\",\"data\":{\"path\":\"/a\"}}").status())
        .isEqualTo(201);
    Answer many =
        post(
            "/events/page_views",
            "{\"events\":[{\"data\":{\"path\":\"/b\",\"n\":1}},{\"data\":{\"path\":\"/b\",\"n\":2}}]}");
    assertThat(many.json().path("ids")).hasSize(2);

    JsonNode all = get("/events/page_views").json();
    assertThat(all.path("data")).hasSize(3);
    assertThat(all.path("data").path(0).path("expires_at").asText()).isNotEmpty();
    assertThat(all.path("data").path(0).path("data").path("n").asInt()).isEqualTo(2);
    JsonNode page = get("/events/page_views?limit=2").json();
    JsonNode rest = get("/events/page_views?limit=2&cursor=" + page.path("next").asText()).json();
    assertThat(rest.path("data")).hasSize(1);
    assertThat(rest.path("next").isNull()).isTrue();
    assertThat(
            get("/events/page_views?data=" + encoded("{\"path\":\"/b\",\"n\":2}"))
                .json()
                .path("data"))
        .hasSize(1);
    assertThat(get("/events/page_views?type=v").json().path("data")).hasSize(1);
    assertThat(get("/events/page_views?from=2999-01-01T00:00:00Z").json().path("data")).isEmpty();

    assertThat(get("/events/page_vews").status()).isEqualTo(404);
    for (String wrong : List.of("[1]", "{}x", "{\"a\":[1]}", "{\"a\":{}}", "{\"a\\\"\":1}")) {
      assertThat(get("/events/page_views?data=" + encoded(wrong)).status())
          .as(wrong)
          .isEqualTo(400);
    }
    for (String wrong :
        List.of(
            "{\"data\":[]}",
            "{\"data\":{\"$where\":1}}",
            "{\"data\":{\"a\":\"\\u0000\"}}",
            "{\"dta\":{}}",
            "{\"subject_id\":\"x\"}")) {
      assertThat(post("/events/page_views", wrong).status()).as(wrong).isEqualTo(400);
    }
    String stranger =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "t-" + Ids.next(),
                        "Other",
                        Instant.now())
                    .secret());
    assertThat(ask(stranger, "GET", "/api/v1/events/page_views", "", NOTHING).json().path("data"))
        .isEmpty();
  }

  @Test
  void aReportJudgesAPeriodAndIsAPageAndIsApprovedOnce() {
    post("/keys", "{\"name\":\"<script>alert(1)</script>\"}");
    Instant now = Instant.now();
    Answer made =
        post(
            "/compliance/reports",
            "{\"title\":\"Q & A\",\"framework\":\"ISO27001\",\"period_start\":\"%s\",\"period_end\":\"%s\"}"
                .formatted(now.minus(Duration.ofDays(30)), now.plusSeconds(5)));
    assertThat(made.status()).as(made.text).isEqualTo(201);
    JsonNode report = made.json();
    assertThat(report.path("findings")).hasSize(6);
    assertThat(report.path("findings").path(3).path("control").asText()).isEqualTo("A.5.17");
    assertThat(report.path("score").asDouble()).isEqualTo(100);
    assertThat(report.path("content").path("log").path("entries").asInt()).isPositive();
    List<String> actions = new ArrayList<>();
    report
        .path("content")
        .path("changes")
        .forEach(it -> actions.add(it.path("table").asText() + ":" + it.path("action").asText()));
    assertThat(actions).contains("api_keys:INSERT");
    assertThat(report.path("content").path("keys")).hasSize(2);
    assertThat(report.path("content").path("geography").asText())
        .contains("security.country_header");

    Answer page = get("/compliance/reports/" + made.id() + "/html");
    assertThat(page.text)
        .startsWith("<!doctype html>")
        .contains("Q &amp; A", "&lt;script&gt;alert(1)", "A.8.15")
        .doesNotContain("<script");
    assertThat(post("/compliance/reports/" + made.id() + "/approve", "").json().path("status"))
        .hasToString("\"APPROVED\"");
    assertThat(post("/compliance/reports/" + made.id() + "/approve", "").status()).isEqualTo(409);
    assertThat(
            post(
                    "/compliance/reports",
                    "{\"period_start\":\"2026-02-01T00:00:00Z\",\"period_end\":\"2026-01-01T00:00:00Z\"}")
                .status())
        .isEqualTo(400);
  }

  @Test
  void aLineIsAsOldAsItsId() {
    UUID tenant = tenant();
    UUID user =
        database.read(
            sql ->
                sql.select(USERS.ID)
                    .from(USERS)
                    .where(USERS.TENANT_ID.eq(tenant))
                    .limit(1)
                    .fetchSingle(USERS.ID));
    Instant now = Instant.now();
    Instant old = now.minus(Duration.ofDays(40)).truncatedTo(ChronoUnit.MILLIS);
    OldCalls calls = new OldCalls(database, new People(database, tenant, user, user), 1);
    calls.bring(List.of(calls.line(Ids.at(old), now)));
    Policies.set(database, tenant, "lines", "DELETE", 30, false, "ai_requests");

    JsonNode report =
        post(
                "/compliance/reports",
                "{\"framework\":\"CUSTOM\",\"period_start\":\"%s\",\"period_end\":\"%s\"}"
                    .formatted(now.minus(Duration.ofDays(1)), now.plusSeconds(60)))
            .json();

    List<JsonNode> lines = new ArrayList<>();
    report.path("content").path("retention").forEach(lines::add);
    JsonNode line =
        lines.stream()
            .filter(it -> it.path("table").asText().equals("ai_requests"))
            .findFirst()
            .orElseThrow();
    assertThat(Instant.parse(line.path("oldest_at").asText())).isEqualTo(old);
    assertThat(line.path("kept").asBoolean()).isFalse();
  }

  @Test
  void anOldKeyAndAnOpenAttackFail() {
    Instant now = Instant.now();
    String body =
        "{\"framework\":\"CUSTOM\",\"period_start\":\"%s\",\"period_end\":\"%s\"}"
            .formatted(now.minus(Duration.ofDays(1)), now.plusSeconds(60));
    UUID tenant = tenant();
    database.write(
        sql -> {
          sql.execute(
              database.engine() == Engine.SQLITE
                  ? "update api_keys set created_at = '2020-01-01T00:00:00.000000Z' where tenant_id = ?"
                  : "update api_keys set created_at = '2020-01-01T00:00:00Z' where tenant_id = ?",
              database.engine() == Engine.SQLITE ? (Object) tenant.toString() : (Object) tenant);
          SecurityEvent.of(
                  Actor.system(tenant),
                  SecurityEvent.Kind.SIGN_IN_ATTACK,
                  SecurityEvent.Severity.HIGH,
                  SecurityEvent.SubjectKind.IP,
                  "192.0.2.1",
                  null)
              .write(sql, now);
          return null;
        });
    List<String> failed = new ArrayList<>();
    post("/compliance/reports", body)
        .json()
        .path("findings")
        .forEach(
            it -> {
              if (it.path("result").asText().equals("FAIL")) {
                failed.add(it.path("control").asText());
              }
            });
    assertThat(failed).contains("KEYS_ROTATED", "EVENTS_RESOLVED").doesNotContain("LOGGED");
  }

  @Test
  void whatACollectionsSchemaDoesNotAllowIsRefusedByTheNameOfItsField() {
    Answer made =
        ask(
            owner,
            "POST",
            "/rest/v1/event_collections",
            "{\"name\":\"steps\",\"schema\":{\"type\":\"object\",\"required\":[\"user\"],\"properties\":"
                + "{\"user\":{\"type\":\"object\",\"properties\":{\"age\":{\"type\":\"integer\",\"minimum\":0}}}}}}",
            NOTHING);
    assertThat(made.status()).as(made.text).isEqualTo(201);

    assertThat(post("/events/steps", "{\"data\":{\"user\":{\"age\":7}}}").status()).isEqualTo(201);
    Answer missing = post("/events/steps", "{\"data\":{}}");
    assertThat(missing.status()).as(missing.text).isEqualTo(400);
    assertThat(missing.json().path("field").asText()).as(missing.text).isEqualTo("data.user");
    Answer wrong =
        post(
            "/events/steps",
            "{\"events\":[{\"data\":{\"user\":{}}},{\"data\":{\"user\":{\"age\":-1}}}]}");
    assertThat(wrong.json().path("field").asText())
        .as(wrong.text)
        .isEqualTo("events[1].data.user.age");
    assertThat(get("/events/steps").json().path("data")).hasSize(1);
  }

  @Test
  void aFormsFieldsAreASchema() {
    JsonNode form =
        ask(
                owner,
                "POST",
                "/rest/v1/form_templates",
                "{\"name\":\"leave\"}",
                "Prefer",
                "return=representation")
            .json();
    Answer wrong =
        post(
            "/compliance/forms/" + form.path(0).path("id").asText() + "/versions",
            "{\"schema\":{\"properties\":{\"days\":{\"type\":\"number of days\"}}}}");

    assertThat(wrong.status()).as(wrong.text).isEqualTo(400);
    assertThat(wrong.json().path("field").asText())
        .as(wrong.text)
        .isEqualTo("schema.properties.days.type");
  }

  @Test
  void aPublishedVersionOfAFormIsFixed() {
    JsonNode form =
        ask(
                owner,
                "POST",
                "/rest/v1/form_templates",
                "{\"name\":\"intake\"}",
                "Prefer",
                "return=representation")
            .json();
    String id = form.path(0).path("id").asText();
    String path = "/compliance/forms/" + id;
    Answer first = post(path + "/versions", "{\"schema\":{\"type\":\"object\"}}");
    assertThat(first.json().path("number").asInt()).as(first.text).isEqualTo(1);
    assertThat(post(path + "/versions", "{}").json().path("number").asInt()).isEqualTo(2);
    assertThat(post(path + "/publish", "{\"number\":1}").status()).isEqualTo(200);
    assertThat(post(path + "/publish", "{\"number\":1}").status()).isEqualTo(409);
    assertThat(post(path + "/publish", "{\"number\":7}").status()).isEqualTo(404);
    Answer bent =
        ask(
            owner,
            "PATCH",
            "/rest/v1/form_template_versions?id=eq." + first.id(),
            "{\"schema\":{\"type\":\"string\"}}",
            NOTHING);
    assertThat(bent.status()).as(bent.text).isGreaterThanOrEqualTo(400);
    assertThat(post(path + "/publish", "{\"number\":2}").status()).isEqualTo(200);
    JsonNode shown = get(path).json();
    assertThat(shown.path("status").asText()).isEqualTo("PUBLISHED");
    assertThat(shown.path("versions").path(0).path("retired_at").isNull()).isFalse();
    assertThat(shown.path("versions").path(0).path("schema").path("type").asText())
        .isEqualTo("object");
    assertThat(shown.path("versions").path(1).path("retired_at").isNull()).isTrue();
    assertThat(post(path + "/retire", "").json().path("status").asText()).isEqualTo("RETIRED");
  }

  private String publishedForm(String name, String schema) {
    JsonNode form =
        ask(
                owner,
                "POST",
                "/rest/v1/form_templates",
                "{\"name\":\"" + name + "\"}",
                "Prefer",
                "return=representation")
            .json();
    String path = "/compliance/forms/" + form.path(0).path("id").asText();
    assertThat(post(path + "/versions", "{\"schema\":" + schema + "}").status()).isEqualTo(201);
    return path;
  }

  private static final String LEAVE =
      "{\"type\":\"object\",\"required\":[\"name\"],\"additionalProperties\":false,\"properties\":"
          + "{\"name\":{\"type\":\"string\"},\"days\":{\"type\":\"integer\",\"minimum\":1}}}";

  @Test
  void whatIsFilledInFitsItsVersionOrEachFieldIsNamed() {
    String form = publishedForm("leave", LEAVE);
    String all = form + "/submissions";
    assertThat(post(all, "{\"data\":{\"name\":\"Ada\"}}").status()).as("a draft").isEqualTo(409);
    post(form + "/publish", "{\"number\":1}");

    Answer wrong = post(all, "{\"data\":{\"days\":\"three\",\"color\":\"red\"}}");
    assertThat(wrong.status()).as(wrong.text).isEqualTo(400);
    assertThat(wrong.json().path("field").asText()).startsWith("data.");
    assertThat(wrong.json().path("detail").asText())
        .contains("data.name", "data.days", "data.color");
    assertThat(post(all, "{\"data\":[]}").json().path("field").asText()).isEqualTo("data");
    assertThat(post(all, "{\"data\":{\"name\":\"A\"},\"number\":7}").status()).isEqualTo(404);

    Answer right = post(all, "{\"data\":{\"name\":\"Ada\",\"days\":3}}");
    assertThat(right.status()).as(right.text).isEqualTo(201);
    assertThat(right.json().path("number").asInt()).isEqualTo(1);
    JsonNode shown = get(all + "/" + right.id()).json();
    assertThat(shown.path("data").path("days").asInt()).isEqualTo(3);
    assertThat(shown.path("corrected_by").isNull()).isTrue();
    assertThat(get(all).json().path("data")).hasSize(1);

    String row = "/rest/v1/form_submissions?id=eq." + right.id();
    assertThat(
            ask(owner, "GET", row, "", NOTHING).json().path(0).path("data").path("name").asText())
        .isEqualTo("Ada");
    assertThat(ask(owner, "PATCH", row, "{\"number\":2}", NOTHING).status())
        .isGreaterThanOrEqualTo(400);
    assertThat(ask(owner, "POST", "/rest/v1/form_submissions", "{\"data\":{}}", NOTHING).status())
        .as("past its schema")
        .isGreaterThanOrEqualTo(400);
    Instant now = Instant.now();
    Answer report =
        post(
            "/compliance/reports",
            "{\"period_start\":\"%s\",\"period_end\":\"%s\"}"
                .formatted(now.minus(Duration.ofDays(1)), now.plusSeconds(60)));
    JsonNode counted = report.json().path("content").path("forms").path(0);
    assertThat(counted.path("form").asText()).as(report.text).isEqualTo("leave");
    assertThat(counted.path("submissions").asInt()).isEqualTo(1);
    assertThat(get("/compliance/reports/" + report.id() + "/html").text)
        .contains("Forms filled in");
  }

  @Test
  void aSubmissionIsCorrectedByAnotherOneAndOnlyOnce() {
    String form = publishedForm("travel", LEAVE);
    String all = form + "/submissions";
    post(form + "/publish", "{\"number\":1}");
    String first = post(all, "{\"data\":{\"name\":\"Ada\",\"days\":3}}").id();
    String correction = "{\"data\":{\"name\":\"Ada\",\"days\":4},\"corrects\":\"%s\"%s}";
    assertThat(post(all, correction.formatted(first, "")).json().path("field").asText())
        .as("why?")
        .isEqualTo("reason");

    // Its own version is retired meanwhile, by one that allows nothing of it.
    post(form + "/versions", "{\"schema\":{\"type\":\"object\",\"maxProperties\":0}}");
    post(form + "/publish", "{\"number\":2}");
    String why = ",\"reason\":\"miscounted\"";
    assertThat(post(all, correction.formatted(first, why)).status()).isEqualTo(400);
    assertThat(post(all, "{\"number\":1,\"data\":{\"name\":\"B\"}}").status())
        .as("a new one by a retired version")
        .isEqualTo(409);
    Answer second = post(all, correction.formatted(first, why + ",\"number\":1"));
    assertThat(second.status()).as(second.text).isEqualTo(201);
    assertThat(post(all, correction.formatted(first, why + ",\"number\":1")).status())
        .isEqualTo(409);
    assertThat(get(all + "/" + first).json().path("corrected_by").asText()).isEqualTo(second.id());
    Answer third = post(all, correction.formatted(second.id(), why + ",\"number\":1"));
    assertThat(third.status()).as(third.text).isEqualTo(201);

    JsonNode standing = get(all).json().path("data");
    assertThat(standing).hasSize(1);
    assertThat(standing.path(0).path("id").asText()).isEqualTo(third.id());
    List<String> pages = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = get(all + "?corrected=true&limit=2" + cursor).json();
      page.path("data").forEach(it -> pages.add(it.path("id").asText()));
      cursor = page.path("next").isNull() ? "" : "&cursor=" + page.path("next").asText();
    } while (!cursor.isEmpty());
    assertThat(pages).containsExactly(first, second.id(), third.id());
  }

  @Test
  void aMemberFillsInAFormAndSeesWhatIsTheirsAlone() {
    String form = publishedForm("leave", LEAVE);
    String all = form + "/submissions";
    post(form + "/publish", "{\"number\":1}");
    String others = post(all, "{\"data\":{\"name\":\"Owner\"}}").id();
    assertThat(post("/users", "{\"username\":\"ada\",\"role\":\"MEMBER\"}").status())
        .isEqualTo(201);
    String ada = key("ada's", "[\"*\"]", "ada");
    String path = "/api/v1" + all;

    Answer shown = ask(ada, "GET", "/api/v1" + form, "", NOTHING);
    assertThat(shown.status()).as("what to fill in: " + shown.text).isEqualTo(200);
    Answer own = ask(ada, "POST", path, "{\"data\":{\"name\":\"Ada\",\"days\":2}}", NOTHING);
    assertThat(own.status()).as(own.text).isEqualTo(201);
    JsonNode list = ask(ada, "GET", path, "", NOTHING).json().path("data");
    assertThat(list).hasSize(1);
    assertThat(list.path(0).path("id").asText()).isEqualTo(own.id());
    assertThat(ask(ada, "GET", "/rest/v1/form_submissions", "", NOTHING).json()).hasSize(1);
    assertThat(ask(ada, "GET", path + "/" + others, "", NOTHING).status()).isEqualTo(404);
    String correction =
        "{\"data\":{\"name\":\"Ada\",\"days\":3},\"corrects\":\"%s\",\"reason\":\"r\"}";
    assertThat(ask(ada, "POST", path, correction.formatted(others), NOTHING).status())
        .isEqualTo(404);
    assertThat(ask(ada, "POST", path, correction.formatted(own.id()), NOTHING).status())
        .isEqualTo(201);
    assertThat(ask(ada, "POST", "/api/v1" + form + "/retire", "", NOTHING).status()).isEqualTo(403);
    assertThat(get(all).json().path("data")).as("the owner sees all").hasSize(2);
  }

  @Test
  void nobodyFillsInAnotherTenantsForm() {
    String form = publishedForm("secret", LEAVE);
    post(form + "/publish", "{\"number\":1}");
    String id = post(form + "/submissions", "{\"data\":{\"name\":\"Ada\"}}").id();
    String other =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "o-" + Ids.next(),
                        "Other",
                        Instant.now())
                    .secret());
    String path = "/api/v1" + form + "/submissions";
    assertThat(ask(other, "POST", path, "{\"data\":{\"name\":\"B\"}}", NOTHING).status())
        .isEqualTo(404);
    assertThat(ask(other, "GET", path, "", NOTHING).status()).isEqualTo(404);
    assertThat(ask(other, "GET", path + "/" + id, "", NOTHING).status()).isEqualTo(404);
    assertThat(ask(other, "GET", "/rest/v1/form_submissions", "", NOTHING).json()).isEmpty();
  }

  @Test
  void aRefusedScopeIsTold() throws Exception {
    String narrow = key("narrow", "[\"ledger:read\"]", "owner");
    for (int i = 0; i < 25; i++) {
      assertThat(ask(narrow, "GET", "/api/v1/keys", "", NOTHING).status()).isEqualTo(403);
    }
    Await.until("told", SOON, () -> events("PERMISSION_DENIED").size() == 2);
    SecurityEventsRecord event = events("PERMISSION_DENIED").getFirst();
    assertThat(event.getSeverity()).isEqualTo("LOW");
    assertThat(event.getSubjectKind()).isEqualTo("API_KEY");
    assertThat(event.getDetails().path("what").asText()).isEqualTo("identity.api_keys:read");
    assertThat(events("PERMISSION_DENIED").getLast().getSeverity()).isEqualTo("MEDIUM");
  }

  @Test
  void aKeyFromANewNetworkIsTold() throws Exception {
    String key = key("mobile", "[\"*\"]", "owner");
    String[][] calls = {
      {"X-Forwarded-For", "81.2.69.1", "CF-IPCountry", "GB"},
      {"X-Forwarded-For", "81.2.69.200", "CF-IPCountry", "GB"},
      {"X-Forwarded-For", "89.160.20.1", "CF-IPCountry", "GB"},
      {"X-Forwarded-For", "89.160.21.1", "CF-IPCountry", "SE"}
    };
    for (String[] headers : calls) {
      assertThat(ask(key, "GET", "/api/v1/tenant", "", headers).status()).isEqualTo(200);
    }
    Await.until("told", SOON, () -> events("NEW_NETWORK").size() == 2);
    List<SecurityEventsRecord> events = events("NEW_NETWORK");
    assertThat(events.getFirst().getDetails().path("network").asText()).isEqualTo("89.160.20.0/24");
    assertThat(events.getFirst().getSeverity()).isEqualTo("LOW");
    assertThat(events.getLast().getDetails().path("country").asText()).isEqualTo("SE");
    assertThat(events.getLast().getSeverity()).isEqualTo("MEDIUM");
  }

  private Answer signIn(String password, String... headers) {
    return ask(
        "",
        "POST",
        "/api/v1/sessions",
        "{\"tenant\":\"%s\",\"username\":\"owner\",\"password\":\"%s\"}".formatted(slug, password),
        headers);
  }

  @Test
  void aSignInFromANewCountryIsTold() {
    Answer reset = post("/password-resets", "{\"user\":\"owner\"}");
    assertThat(reset.status()).as(reset.text).isEqualTo(201);
    String password = "correct horse battery";
    Answer set =
        ask(
            "",
            "POST",
            "/api/v1/password-resets/" + reset.json().path("token").asText(),
            "{\"password\":\"%s\"}".formatted(password),
            NOTHING);
    assertThat(set.status()).as(set.text).isLessThan(300);
    assertThat(signIn(password, "CF-IPCountry", "DE").status()).isEqualTo(201);
    assertThat(signIn(password, "CF-IPCountry", "DE").status()).isEqualTo(201);
    assertThat(signIn(password).status()).isEqualTo(201);
    assertThat(signIn(password, "CF-IPCountry", "XX").status()).isEqualTo(201);
    assertThat(events("NEW_COUNTRY")).isEmpty();
    assertThat(signIn(password, "CF-IPCountry", "FR").status()).isEqualTo(201);
    assertThat(events("NEW_COUNTRY")).hasSize(1);
    SecurityEventsRecord event = events("NEW_COUNTRY").getFirst();
    assertThat(event.getDetails().path("country").asText()).isEqualTo("FR");
    assertThat(event.getDetails().path("known_countries").toString()).isEqualTo("[\"DE\"]");
  }

  @Test
  void manyFailedSignInsFromOneAddressAreAnAttack() {
    for (int i = 0; i < 12; i++) {
      assertThat(signIn("wrong password", "X-Forwarded-For", "203.0.113.9").status())
          .isEqualTo(401);
    }
    assertThat(events("SIGN_IN_ATTACK")).hasSize(1);
    SecurityEventsRecord event = events("SIGN_IN_ATTACK").getFirst();
    assertThat(event.getSeverity()).isEqualTo("HIGH");
    assertThat(event.getIp()).isEqualTo("203.0.113.9");
    assertThat(event.getDetails().path("failures").asInt()).isEqualTo(10);
  }
}
