package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.cli.ApiClient.Answer;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code /api/v1} of a started server, over real sockets; each test has tenants of its own. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class ApiTest {
  @TempDir static Path data;

  /** 20 tokens in at 1,000 nanos, 10 out at 2,000: what every call of the fake costs. */
  private static final long COST = 40_000;

  private static final String NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057";

  private static FakeUpstream upstream;
  private static Database database;
  private static Server server;
  private static HttpClient http;

  ApiTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  /** One server an engine: starting one takes longer than any test here. */
  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    upstream = FakeUpstream.start();
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    String file =
        """
            providers:
              - { name: fake, provider: CUSTOM, base_url: "%s", tenant: platform }
            services:
              - { name: chat, provider: fake, model: m, tenant: platform, task_types: [CHAT], retries: 0, fallbacks: [spare] }
              - { name: spare, provider: fake, model: n, tenant: platform, retries: 0 }
            prices:
              - { provider: fake, model: m, input: 1, output: 2, tenant: platform }
              - { provider: fake, model: n, input: 1, output: 2, tenant: platform }
            """
            .formatted(upstream.baseUrl());
    server = Servers.start(database, data.resolve(engine.name()), file);
  }

  @AfterParameterizedClassInvocation
  static void close() throws IOException {
    server.close();
    upstream.close();
    http.close();
  }

  /** The owner of a tenant of its own. */
  private static ApiClient tenant() {
    String key =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "t-" + Ids.next(),
                        "Tenant",
                        Instant.now())
                    .secret());
    return new ApiClient(http, server.port(), key);
  }

  /** Another user of the tenant, with a key. */
  private static ApiClient user(ApiClient owner, String name, String role) {
    Answer user =
        owner.post("/users", "{\"username\":\"%s\",\"role\":\"%s\"}".formatted(name, role));
    assertThat(user.status()).isEqualTo(201);
    return key(owner, "{\"name\":\"%s\",\"user\":\"%s\"}".formatted(name, name));
  }

  private static ApiClient key(ApiClient maker, String json) {
    Answer made = maker.post("/keys", json);
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return maker.as(made.body().path("key").asText());
  }

  private static String keyId(ApiClient owner, String name) {
    for (JsonNode key : owner.get("/keys").data()) {
      if (key.path("name").asText().equals(name)) {
        return key.path("id").asText();
      }
    }
    throw new AssertionError("no key " + name);
  }

  private static String budget(ApiClient owner, String rest) {
    Answer made = owner.post("/budgets", "{\"name\":\"b\",\"period\":\"MONTHLY\"," + rest + "}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    return made.id();
  }

  private static String call(ApiClient caller) {
    Answer answer = caller.chat("chat", "hello");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    return answer.header("x-request-id");
  }

  // ---- the log of changes

  @Test
  void whatIsAdministeredIsLoggedSealedAndProved() throws InterruptedException {
    ApiClient owner = tenant();
    ApiClient member = user(owner, "mia", "MEMBER");
    String budget = budget(owner, "\"limit_nanos\":1000");
    assertThat(owner.patch("/budgets/" + budget, "{\"limit_nanos\":2000}").status()).isEqualTo(200);
    assertThat(owner.patch("/budgets/" + budget, "{\"limit_nanos\":2000}").status()).isEqualTo(200);
    assertThat(owner.patch("/tenant", "{\"name\":\"New\"}").status()).isEqualTo(200);
    assertThat(owner.delete("/keys/" + keyId(owner, "mia")).status()).isEqualTo(204);
    assertThat(member.get("/audit/verify").status()).isEqualTo(401);
    assertThat(user(owner, "vic", "VIEWER").get("/audit/verify").status()).isEqualTo(403);

    Answer proof = owner.get("/audit/verify");
    for (int i = 0; i < 100 && proof.body().path("pending").asInt() > 0; i++) {
      Thread.sleep(50);
      proof = owner.get("/audit/verify");
    }
    assertThat(proof.status()).isEqualTo(200);
    assertThat(proof.body().path("clean").asBoolean()).isTrue();
    assertThat(proof.body().path("pending").asInt()).isZero();
    // tenant, owner, key; twice a user with a key; budget made and changed; tenant; revoked.
    assertThat(proof.body().path("entries").asInt()).isEqualTo(11);
    assertThat(proof.body().path("ends").get(0).path("hash").asText()).hasSize(64);
    List<String> events =
        database.read(
            sql ->
                sql.select(EVENTS.TYPE)
                    .from(EVENTS)
                    .where(EVENTS.SUBJECT_ID.eq(UUID.fromString(budget)))
                    .orderBy(EVENTS.SEQUENCE)
                    .fetch(EVENTS.TYPE));
    assertThat(events).containsExactly("budgets.inserted", "budgets.updated");
  }

  // ---- the ledger's lines

  @Test
  void aLineIsReadBackAsItStandsInTheLedger() {
    ApiClient owner = tenant();
    String id = call(owner);

    JsonNode line = owner.get("/ai/requests/" + id).body();

    assertThat(line.path("id").asText()).isEqualTo(id);
    assertThat(line.path("status").asText()).isEqualTo("COMPLETED");
    assertThat(line.path("provider").asText()).isEqualTo("fake");
    assertThat(line.path("cost_nanos").isIntegralNumber()).isTrue();
    assertThat(line.path("cost_nanos").asLong()).isEqualTo(COST);
    assertThat(line.path("tags").toString()).isEqualTo("[\"team=a\",\"blue\"]");
    assertThat(line.path("is_stream").isBoolean()).isTrue();
    assertThat(line.path("started_at").asText())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
    assertThat(line.path("parent_id").isNull()).isTrue();
    assertThat(line.path("attempts")).hasSize(1);
    assertThat(line.path("attempts").get(0).path("id").asText()).isEqualTo(id);
    assertThat(line.has("input")).isFalse();
  }

  @Test
  void attemptsHangFromTheFirstOne() {
    ApiClient owner = tenant();
    upstream.next(Script.htmlError());
    Answer answer = owner.chat("chat", "hello");
    assertThat(answer.status()).isEqualTo(200);
    String root = answer.header("x-request-id");

    Answer one = owner.get("/ai/requests/" + root);
    JsonNode attempts = one.body().path("attempts");

    assertThat(attempts).hasSize(2);
    assertThat(attempts.get(0).path("status").asText()).isEqualTo("FAILED");
    assertThat(attempts.get(1).path("status").asText()).isEqualTo("COMPLETED");
    assertThat(attempts.get(1).path("parent_id").asText()).isEqualTo(root);
    String second = attempts.get(1).path("id").asText();
    assertThat(owner.get("/ai/requests/" + second).body().path("attempts")).isEqualTo(attempts);
    assertThat(owner.get("/ai/requests").ids()).containsExactly(root);
    assertThat(owner.get("/ai/requests?attempts=all").ids()).containsExactly(second, root);
  }

  @ParameterizedTest
  @CsvSource({
    "status=COMPLETED, 2",
    "status=failed, 0",
    "model=m, 2",
    "model=n, 0",
    "provider=fake, 2",
    "task_type=CHAT, 2",
    "task_type=RESEARCH, 0",
    "request_type=CHAT, 2",
    "request_type=EMBEDDING, 0",
    "tag=blue, 2",
    "tag=team%3Da, 2",
    "tag=team, 0",
    "is_stream=false, 2",
    "is_stream=true, 0",
    "min_cost_nanos=40000, 2",
    "min_cost_nanos=40001, 0",
    "from=2020-01-01T00:00:00Z, 2",
    "from=2020-01-01T00:00:00%2B02:00, 2",
    "to=2020-01-01T00:00:00Z, 0",
    "from=2998-01-01T00:00:00Z, 0",
    "user_id=" + NOBODY + ", 0",
    "api_key_id=" + NOBODY + ", 0",
    "conversation_id=" + NOBODY + ", 0",
    "status=COMPLETED&model=m&tag=blue, 2",
    "status=COMPLETED&model=n, 0",
  })
  void filtersNarrowTheList(String filter, int lines) {
    ApiClient owner = tenant();
    call(owner);
    call(owner);

    assertThat(owner.get("/ai/requests?" + filter).ids()).hasSize(lines);
  }

  @Test
  void aTimeSplitsTheList() throws InterruptedException {
    ApiClient owner = tenant();
    String before = call(owner);
    Thread.sleep(5);
    Instant between = Instant.now();
    Thread.sleep(5);
    String after = call(owner);

    assertThat(owner.get("/ai/requests?from=" + between).ids()).containsExactly(after);
    assertThat(owner.get("/ai/requests?to=" + between).ids()).containsExactly(before);
  }

  @Test
  void pagesHoldEachLineOnceWhileCallsAreMade() {
    ApiClient owner = tenant();
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      made.addFirst(call(owner));
    }
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = owner.get("/ai/requests?limit=3" + cursor);
      seen.addAll(page.ids());
      call(owner);
      cursor =
          page.body().path("next").isNull() ? "" : "&cursor=" + page.body().path("next").asText();
    } while (!cursor.isEmpty());

    assertThat(seen).isEqualTo(made);
  }

  // ---- who sees what

  @ParameterizedTest
  @CsvSource({
    "GET, /ai/requests/{request}",
    "GET, /budgets/{budget}",
    "PATCH, /budgets/{budget}",
    "DELETE, /budgets/{budget}",
    "GET, /keys/{key}",
    "POST, /keys/{key}/rotate",
    "DELETE, /keys/{key}",
    "GET, /users/{user}",
    "PATCH, /users/{user}",
  })
  void whatAnotherTenantOwnsIsNotThere(String method, String path) {
    ApiClient owner = tenant();
    String whole =
        path.replace("{request}", call(owner))
            .replace("{budget}", budget(owner, "\"limit_nanos\":5000000"))
            .replace("{key}", keyId(owner, "owner"))
            .replace("{user}", owner.get("/users").ids().getFirst());
    String body = method.equals("PATCH") ? "{}" : "";

    Answer answer = tenant().send(method, "/api/v1" + whole, body, "");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body().path("code").asText()).isEqualTo("not_found");
    assertThat(owner.as("").send(method, "/api/v1" + whole, body, "").status()).isEqualTo(401);
    int own = owner.send(method, "/api/v1" + whole, body, "").status();
    assertThat(own).isBetween(200, 204); // there it is
  }

  @ParameterizedTest
  @CsvSource({
    "/ai/requests",
    "/ai/requests?attempts=all",
    "/analytics/costs?group_by=user",
    "/analytics/costs?group_by=model",
    "/analytics/usage",
    "/budgets",
    "/budgets?is_active=false",
    "/keys",
    "/users",
    "/ai/services",
    "/tenant",
  })
  void listsHoldNothingOfAnotherTenant(String path) {
    ApiClient owner = tenant();
    call(owner);
    owner.delete("/budgets/" + budget(owner, "\"limit_nanos\":5000000"));
    ApiClient other = tenant();
    int own = owner.get(path).data().size();

    Answer answer = other.get(path);

    assertThat(answer.status()).isEqualTo(200);
    if (path.equals("/ai/services")) {
      assertThat(answer.ids()).isEqualTo(owner.get(path).ids()); // the platform's, everybody's
      return;
    }
    assertThat(answer.ids().stream().filter(realIds(owner.get(path))::contains)).isEmpty();
    String text = answer.body().toString();
    assertThat(text).doesNotContain(keyId(owner, "owner"));
    for (String user : owner.get("/users").ids()) {
      assertThat(text).doesNotContain(user);
    }
    if (path.startsWith("/ai/requests") || path.startsWith("/analytics")) {
      assertThat(own).isPositive();
      assertThat(answer.data()).isEmpty();
    }
  }

  private static List<String> realIds(Answer answer) {
    return answer.ids().stream().filter(id -> !id.isEmpty()).toList();
  }

  @Test
  void aMemberSeesOwnRowsAlone() {
    ApiClient owner = tenant();
    ApiClient member = user(owner, "ann", "MEMBER");
    String owners = call(owner);
    String members = call(member);

    assertThat(member.get("/ai/requests").ids()).containsExactly(members);
    assertThat(owner.get("/ai/requests").ids()).containsExactly(members, owners);
    assertThat(member.get("/ai/requests/" + owners).status()).isEqualTo(404);
    assertThat(member.get("/analytics/costs").body().path("totals").path("requests").asInt())
        .isEqualTo(1);
    assertThat(owner.get("/analytics/costs").body().path("totals").path("requests").asInt())
        .isEqualTo(2);
    assertThat(member.get("/analytics/usage").data()).hasSize(1);
    assertThat(owner.get("/analytics/usage").data()).hasSize(2);
    assertThat(member.get("/keys").ids()).containsExactly(keyId(owner, "ann"));
    String ownersKey = keyId(owner, "owner");
    assertThat(member.post("/keys/" + ownersKey + "/rotate", "").status()).isEqualTo(404);
    assertThat(member.delete("/keys/" + ownersKey).status()).isEqualTo(404);
    assertThat(member.post("/keys", "{\"name\":\"x\",\"user\":\"owner\"}").status()).isEqualTo(404);
    assertThat(call(key(member, "{\"name\":\"second\"}"))).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /users, ''",
    "POST, /users, '{\"username\":\"x\"}'",
    "GET, /tenant, ''",
    "PATCH, /tenant, '{}'",
    "POST, /budgets, '{\"name\":\"x\",\"period\":\"DAILY\",\"limit_nanos\":1}'",
  })
  void aMemberAdministersNothing(String method, String path, String body) {
    ApiClient member = user(tenant(), "ann", "MEMBER");

    Answer answer = member.send(method, "/api/v1" + path, body, "");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.body().path("code").asText()).isEqualTo("insufficient_permissions");
  }

  // ---- bodies

  @ParameterizedTest
  @CsvSource({"OFF, ''", "REDACTED, [email]", "KEPT, ann@example.com"})
  void bodiesAreShownAsTheTenantKeepsThem(String mode, String kept) {
    ApiClient owner = tenant();
    assertThat(owner.patch("/tenant", "{\"request_bodies\":\"" + mode + "\"}").status())
        .isEqualTo(200);
    ApiClient blind = key(owner, "{\"name\":\"blind\",\"scopes\":[\"ledger.ai_requests:read\"]}");
    String id = owner.chat("chat", "write to ann@example.com").header("x-request-id");

    JsonNode line = owner.get("/ai/requests/" + id).body();

    assertThat(line.has("input")).isEqualTo(!mode.equals("OFF"));
    assertThat(line.has("output")).isEqualTo(!mode.equals("OFF"));
    if (!mode.equals("OFF")) {
      assertThat(line.path("input").path("messages").get(0).path("content").asText())
          .isEqualTo("write to " + kept);
      assertThat(line.path("output").asText()).isNotEmpty();
      assertThat(line.path("is_redacted").asBoolean()).isEqualTo(mode.equals("REDACTED"));
    }
    Answer without = blind.get("/ai/requests/" + id);
    assertThat(without.status()).isEqualTo(200);
    assertThat(without.body().has("input")).isFalse();
    assertThat(without.body().has("output")).isFalse();
  }

  // ---- sums

  @Test
  void costsAreTheSumsOfTheLines() {
    ApiClient owner = tenant();
    ApiClient member = user(owner, "ann", "MEMBER");
    call(owner);
    call(owner);
    call(member);
    assertThat(owner.chat("spare", "hello").status()).isEqualTo(200);

    Answer costs = owner.get("/analytics/costs?group_by=user,model&period=monthly");

    assertThat(costs.data()).hasSize(3);
    long sum = 0;
    for (JsonNode group : costs.data()) {
      sum += group.path("cost_nanos").asLong();
      assertThat(group.path("user_name").asText()).isIn("owner", "ann");
      assertThat(group.path("average_latency_micros").asLong()).isPositive();
    }
    JsonNode totals = costs.body().path("totals");
    assertThat(sum).isEqualTo(4 * COST).isEqualTo(totals.path("cost_nanos").asLong());
    assertThat(totals.path("requests").asInt()).isEqualTo(4);
    assertThat(totals.path("successes").asInt()).isEqualTo(4);
    assertThat(totals.path("failures").asInt()).isZero();
    assertThat(totals.path("input_tokens").asInt()).isEqualTo(80);
    assertThat(totals.path("output_tokens").asInt()).isEqualTo(40);
    assertThat(costs.body().path("next").isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "model, model",
    "provider, provider",
    "user, user_name",
    "key, api_key_name",
    "service, service_name",
    "task, task_type",
    "status, status",
    "time, period_start",
  })
  void costsAreToldApartBy(String group, String field) {
    ApiClient owner = tenant();
    call(owner);

    for (String period : List.of("hourly", "daily", "weekly", "monthly", "yearly")) {
      Answer costs = owner.get("/analytics/costs?group_by=" + group + "&period=" + period);
      assertThat(costs.data()).hasSize(1);
      assertThat(costs.data().get(0).path(field).asText()).isNotEmpty().isNotEqualTo("null");
      assertThat(costs.data().get(0).path("requests").asInt()).isEqualTo(1);
    }
  }

  @Test
  void pagesOfGroupsHoldEachOnceAndTheTotalsOfAll() {
    ApiClient owner = tenant();
    call(owner);
    assertThat(owner.chat("spare", "hello").status()).isEqualTo(200);
    call(user(owner, "ann", "MEMBER"));
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = owner.get("/analytics/costs?group_by=time,user,model&limit=1" + cursor);
      assertThat(page.body().path("totals").path("requests").asInt()).isEqualTo(3);
      page.data()
          .forEach(row -> seen.add(row.path("user_name").asText() + row.path("model").asText()));
      cursor =
          page.body().path("next").isNull() ? "" : "&cursor=" + page.body().path("next").asText();
    } while (!cursor.isEmpty());

    assertThat(seen).containsExactlyInAnyOrder("ownerm", "ownern", "annm");
  }

  @Test
  void usageIsToldByKeyAndHour() {
    ApiClient owner = tenant();
    call(owner);
    call(owner);

    JsonNode row = owner.get("/analytics/usage?api_key_id=" + keyId(owner, "owner")).data().get(0);

    assertThat(row.path("api_key_name").asText()).isEqualTo("owner");
    assertThat(row.path("endpoint").asText()).isEqualTo("/v1/chat/completions");
    assertThat(row.path("requests").asInt()).isEqualTo(2);
    assertThat(row.path("cost_nanos").asLong()).isEqualTo(2 * COST);
    assertThat(owner.get("/analytics/usage?to=2020-01-01T00:00:00Z").data()).isEmpty();
  }

  // ---- budgets

  @Test
  void aBudgetShowsTheRunningPeriod() {
    ApiClient owner = tenant();
    String id = budget(owner, "\"limit_nanos\":4000000,\"is_hard\":true");
    call(owner);

    JsonNode budget = owner.get("/budgets/" + id).body();

    assertThat(budget.path("spent_nanos").asLong()).isEqualTo(COST);
    assertThat(budget.path("held_nanos").asLong()).isZero();
    assertThat(budget.path("carried_nanos").asLong()).isZero();
    assertThat(budget.path("available_nanos").asLong()).isEqualTo(4_000_000 - COST);
    assertThat(budget.path("percent").asDouble()).isEqualTo(1.0);
    assertThat(Instant.parse(budget.path("period_start").asText())).isBefore(Instant.now());
    assertThat(Instant.parse(budget.path("period_end").asText())).isAfter(Instant.now());
    assertThat(owner.get("/budgets").data().get(0)).isEqualTo(budget);
  }

  @Test
  void aWriteHoldsForTheNextCall() {
    ApiClient owner = tenant();
    call(owner);
    String id = budget(owner, "\"limit_nanos\":0,\"is_hard\":true");
    assertThat(owner.chat("chat", "hello").status()).isEqualTo(402);
    assertThat(owner.patch("/budgets/" + id, "{\"limit_nanos\":5000000}").status()).isEqualTo(200);
    call(owner);
    assertThat(owner.patch("/budgets/" + id, "{\"limit_nanos\":1}").status()).isEqualTo(200);
    assertThat(owner.chat("chat", "hello").status()).isEqualTo(402);
    assertThat(owner.delete("/budgets/" + id).status()).isEqualTo(204);
    call(owner);
    assertThat(owner.get("/budgets").data()).isEmpty();
    assertThat(owner.get("/budgets?is_active=false").ids()).containsExactly(id);
  }

  @ParameterizedTest
  @CsvSource({
    "USER, owner",
    "API_KEY, owner",
    "SERVICE, chat",
    "MODEL, fake/m",
    "TAG, blue",
    "CUSTOM, team=a",
  })
  void aBudgetLiesOnWhatIsNamed(String kind, String scope) {
    ApiClient owner = tenant();
    String id =
        budget(
            owner,
            "\"limit_nanos\":400000,\"scope_kind\":\"%s\",\"scope\":\"%s\"".formatted(kind, scope));
    call(owner);

    JsonNode budget = owner.get("/budgets/" + id).body();

    assertThat(budget.path("scope_name").asText()).isEqualTo(scope);
    assertThat(budget.path("spent_nanos").asLong()).isEqualTo(COST);
  }

  @ParameterizedTest
  @CsvSource({"/tenant, name", "/budgets/{id}, name", "/users/{id}, role"})
  void aStaleVersionIsRefused(String path, String field) {
    ApiClient owner = tenant();
    if (path.startsWith("/users")) {
      user(owner, "ann", "MEMBER");
    }
    String id =
        path.startsWith("/users")
            ? owner.get("/users").ids().getLast()
            : budget(owner, "\"limit_nanos\":1");
    String whole = path.replace("{id}", id);
    String first = owner.get(whole).header("etag");
    String change = field.equals("role") ? "{\"role\":\"VIEWER\"}" : "{\"name\":\"new\"}";
    String again = field.equals("role") ? "{\"role\":\"MEMBER\"}" : "{\"name\":\"newer\"}";

    Answer changed = owner.patch(whole, change, first);
    Answer stale = owner.patch(whole, again, first);

    assertThat(first).isEqualTo("\"1\"");
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.header("etag")).isEqualTo("\"2\"").isNotEqualTo(first);
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.body().path("code").asText()).isEqualTo("stale_version");
    assertThat(owner.patch(whole, again, "W/\"2\"").status()).isEqualTo(412);
    assertThat(owner.get(whole).header("etag")).isEqualTo("\"2\"");
    assertThat(owner.patch(whole, change, "\"2\"").header("etag")).isEqualTo("\"2\""); // no change
    assertThat(owner.patch(whole, again, "\"7\", \"2\"").status()).isEqualTo(200);
  }

  // ---- keys

  @Test
  void aRevokedKeyStopsAtOnce() {
    ApiClient owner = tenant();
    ApiClient second = key(owner, "{\"name\":\"second\"}");
    call(second);

    assertThat(owner.delete("/keys/" + keyId(owner, "second")).status()).isEqualTo(204);

    assertThat(second.chat("chat", "hello").status()).isEqualTo(401);
    assertThat(second.get("/keys").status()).isEqualTo(401);
    assertThat(owner.get("/keys").body().toString()).doesNotContain("key_hash");
  }

  @ParameterizedTest
  @CsvSource({"'{\"grace\":\"24h\"}', 200", "'', 200", "'{\"grace\":\"0s\"}', 401"})
  void aRotatedKeyWorksThroughItsGrace(String body, int status) {
    ApiClient owner = tenant();
    ApiClient old = key(owner, "{\"name\":\"second\",\"scopes\":[\"gateway:*\"]}");

    Answer rotated = owner.post("/keys/" + keyId(owner, "second") + "/rotate", body);

    assertThat(rotated.status()).isEqualTo(201);
    ApiClient fresh = owner.as(rotated.body().path("key").asText());
    assertThat(rotated.body().path("scopes").toString()).isEqualTo("[\"gateway:*\"]");
    assertThat(fresh.key()).startsWith("lsk_").isNotEqualTo(old.key());
    call(fresh);
    assertThat(old.chat("chat", "hello").status()).isEqualTo(status);
    assertThat(owner.get("/keys/" + rotated.id()).body().has("key")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"scopes\":[\"*\"]', scopes",
    "'\"scopes\":[\"ledger:*\"]', scopes",
    "'\"allowed_models\":[\"*\"]', allowed_models",
    "'\"allowed_ips\":[\"0.0.0.0/0\"]', allowed_ips",
    "'\"expires_at\":\"2999-01-01T00:00:00Z\"', expires_at",
    "'\"scopes\":[\"gateway:call\"],\"allowed_models\":[\"chat\"],\"allowed_ips\":[\"127.0.0.1\"],\"expires_at\":\"2997-01-01T00:00:00Z\"', ''",
    "'\"scopes\":[\"ledger:read\"]', ''",
  })
  void aKeyNeverExceedsTheOneThatMadeIt(String wish, String field) {
    ApiClient owner = tenant();
    ApiClient narrow =
        key(
            owner,
            "{\"name\":\"narrow\",\"scopes\":[\"gateway:*\",\"ledger:read\",\"identity.api_keys:*\"],"
                + "\"allowed_models\":[\"ch*\"],\"allowed_ips\":[\"127.0.0.0/8\"],"
                + "\"expires_at\":\"2998-01-01T00:00:00Z\"}");

    Answer made = narrow.post("/keys", "{\"name\":\"new\"," + wish + "}");

    assertThat(made.status()).as(made.body().toString()).isEqualTo(field.isEmpty() ? 201 : 400);
    assertThat(made.body().path("field").asText()).isEqualTo(field);
    if (field.isEmpty()) {
      assertThat(made.body().path("allowed_models").get(0).asText()).startsWith("ch");
      assertThat(made.body().path("expires_at").isNull()).isFalse();
    }
    // Nor by way of a key that has more already.
    Answer rotated = narrow.post("/keys/" + keyId(owner, "owner") + "/rotate", "");
    assertThat(rotated.status()).isEqualTo(400);
    assertThat(rotated.body().has("key")).isFalse();
  }

  // ---- users

  @Test
  void nobodyActsForOrMakesAUserAboveThemself() {
    ApiClient owner = tenant();
    ApiClient admin = user(owner, "adam", "ADMIN");
    String ownerId = owner.get("/users").ids().getFirst();

    assertThat(admin.post("/users", "{\"username\":\"x\",\"role\":\"OWNER\"}").status())
        .isEqualTo(403);
    assertThat(admin.patch("/users/" + ownerId, "{\"role\":\"MEMBER\"}").status()).isEqualTo(403);
    assertThat(admin.post("/keys", "{\"name\":\"x\",\"user\":\"owner\"}").status()).isEqualTo(403);
    assertThat(admin.post("/keys/" + keyId(owner, "owner") + "/rotate", "").status())
        .isEqualTo(403);
    String adminId = owner.get("/users").ids().getLast();
    assertThat(admin.patch("/users/" + adminId, "{\"role\":\"OWNER\"}").status()).isEqualTo(403);
    assertThat(owner.patch("/users/" + adminId, "{\"role\":\"OWNER\"}").status()).isEqualTo(200);
    assertThat(admin.patch("/users/" + ownerId, "{\"role\":\"MEMBER\"}").status()).isEqualTo(200);
  }

  @Test
  void aDeactivatedUsersKeysStopAtOnce() {
    ApiClient owner = tenant();
    ApiClient member = user(owner, "ann", "MEMBER");
    call(member);
    String id = owner.get("/users").ids().getLast();

    assertThat(owner.patch("/users/" + id, "{\"is_active\":false}").status()).isEqualTo(200);

    assertThat(member.chat("chat", "hello").status()).isEqualTo(403);
  }

  @Test
  void theLastActiveOwnerStaysEvenWhenTwoLeaveAtOnce() throws Exception {
    ApiClient owner = tenant();
    String first = owner.get("/users").ids().getFirst();
    Answer alone = owner.patch("/users/" + first, "{\"is_active\":false}");
    assertThat(alone.status()).isEqualTo(409);
    user(owner, "olga", "OWNER");
    List<String> owners = owner.get("/users").ids();
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService both = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> leaving = new ArrayList<>();
      owners.forEach(
          id -> leaving.add(() -> owner.patch("/users/" + id, "{\"role\":\"ADMIN\"}").status()));
      for (Future<Integer> left : both.invokeAll(leaving)) {
        statuses.add(left.get());
      }
    }

    // The second one is told of the rule, or is no OWNER any more.
    assertThat(statuses).contains(200).doesNotContainSequence(200, 200);
    assertThat(new HashSet<>(statuses)).isSubsetOf(200, 409, 403);
  }

  // ---- what cannot be used

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /ai/requests?status=DONE | | status",
        "GET    | /ai/requests?stauts=FAILED | | stauts",
        "GET    | /ai/requests?from=yesterday | | from",
        "GET    | /ai/requests?from=+292278994-08-17T07:12:55Z | | from",
        "GET    | /ai/requests?user_id=ann | | user_id",
        "GET    | /ai/requests?min_cost_nanos=-1 | | min_cost_nanos",
        "GET    | /ai/requests?is_stream=yes | | is_stream",
        "GET    | /ai/requests?limit=501 | | limit",
        "GET    | /ai/requests?cursor=abc | | cursor",
        "GET    | /ai/requests?model= | | model",
        "GET    | /ai/requests?model=a&model=b | | model",
        "GET    | /analytics/costs?group_by=colour | | group_by",
        "GET    | /analytics/costs?period=TOTAL | | period",
        "GET    | /analytics/costs?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z | | from",
        "GET    | /analytics/usage?api_key_id=1 | | api_key_id",
        "POST   | /budgets | {'period':'DAILY','limit_nanos':1} | name",
        "POST   | /budgets | {'name':'x','limit_nanos':1} | period",
        "POST   | /budgets | {'name':'x','period':'DAYLY','limit_nanos':1} | period",
        "POST   | /budgets | {'name':'x','period':'DAILY'} | limit_nanos",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':-1} | limit_nanos",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1.5} | limit_nanos",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'scope':'x'} | scope",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'scope_kind':'USER'} | scope",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'scope_kind':'USER','scope':'eve'} | scope",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'scope_kind':'CUSTOM','scope':'a'} | scope",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'alert_percents':[0]} | alert_percents",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'alert_percents':80} | alert_percents",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'timezone':'Mars'} | timezone",
        "POST   | /budgets | {'name':'x','period':'CUSTOM','limit_nanos':1} | custom_start",
        "POST   | /budgets | {'name':'x','period':'DAILY','limit_nanos':1,'hard':true} | hard",
        "POST   | /keys | {} | name",
        "POST   | /keys | {'name':' '} | name",
        "POST   | /keys | {'name':'x','scopes':['all things']} | scopes",
        "POST   | /keys | {'name':'x','allowed_ips':['home']} | allowed_ips",
        "POST   | /keys | {'name':'x','expires_at':'2020-01-01T00:00:00Z'} | expires_at",
        "POST   | /keys | {'name':'x','rate_limits':[{'quota':0}]} | rate_limits[0].quota",
        "POST   | /keys | {'name':'x','key':'mine mine mine'} | key",
        "POST   | /users | {'username':''} | username",
        "POST   | /users | {'username':'x','role':'KING'} | role",
        "POST   | /users | {'username':'x','email':'x'} | email",
        "PATCH  | /tenant | {'timezone':'UTC+99'} | timezone",
        "PATCH  | /tenant | {'request_bodies':'SOME'} | request_bodies",
        "PATCH  | /tenant | {'request_body_days':0} | request_body_days",
        "PATCH  | /tenant | {'slug':'x'} | slug",
      })
  void whatCannotBeUsedIsToldByItsName(String method, String path, String body, String field) {
    ApiClient owner = tenant();

    Answer answer =
        owner.send(method, "/api/v1" + path, body == null ? "" : body.replace('\'', '"'), "");

    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(400);
    assertThat(answer.body().path("code").asText()).isEqualTo("invalid_value");
    assertThat(answer.body().path("field").asText()).isEqualTo(field);
    assertThat(answer.body().path("hint").asText()).isNotEmpty();
    assertThat(owner.get("/budgets").data()).isEmpty();
    assertThat(owner.get("/keys").data()).hasSize(1);
    assertThat(owner.get("/users").data()).hasSize(1);
  }

  @Test
  void servicesTellWhatCanBeNamedAsModel() {
    ApiClient owner = tenant();
    for (JsonNode service : owner.get("/ai/services").data()) {
      if (service.path("name").asText().equals("chat")) {
        assertThat(service.path("provider").asText()).isEqualTo("fake");
        assertThat(service.path("model").asText()).isEqualTo("m");
        assertThat(service.path("task_types").toString()).isEqualTo("[\"CHAT\"]");
        assertThat(service.path("fallbacks").toString()).isEqualTo("[\"spare\"]");
        assertThat(service.path("missing").isNull()).isTrue();
        ApiClient narrow = key(owner, "{\"name\":\"n\",\"allowed_models\":[\"sp*\"]}");
        assertThat(narrow.get("/ai/services").data()).hasSize(1);
        return;
      }
    }
    throw new AssertionError("no service chat");
  }
}
