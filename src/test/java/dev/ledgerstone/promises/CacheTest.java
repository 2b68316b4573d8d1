package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is given again is on the ledger at no cost, and is what the first caller got. */
@ParameterizedClass
@EnumSource(Engine.class)
class CacheTest {
  private static final String CHAT = "/v1/chat/completions";

  private final House house;
  private final Client client;

  CacheTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000 * House.CALL);
    house.has("services", "{ name: kept, provider: fake, model: m, cache: { ttl: 1h } }");
    house.has(
        "services",
        "{ name: alike, provider: fake, model: m, cache: { ttl: 1h, semantic: true } }");
    house.tenant("acme");
    house.has("keys", "{ name: theirs, tenant: acme, key: lsk_test_acme_00000001, user: owner }");
    house.has(
        "providers",
        "{ name: fake, tenant: acme, provider: CUSTOM, base_url: \"%s\" }"
            .formatted(house.upstream.baseUrl()));
    house.has(
        "services", "{ name: kept, tenant: acme, provider: fake, model: m, cache: { ttl: 1h } }");
    house.has("prices", "{ tenant: acme, provider: fake, model: m, input: 0, output: 1 }");
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private static String question(String service, String text) {
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"max_tokens\":10}"
        .formatted(service, text);
  }

  private Reply ask(String service, String text) throws InterruptedException {
    return client.post(CHAT, question(service, text), Map.of());
  }

  private static String cache(Reply reply) {
    assertThat(reply.isAnswered()).isTrue();
    return reply.headers().get("x-cache");
  }

  @Test
  void theSameRequestIsAnsweredOnceByTheUpstream() throws Exception {
    Ask ask = Ask.of("kept");

    Reply first = client.ask(ask);
    Reply second = client.ask(ask);

    assertThat(cache(first)).isEqualTo("miss");
    assertThat(cache(second)).isEqualTo("hit");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers()).containsEntry("x-cost-nanos", "0").containsKey("age");
    assertThat(second.headers()).containsEntry("x-served-by", "kept");
    assertThat(house.upstream.received()).hasSize(1);
    AiRequestsRecord line = house.books.line(second.id());
    assertThat(line.getCacheStatus()).isEqualTo("HIT");
    assertThat(line.getStatus()).isEqualTo("COMPLETED");
    assertThat(line.getCostNanos()).isZero();
    assertThat(line.getSavedNanos()).isEqualTo(House.CALL);
    assertThat(line.getFinishReason()).isEqualTo("stop");
    assertThat(house.books.line(first.id()).getCacheStatus()).isEqualTo("MISS");
    assertThat(house.books.spent()).isEqualTo(House.CALL);
  }

  @Test
  void aStreamAnswersAWholeAndTheOtherWayRound() throws Exception {
    Reply streamed = client.ask(Ask.of("kept").streamed());
    Reply whole = client.ask(Ask.of("kept"));
    Reply again = client.ask(Ask.of("kept").streamed());

    assertThat(cache(streamed)).isEqualTo("miss");
    assertThat(cache(whole)).isEqualTo("hit");
    assertThat(cache(again)).isEqualTo("hit");
    assertThat(withoutComments(again)).isEqualTo(withoutComments(streamed));
    assertThat(again.text()).doesNotContain("\"usage\":{").endsWith("data: [DONE]\n\n");
    assertThat(whole.json().at("/choices/0/message/content").asText()).contains("word");
    assertThat(whole.json().at("/usage/completion_tokens").asInt()).isEqualTo(10);
    assertThat(house.upstream.received()).hasSize(1);
  }

  private static String withoutComments(Reply reply) {
    return reply.text().replaceAll("(?m)^: .*\n\n", "");
  }

  @Test
  void anotherWordingIsAnsweredAndTheOppositeIsNot() throws Exception {
    Reply first = ask("alike", "How do I lock my account?");
    Reply same = ask("alike", "How can I lock my account?");
    Reply opposite = ask("alike", "How do I unlock my account?");

    assertThat(cache(first)).isEqualTo("miss");
    assertThat(cache(same)).isEqualTo("semantic");
    assertThat(cache(opposite)).isEqualTo("miss");
    assertThat(house.books.line(same.id()).getCacheStatus()).isEqualTo("SEMANTIC_HIT");
    assertThat(house.upstream.received()).hasSize(2);
  }

  @Test
  void aCallerCanPassTheCacheByOrRenewIt() throws Exception {
    client.ask(Ask.of("kept"));
    Reply passed = client.ask(Ask.of("kept").with("x-cache", "no-store"));
    Reply renewed = client.ask(Ask.of("kept").with("x-cache", "refresh"));
    Reply after = client.ask(Ask.of("kept"));

    assertThat(cache(passed)).isEqualTo("bypass");
    assertThat(cache(renewed)).isEqualTo("miss");
    assertThat(cache(after)).isEqualTo("hit");
    assertThat(after.body()).isEqualTo(renewed.body());
    assertThat(house.upstream.received()).hasSize(3);
    assertThat(house.books.line(renewed.id()).getCacheStatus()).isEqualTo("REFRESH");
    assertThat(client.ask(Ask.of("kept").with("x-cache", "maybe")).status()).isEqualTo(400);
    assertThat(client.ask(Ask.of("chat")).headers()).doesNotContainKey("x-cache");
  }

  @Test
  void noTenantHearsAnothersAnswer() throws Exception {
    client.ask(Ask.of("kept"));
    Reply theirs = new Client(client.port(), "lsk_test_acme_00000001").ask(Ask.of("kept"));
    assertThat(cache(theirs)).isEqualTo("miss");
    assertThat(house.upstream.received()).hasSize(2);
  }

  @Test
  void onlyWholeAnswersAreKept() throws Exception {
    house.upstream.next(Script.answer().fault(Script.Fault.RESET, 3));
    Reply broken = client.ask(Ask.of("kept").streamed());
    assertThat(broken.isDone()).isFalse();
    house.upstream.next(Script.htmlError());
    Reply after = client.ask(Ask.of("kept").streamed());
    assertThat(after.headers().getOrDefault("x-cache", "")).isNotEqualTo("hit");
    client.ask(Ask.of("kept").streamed());
    assertThat(cache(client.ask(Ask.of("kept").streamed()))).isEqualTo("hit");
  }

  @Test
  void whatABudgetClampedIsNotKept() throws Exception {
    house.upstream.on("m", Script.verbatim("application/json", CUT));
    Reply first =
        client.post(CHAT, question("kept", "Hello?").replace(",\"max_tokens\":10", ""), Map.of());
    Reply second =
        client.post(CHAT, question("kept", "Hello?").replace(",\"max_tokens\":10", ""), Map.of());
    assertThat(cache(first)).isEqualTo("miss");
    assertThat(cache(second)).as("the budget bounds what the caller left open").isEqualTo("miss");
  }

  private static final String CUT =
      """
      {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
      "content":"and"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":10,"total_tokens":13}}""";

  @Test
  void aSpentBudgetStillAnswersWhatIsKept() throws Exception {
    try (House poor = new House(house.engine).hardBudget("small", House.CALL)) {
      poor.has("services", "{ name: kept, provider: fake, model: m, cache: { ttl: 1h } }");
      Client of = poor.client(poor.open());
      assertThat(of.ask(Ask.of("kept")).status()).isEqualTo(200);
      assertThat(of.ask(Ask.of("chat")).status()).isEqualTo(402);
      assertThat(cache(of.ask(Ask.of("kept")))).isEqualTo("hit");
    }
  }

  @Test
  void answersAreTakenAwayByTagAndByModel() throws Exception {
    client.ask(Ask.of("kept").with("x-cache-tags", "document:d1, faq"));
    assertThat(cache(client.ask(Ask.of("kept")))).isEqualTo("hit");
    awaitEntries(1);

    assertThat(invalidate("{\"tags\":[\"other\"]}")).isZero();
    assertThat(cache(client.ask(Ask.of("kept")))).isEqualTo("hit");
    assertThat(invalidate("{\"document_versions\":[\"d1\"]}")).isEqualTo(1);
    assertThat(cache(client.ask(Ask.of("kept")))).isEqualTo("miss");
    awaitEntries(1);
    assertThat(invalidate("{\"models\":[\"fake/m\"]}")).isEqualTo(1);
    assertThat(cache(client.ask(Ask.of("kept")))).isEqualTo("miss");
    assertThat(client.post("/api/v1/ai/cache/invalidate", "{}", Map.of()).status()).isEqualTo(400);
  }

  @Test
  void answersToAPromptAreTakenAwayWithItsVersion() throws Exception {
    String template = inserted("prompt_templates", "{\"name\":\"greet\"}");
    String version =
        inserted(
            "prompt_versions",
            "{\"template_id\":\"" + template + "\",\"number\":1,\"body\":\"Be kind.\"}");
    String body = question("kept", "Hi").replaceFirst("\\{", "{\"prompt\":{\"name\":\"greet\"},");
    Await.until("the prompt is known", Duration.ofSeconds(10), () -> isAnswered(body));
    assertThat(cache(client.post(CHAT, body, Map.of()))).isEqualTo("hit");
    assertThat(cache(ask("kept", "Hi"))).as("another question").isEqualTo("miss");
    awaitEntries(2);

    assertThat(invalidate("{\"prompt_versions\":[\"" + version + "\"]}")).isEqualTo(1);

    assertThat(cache(client.post(CHAT, body, Map.of()))).isEqualTo("miss");
    assertThat(cache(ask("kept", "Hi"))).isEqualTo("hit");
  }

  private boolean isAnswered(String body) {
    try {
      return client.post(CHAT, body, Map.of()).isAnswered();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String inserted(String table, String row) throws InterruptedException {
    Reply made = client.post("/rest/v1/" + table, row, Map.of("Prefer", "return=representation"));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.json().path(0).path("id").asText();
  }

  private int invalidate(String body) throws InterruptedException {
    Reply reply = client.post("/api/v1/ai/cache/invalidate", body, Map.of());
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json().path("removed").asInt(-1);
  }

  private JsonNode stats() {
    try {
      return client.get("/api/v1/ai/cache/stats").json();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitEntries(int entries) throws InterruptedException {
    Await.until(
        "the answers are written",
        Duration.ofSeconds(10),
        () -> stats().path("entries").asInt() == entries);
  }

  @Test
  void theFiguresSayWhatWasSaved() throws Exception {
    client.ask(Ask.of("kept"));
    client.ask(Ask.of("kept"));
    client.ask(Ask.of("kept"));
    Await.until(
        "hits are counted", Duration.ofSeconds(10), () -> stats().path("hits").asInt() == 2);
    assertThat(stats().path("saved_nanos").asLong()).isEqualTo(2 * House.CALL);
    assertThat(stats().at("/models/0/model").asText()).isEqualTo("m");
    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines.stream().mapToLong(AiRequestsRecord::getSavedNanos).sum())
        .isEqualTo(2 * House.CALL);
  }
}
