package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDER_KEYS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys that are rotated under load, health as it is seen from outside, advice with its figures. */
@ParameterizedClass
@EnumSource(Engine.class)
class ProviderCareTest {
  private final House house;
  private Client client;

  ProviderCareTest(Engine engine) throws IOException {
    house = new House(engine);
  }

  private void open() {
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  @Test
  void aKeyIsAddedRotatedAndTakenAwayWithoutARestart() throws Exception {
    open();
    String path = "/api/v1/ai/providers/fake/keys/night";

    Reply made =
        client.put(path, "{\"key\":\"sk-night-1\",\"weight\":1000000,\"requests_per_minute\":600}");
    assertThat(made.status()).isEqualTo(200);
    assertThat(made.json().path("weight").asInt()).isEqualTo(1_000_000);
    assertThat(made.text()).doesNotContain("sk-night");
    assertThat(sentKey()).isEqualTo("Bearer sk-night-1");

    assertThat(client.put(path, "{\"key\":\"sk-night-2\",\"weight\":1000000}").status())
        .isEqualTo(200);
    assertThat(sentKey()).isEqualTo("Bearer sk-night-2");

    assertThat(client.get("/api/v1/ai/providers/fake/keys").json().path("data")).hasSize(1);
    assertThat(client.delete(path).status()).isEqualTo(204);
    assertThat(sentKey()).isEqualTo("Bearer sk-upstream");
    assertThat(client.delete(path).status()).isEqualTo(404);

    String stored =
        house.database.read(
            sql ->
                sql.selectFrom(AI_PROVIDER_KEYS).fetch().toString()
                    + sql.selectFrom(AUDIT_LOGS).fetch().formatCSV());
    assertThat(stored).doesNotContain("sk-night");
    List<String> actions =
        house.database.read(
            sql ->
                sql.select(AUDIT_LOGS.ACTION)
                    .from(AUDIT_LOGS)
                    .where(AUDIT_LOGS.TABLE_NAME.eq("ai_provider_keys"))
                    .orderBy(AUDIT_LOGS.ID)
                    .fetch(AUDIT_LOGS.ACTION));
    assertThat(actions).hasSize(3);
  }

  @Test
  void keysOfASharedProviderAreNotATenantsToChange() throws Exception {
    open();

    Reply reply = client.put("/api/v1/ai/providers/openai/keys/mine", "{\"key\":\"sk-mine\"}");

    assertThat(reply.status()).isEqualTo(404);
    assertThat(client.put("/api/v1/ai/providers/fake/keys/bare", "{}").status()).isEqualTo(400);
  }

  private String sentKey() throws Exception {
    assertThat(client.ask(Ask.of("priced")).isAnswered()).isTrue();
    Received last = house.upstream.received().getLast();
    return String.valueOf(last.headers().get("authorization"));
  }

  @Test
  void healthTellsWhatIsOpenAndWhatRests() throws Exception {
    open();
    assertThat(client.ask(Ask.of("priced")).isAnswered()).isTrue();
    assertThat(provider("fake").path("health").asText()).isEqualTo("HEALTHY");

    house.upstream.on("n", Script.htmlError());
    for (int i = 0; i < 8; i++) {
      assertThat(client.ask(Ask.of("priced")).status()).isEqualTo(500);
    }
    JsonNode broken = provider("fake");
    assertThat(broken.path("health").asText()).isEqualTo("UNHEALTHY");
    assertThat(broken.path("models").get(0).path("model").asText()).isEqualTo("n");
    assertThat(broken.path("models").get(0).path("state").asText()).isNotEqualTo("CLOSED");
    assertThat(broken.path("models").get(0).path("failed").asInt()).isGreaterThanOrEqualTo(5);

    house.upstream.next(Script.rateLimited(Duration.ofSeconds(50)));
    assertThat(client.ask(Ask.of("chat")).status()).isEqualTo(429);
    JsonNode key = provider("fake").path("keys").get(0);
    assertThat(key.path("is_usable").asBoolean()).isFalse();
    assertThat(key.path("limited_for_millis").asInt()).isBetween(30_000, 50_000);
    assertThat(client.get("/metrics").text())
        .contains("ledgerstone_route_keys{state=\"limited\"} 1");
    assertThat(provider("slow").path("health").asText()).as("never called").isEqualTo("UNKNOWN");
  }

  private JsonNode provider(String name) throws Exception {
    for (JsonNode each : client.get("/api/v1/ai/providers/health").json().path("data")) {
      if (each.path("name").asText().equals(name)) {
        return each;
      }
    }
    throw new AssertionError("no provider " + name);
  }

  @Test
  void aProviderThatAnswersProbesAgainIsTriedAtOnceAndItsHealthIsKept() throws Exception {
    house.set("gateway.probe_interval", "200ms");
    open();
    house.upstream.on("n", Script.htmlError());
    for (int i = 0; i < 6; i++) {
      client.ask(Ask.of("priced"));
    }

    Await.until(
        "it was probed",
        Duration.ofSeconds(10),
        () ->
            house.upstream.received().stream()
                .anyMatch(request -> request.path().endsWith("/models")));
    Await.until(
        "its health is kept",
        Duration.ofSeconds(10),
        () ->
            house
                .database
                .read(sql -> sql.fetch("select health from ai_providers where name = 'fake'"))
                .toString()
                .contains("UNHEALTHY"));
  }

  @Test
  void aCheaperServiceThatIsNoWorseIsRecommendedWithItsFigures() throws Exception {
    house.has("prices", "{ provider: fake, model: cheap, input: 0.25, output: 0.5 }");
    house.has("prices", "{ provider: fake, model: shoddy, input: 0.1, output: 0.1 }");
    house.has("services", "{ name: cheap, provider: fake, model: cheap, retries: 0 }");
    house.has("services", "{ name: shoddy, provider: fake, model: shoddy, retries: 0 }");
    open();
    // So that the cheaper one is no slower, however busy the machine is.
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(400)));
    for (String service : List.of("priced", "cheap", "shoddy")) {
      for (int i = 0; i < 4; i++) {
        Reply reply = client.ask(Ask.of(service).with("x-task-type", "TRANSLATION"));
        assertThat(reply.isAnswered()).isTrue();
        rate(house.books.line(reply.id()), service.equals("shoddy") ? 2 : 4);
      }
    }

    Reply reply = client.get("/api/v1/ai/recommendations?days=1&min_requests=4");

    List<JsonNode> advice = new ArrayList<>();
    reply.json().path("data").forEach(advice::add);
    assertThat(advice)
        .as("people rated it worse")
        .noneMatch(each -> each.path("recommended").path("name").asText().equals("shoddy"));
    JsonNode found =
        advice.stream()
            .filter(each -> each.path("current").path("name").asText().equals("priced"))
            .findFirst()
            .orElseThrow();
    assertThat(found.path("recommended").path("name").asText()).isEqualTo("cheap");
    assertThat(found.path("task_type").asText()).isEqualTo("TRANSLATION");
    assertThat(found.path("is_cheaper").asBoolean()).isTrue();
    assertThat(found.path("is_faster").asBoolean()).isTrue();
    // 4 calls of 20 tokens in and 10 out, at 1,000 and 2,000 nanos; there at 250 and 500.
    assertThat(found.path("current").path("cost_nanos").asLong()).isEqualTo(160_000);
    assertThat(found.path("cost_there_nanos").asLong()).isEqualTo(40_000);
    assertThat(found.path("saved_nanos").asLong()).isEqualTo(120_000);
    assertThat(found.path("recommended").path("average_rating").asDouble()).isEqualTo(4.0);
    assertThat(found.path("recommended").path("ratings").asInt()).isEqualTo(4);
    assertThat(client.get("/api/v1/ai/recommendations?min_requests=5").json().path("data"))
        .isEmpty();
    assertThat(
            client
                .get("/api/v1/ai/recommendations?task_type=CHAT&min_requests=1")
                .json()
                .path("data"))
        .isEmpty();
  }

  @Test
  void aKeyIsGivenNoMoreThanItsOwnLimitsAllow() throws Exception {
    String keys =
        "{ name: %s, provider: CUSTOM, base_url: \"%s\", api_keys: [{ name: narrow, key: sk-narrow,"
            + " weight: 1000000, %s }, { name: wide, key: sk-wide }] }";
    String address = house.upstream.baseUrl();
    house.has("providers", keys.formatted("slow-key", address, "requests_per_minute: 2"));
    house.has("providers", keys.formatted("lone-key", address, "max_concurrency: 1"));
    for (String provider : List.of("slow-key", "lone-key")) {
      house.has(
          "services", "{ name: s-%s, provider: %1$s, model: n, retries: 0 }".formatted(provider));
      house.has("prices", "{ provider: %s, model: n, input: 1, output: 2 }".formatted(provider));
    }
    open();

    for (int i = 0; i < 6; i++) {
      assertThat(client.ask(Ask.of("s-slow-key")).isAnswered()).isTrue();
    }
    assertThat(asked("sk-narrow")).as("two a minute").isEqualTo(2);
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(1500)));
    assertThat(Crowd.of(4, _ -> client.ask(Ask.of("s-lone-key")))).allMatch(Reply::isAnswered);

    assertThat(asked("sk-narrow")).as("and one at a time").isEqualTo(3);
    assertThat(asked("sk-wide")).isEqualTo(7);
  }

  private long asked(String key) {
    return house.upstream.received().stream()
        .filter(request -> ("Bearer " + key).equals(request.headers().get("authorization")))
        .count();
  }

  private JsonNode advice() throws InterruptedException {
    return client.get("/api/v1/ai/recommendations?days=1&min_requests=4").json().path("data");
  }

  @Test
  void imagesAreNotComparedByTheirTokensOfWhichThereAreNone() throws Exception {
    for (String name : List.of("brush", "pencil")) {
      house.has(
          "prices",
          "{ provider: fake, model: %s, input: 0, output: 0, image: 0.04 }".formatted(name));
      house.has(
          "services", "{ name: %s, provider: fake, model: %1$s, retries: 0 }".formatted(name));
    }
    open();
    Script image =
        Script.verbatim("application/json", "{\"created\":1,\"data\":[{\"b64_json\":\"QUJD\"}]}");
    for (int i = 0; i < 4; i++) {
      for (String name : List.of("brush", "pencil")) {
        house.upstream.next(image);
        Reply reply =
            client.post(
                "/v1/images/generations",
                "{\"model\":\"%s\",\"prompt\":\"a cat\"}".formatted(name));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      }
    }

    assertThat(house.books.lines()).allMatch(line -> line.getCostNanos() == 40_000_000);
    assertThat(advice()).isEmpty();
  }

  @Test
  void answersOfTheCacheMakeNoServiceLookFaster() throws Exception {
    house.has(
        "services", "{ name: kept, provider: fake, model: n, retries: 0, cache: { ttl: 1h } }");
    open();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(300)));
    for (int i = 0; i < 4; i++) {
      assertThat(client.ask(Ask.of("priced")).isAnswered()).isTrue();
    }
    assertThat(client.ask(Ask.of("kept")).headers()).containsEntry("x-cache", "miss");
    for (int i = 0; i < 5; i++) {
      assertThat(client.ask(Ask.of("kept")).headers()).containsEntry("x-cache", "hit");
    }

    assertThat(advice()).as("one call was made, and five were not").isEmpty();
  }

  private void rate(AiRequestsRecord line, int rating) {
    house.database.write(
        sql ->
            sql.insertInto(REQUEST_FEEDBACK)
                .set(REQUEST_FEEDBACK.ID, Ids.next())
                .set(REQUEST_FEEDBACK.TENANT_ID, line.getTenantId())
                .set(REQUEST_FEEDBACK.REQUEST_ID, line.getId())
                .set(REQUEST_FEEDBACK.USER_ID, line.getUserId())
                .set(REQUEST_FEEDBACK.RATING, rating)
                .set(REQUEST_FEEDBACK.CREATED_AT, Instant.now())
                .set(REQUEST_FEEDBACK.UPDATED_AT, Instant.now())
                .execute());
  }
}
