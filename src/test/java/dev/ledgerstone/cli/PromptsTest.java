package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.RETENTION_HORIZONS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Prompts, agents, conversations and feedback, through a started server. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class PromptsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path data;

  private static FakeUpstream upstream;
  private static Database database;
  private static Server server;
  private static HttpClient http;

  private String key;

  PromptsTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

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
              - { name: chat, provider: fake, model: m, tenant: platform, task_types: [CHAT, GENERAL] }
            prices:
              - { provider: fake, model: m, input: 1, output: 2, tenant: platform }
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

  @BeforeEach
  void tenant() {
    key =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "t-" + Ids.next(),
                        "Tenant",
                        Instant.now())
                    .secret());
  }

  private record Answer(int status, String text, HttpResponse<byte[]> of) {
    JsonNode body() throws IOException {
      return JSON.readTree(text);
    }

    String header(String name) {
      return of.headers().firstValue(name).orElse("");
    }
  }

  private Answer call(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .header("Prefer", "return=representation")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    return new Answer(
        answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8), answer);
  }

  private String insert(String table, String row) throws IOException, InterruptedException {
    Answer made = call("POST", "/rest/v1/" + table, row);
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.body().path(0).path("id").asText();
  }

  private void prompt(String body, String variables, String labels, int number, String template)
      throws IOException, InterruptedException {
    insert(
        "prompt_versions",
        JSON.createObjectNode()
            .put("template_id", template)
            .put("number", number)
            .put("body", body)
            .setAll(
                Map.of(
                    "variables", JSON.readTree(variables),
                    "labels", JSON.readTree(labels)))
            .toString());
  }

  /** A call; tried until the server has read what was just written. */
  private Answer chat(int status, String body, String... headers)
      throws IOException, InterruptedException {
    return ask(status, "/v1/chat/completions", body, headers);
  }

  private Answer ask(int status, String path, String body, String... headers)
      throws IOException, InterruptedException {
    Answer answer = call("POST", path, body, headers);
    long end = System.nanoTime() + 10_000_000_000L;
    while (answer.status() != status && System.nanoTime() < end) {
      Thread.onSpinWait();
      answer = call("POST", path, body, headers);
    }
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    return answer;
  }

  private static JsonNode received() throws IOException {
    return JSON.readTree(upstream.received().getLast().body());
  }

  @Test
  void aPromptIsPutBeforeTheMessagesAndItsVersionStandsInTheLedger() throws Exception {
    String template = insert("prompt_templates", "{\"name\":\"greet\"}");
    prompt("Old words", "[]", "[]", 1, template);
    prompt(
        "Speak {{ language }} to {{name}}, {{unknown}}",
        "[\"name\", {\"name\":\"language\",\"default\":\"French\"}]",
        "[\"production\"]",
        2,
        template);
    prompt("[{\"role\":\"user\",\"content\":\"Draft\"}]", "[]", "[\"draft\"]", 3, template);

    String asked =
        "{\"model\":\"chat\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"prompt\":%s}";
    Answer answer =
        chat(
            200,
            asked.formatted("{\"name\":\"greet\",\"variables\":{\"name\":\"An \\\"Ann\\\"\"}}"));
    assertThat(received().path("messages").toString())
        .isEqualTo(
            "[{\"role\":\"system\",\"content\":\"Speak French to An \\\"Ann\\\", {{unknown}}\"},{\"role\":\"user\",\"content\":\"Hi\"}]");
    assertThat(received().has("prompt")).isFalse();
    JsonNode line = call("GET", "/api/v1/ai/requests/" + answer.header("x-request-id"), "").body();
    assertThat(line.path("prompt_version_id").asText()).isNotEmpty();

    chat(200, asked.formatted("{\"name\":\"greet\",\"version\":1}"));
    assertThat(received().path("messages").path(0).path("content").asText()).isEqualTo("Old words");
    chat(200, "{\"model\":\"chat\",\"prompt\":{\"name\":\"greet\",\"label\":\"draft\"}}");
    assertThat(received().path("messages").toString())
        .isEqualTo("[{\"role\":\"user\",\"content\":\"Draft\"}]");

    for (String[] wrong :
        new String[][] {
          {"{\"name\":\"great\"}", "prompt.name"},
          {"{\"name\":\"greet\",\"version\":9}", "prompt.version"},
          {"{\"name\":\"greet\",\"label\":\"none\"}", "prompt.label"},
          {"{\"name\":\"greet\"}", "prompt.variables.name"},
          {"{\"name\":\"greet\",\"variables\":{\"name\":1,\"x\":2}}", "prompt.variables.x"}
        }) {
      Answer refused = chat(400, asked.formatted(wrong[0]));
      assertThat(refused.body().path("error").path("param").asText()).isEqualTo(wrong[1]);
    }
  }

  @Test
  void anAgentIsCalledAsAModelWithinItsBounds() throws Exception {
    insert(
        "agents",
        """
        {"name":"clerk","system_prompt":"You are a clerk","temperature":0.5,"limits":{"max_output_tokens":7},
         "tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]}""");
    String asked =
        "{\"model\":\"%s\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}";
    Answer answer = chat(200, asked.formatted("agent/clerk", ""));
    JsonNode sent = received();
    assertThat(sent.path("model").asText()).isEqualTo("m");
    assertThat(sent.path("max_tokens").asInt()).isEqualTo(7);
    assertThat(sent.path("temperature").asDouble()).isEqualTo(0.5);
    assertThat(sent.path("messages").path(0).path("content").asText()).isEqualTo("You are a clerk");
    assertThat(sent.path("tools").path(0).path("function").path("name").asText()).isEqualTo("look");
    JsonNode line = call("GET", "/api/v1/ai/requests/" + answer.header("x-request-id"), "").body();
    assertThat(line.path("agent_id").asText()).isNotEmpty();
    assertThat(line.path("requested_model").asText()).isEqualTo("agent/clerk");

    chat(200, asked.formatted("clerk", ""));
    Answer refused =
        chat(
            400,
            asked.formatted(
                "clerk",
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"rm\",\"parameters\":{}}}]"));
    assertThat(refused.body().path("error").path("param").asText()).isEqualTo("tools");
    assertThat(call("GET", "/v1/models", "").text()).contains("\"agent/clerk\"");
    for (String path : List.of("agent/clerk", "agent%2Fclerk")) { // as curl and as clients write it
      Answer model = call("GET", "/v1/models/" + path, "");
      assertThat(model.body().path("id").asText()).as(model.text()).isEqualTo("agent/clerk");
    }
    chat(404, asked.formatted("agent/nobody", ""));
  }

  @Test
  void aPromptIsNamedInEveryClientsFormat() throws Exception {
    String template = insert("prompt_templates", "{\"name\":\"guide\"}");
    prompt(
        "[{\"role\":\"system\",\"content\":\"Guide {{name}}\"},{\"role\":\"user\",\"content\":\"Where?\"},"
            + "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"There.\"}]}]",
        "[\"name\"]",
        "[]",
        1,
        template);
    String named = "\"prompt\":{\"name\":\"guide\",\"variables\":{\"name\":\"Ann\"}}";
    String expected =
        """
        system: Guide Ann|Be kind
        user: Where?
        assistant: There.
        user: Why?
        """;

    Answer message =
        ask(
            200,
            "/v1/messages",
            "{\"model\":\"chat\",\"max_tokens\":9,\"system\":\"Be kind\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}],"
                + named
                + "}");
    assertSaid(expected);
    Answer response =
        ask(
            200,
            "/v1/responses",
            "{\"model\":\"chat\",\"instructions\":\"Be kind\",\"input\":\"Why?\"," + named + "}");
    assertSaid(expected);
    for (Answer each : new Answer[] {message, response}) {
      JsonNode line = call("GET", "/api/v1/ai/requests/" + each.header("x-request-id"), "").body();
      assertThat(line.path("prompt_version_id").asText()).isNotEmpty();
    }
    assertThat(response.body().path("instructions").asText()).isEqualTo("Be kind");

    Answer refused =
        ask(
            400,
            "/v1/responses",
            "{\"model\":\"chat\",\"input\":\"Hi\",\"prompt\":{\"id\":\"pmpt_1\"}}");
    assertThat(refused.body().path("error").path("param").asText()).isEqualTo("prompt");
    Answer unknown =
        ask(
            400,
            "/v1/messages",
            "{\"model\":\"chat\",\"max_tokens\":9,\"messages\":[],\"prompt\":{\"name\":\"guise\"}}");
    assertThat(unknown.text()).contains("\"type\":\"error\"").contains("guise");
  }

  /** What the upstream heard, in whichever pieces. */
  private static void assertSaid(String expected) throws IOException {
    StringBuilder heard = new StringBuilder();
    for (JsonNode message : received().path("messages")) {
      JsonNode content = message.path("content");
      heard.append(message.path("role").asText()).append(": ");
      heard.append(
          content.isTextual()
              ? content.asText().replace("\n\n", "|")
              : String.join("|", content.findValuesAsText("text")));
      heard.append('\n');
    }
    assertThat(heard.toString()).isEqualTo(expected);
  }

  @Test
  void anAgentIsCalledInEveryClientsFormat() throws Exception {
    insert(
        "agents",
        """
        {"name":"porter","system_prompt":"You are a porter","temperature":1.5,"limits":{"max_output_tokens":7},
         "tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]}""");
    Answer message =
        ask(
            200,
            "/v1/messages",
            "{\"model\":\"agent/porter\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    assertPorter(1.0);
    Answer response =
        ask(200, "/v1/responses", "{\"model\":\"agent/porter\",\"input\":\"Hi\",\"stream\":true}");
    assertPorter(1.5);
    assertThat(response.text()).contains("response.completed").doesNotContain("You are a porter");
    for (Answer each : new Answer[] {message, response}) {
      JsonNode line = call("GET", "/api/v1/ai/requests/" + each.header("x-request-id"), "").body();
      assertThat(line.path("agent_id").asText()).isNotEmpty();
      assertThat(line.path("requested_model").asText()).isEqualTo("agent/porter");
    }

    Answer strange =
        ask(
            400,
            "/v1/messages",
            "{\"model\":\"agent/porter\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
                + "\"tools\":[{\"name\":\"rm\",\"input_schema\":{\"type\":\"object\"}}]}");
    assertThat(strange.text()).contains("has no tool rm");
    Answer counted =
        ask(
            200,
            "/v1/messages/count_tokens",
            "{\"model\":\"agent/porter\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    assertThat(counted.body().path("input_tokens").asInt()).isGreaterThan(10);
  }

  private void assertPorter(double temperature) throws IOException {
    JsonNode sent = received();
    assertThat(sent.path("messages").path(0).toString()).contains("You are a porter");
    assertThat(sent.path("max_tokens").asInt()).isEqualTo(7);
    assertThat(sent.path("temperature").asDouble()).isEqualTo(temperature);
    assertThat(sent.path("tools").path(0).path("function").path("name").asText()).isEqualTo("look");
  }

  /** A token costs 1,000 nanos in and 2,000 out. */
  @Test
  void anAgentsCallNeverCostsMoreThanItMay() throws Exception {
    insert("agents", "{\"name\":\"miser\",\"limits\":{\"max_cost_nanos\":1000000}}");
    insert("agents", "{\"name\":\"pauper\",\"limits\":{\"max_cost_nanos\":10000}}");
    String asked =
        "{\"model\":\"agent/%s\",\"max_tokens\":5000,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    Answer answer = chat(200, asked.formatted("miser"));
    long sent = received().path("max_tokens").asLong();
    JsonNode line = call("GET", "/api/v1/ai/requests/" + answer.header("x-request-id"), "").body();
    assertThat(sent).isBetween(100L, 500L);
    assertThat(line.path("cost_nanos").asLong()).isPositive();

    Answer refused = chat(402, asked.formatted("pauper"));
    assertThat(refused.body().path("error").path("code").asText()).isEqualTo("agent_cost_limit");
    Answer other = ask(402, "/v1/messages", asked.formatted("pauper"));
    assertThat(other.text()).contains("agent pauper");
  }

  @Test
  void anAgentTakesNoMoreStepsThanItMay() throws Exception {
    insert("agents", "{\"name\":\"walker\",\"limits\":{\"max_steps\":2}}");
    String start =
        "{\"model\":\"agent/walker\",\"input\":[{\"role\":\"user\",\"content\":\"Walk\"}";
    String step =
        ",{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"},"
            + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"done\"}";
    ask(200, "/v1/responses", start + "]}");
    ask(200, "/v1/responses", start + step + "]}");
    Answer refused = ask(403, "/v1/responses", start + step + step + "]}");
    assertThat(refused.body().path("error").path("code").asText()).isEqualTo("agent_step_limit");
    ask(
        200,
        "/v1/responses",
        start + step + step + ",{\"role\":\"user\",\"content\":\"Go on\"}" + "]}");
  }

  @Test
  void aConversationBeginsWithTheAdmissionOfItsFirstCall() throws Exception {
    for (String[] refused :
        new String[][] {
          {"/v1/chat/completions", "{\"model\":\"nobody\",\"messages\":[]}"},
          {
            "/v1/messages",
            "{\"model\":\"nobody\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
          },
          {"/v1/responses", "{\"model\":\"nobody\",\"input\":\"x\"}"},
          {"/v1/responses", "{\"model\":\"chat\",\"input\":[]}"}
        }) {
      Answer answer = call("POST", refused[0], refused[1], "x-conversation-id", "new");
      assertThat(answer.status()).as(answer.text()).isBetween(400, 404);
      assertThat(answer.header("x-conversation-id")).isEmpty();
    }
    assertThat(call("GET", "/rest/v1/conversations", "").body()).isEmpty();

    Answer answer =
        ask(
            200,
            "/v1/responses",
            "{\"model\":\"chat\",\"input\":\"x\"}",
            "x-conversation-id",
            "new");
    JsonNode rows = call("GET", "/rest/v1/conversations", "").body();
    assertThat(rows).hasSize(1);
    assertThat(rows.path(0).path("id").asText()).isEqualTo(answer.header("x-conversation-id"));
    assertThat(messages(answer.header("x-conversation-id"))).hasSize(2);
  }

  @Test
  void aConversationKeepsBothSidesAndGoesOnFromItsMiddle() throws Exception {
    Answer first =
        chat(
            200,
            """
            {"model":"chat","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"One"}]}""",
            "x-conversation-id",
            "new");
    String talk = first.header("x-conversation-id");
    String said = first.body().path("choices").path(0).path("message").path("content").asText();
    Answer second =
        chat(
            200,
            JSON.createObjectNode()
                .put("model", "chat")
                .put("stream", true)
                .set(
                    "messages",
                    JSON.readTree(
                        """
                        [{"role":"system","content":"Be brief"},{"role":"user","content":"One"},
                         {"role":"assistant","content":"…"},{"role":"user","content":"Two"}]"""))
                .toString(),
            "x-conversation-id",
            talk);
    assertThat(second.text()).contains("[DONE]");

    JsonNode kept = messages(talk);
    assertThat(kept.findValuesAsText("role"))
        .containsExactly("SYSTEM", "USER", "ASSISTANT", "USER", "ASSISTANT");
    assertThat(kept.path(2).path("content").path(0).path("text").asText()).isEqualTo(said);
    assertThat(kept.path(2).path("request_id").asText()).isEqualTo(first.header("x-request-id"));
    assertThat(kept.path(2).path("cost_nanos").asLong()).isEqualTo(40_000);
    assertThat(kept.path(4).path("content").path(0).path("text").asText()).isNotEmpty();
    assertThat(kept.path(3).path("parent_id").asText()).isEqualTo(kept.path(2).path("id").asText());

    Answer branch =
        chat(
            200,
            "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Or two\"}]}",
            "x-conversation-id",
            talk,
            "x-parent-message-id",
            kept.path(2).path("id").asText());
    assertThat(branch.status()).isEqualTo(200);
    kept = messages(talk);
    assertThat(kept).hasSize(7);
    assertThat(kept.path(5).path("parent_id").asText()).isEqualTo(kept.path(2).path("id").asText());

    Answer fork =
        call(
            "POST",
            "/api/v1/conversations/" + talk + "/fork",
            "{\"message_id\":\"" + kept.path(6).path("id").asText() + "\",\"title\":\"Fork\"}");
    assertThat(fork.status()).as(fork.text()).isEqualTo(201);
    JsonNode copied = messages(fork.body().path("id").asText());
    assertThat(copied.findValuesAsText("role"))
        .containsExactly("SYSTEM", "USER", "ASSISTANT", "USER", "ASSISTANT");
    assertThat(copied.path(3).path("content").path(0).path("text").asText()).isEqualTo("Or two");
    assertThat(copied.path(4).path("cost_nanos").isNull()).isTrue();

    String one = key;
    tenant(); // somebody of another tenant
    assertThat(
            call(
                    "POST",
                    "/v1/chat/completions",
                    "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                    "x-conversation-id",
                    talk)
                .status())
        .isEqualTo(404);
    key = one;
    assertThat(messages(talk)).hasSize(7);
  }

  private JsonNode messages(String talk) throws IOException, InterruptedException {
    return call("GET", "/rest/v1/messages?conversation_id=eq." + talk + "&order=sequence", "")
        .body();
  }

  @Test
  void anAnswerIsJudgedByPeopleAndByScorers() throws Exception {
    Answer answer =
        chat(200, "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    String line = "/api/v1/ai/requests/" + answer.header("x-request-id");
    assertThat(call("POST", line + "/feedback", "{\"thumb\":\"up\"}").body().path("rating").asInt())
        .isEqualTo(5);
    Answer second =
        call(
            "POST",
            line + "/feedback",
            "{\"rating\":2,\"comment\":\"too long\",\"labels\":[\"style\"]}");
    assertThat(second.status()).as(second.text()).isEqualTo(200);
    JsonNode rows = call("GET", "/rest/v1/request_feedback", "").body();
    assertThat(rows).hasSize(1);
    assertThat(rows.path(0).path("rating").asInt()).isEqualTo(2);
    assertThat(rows.path(0).path("version").asInt()).isEqualTo(2);
    assertThat(call("POST", line + "/feedback", "{\"rating\":6}").status()).isEqualTo(400);

    Answer score =
        call(
            "POST",
            line + "/scores",
            "{\"scorer_kind\":\"MODEL\",\"scorer\":\"judge-1\",\"relevance\":0.75}");
    assertThat(score.status()).as(score.text()).isEqualTo(201);
    assertThat(
            call("GET", "/rest/v1/request_scores", "").body().path(0).path("relevance").asDouble())
        .isEqualTo(0.75);
    String one = key;
    tenant();
    assertThat(call("POST", line + "/feedback", "{\"rating\":1}").status()).isEqualTo(404);
    key = one;
  }

  /** Retention may be about to let it go, or has let the first attempt of its call go. */
  @Test
  void aLineOfATimeWhoseLinesMayBeGoneIsReadAndTakesNoWordAnyMore() throws Exception {
    Answer answer =
        chat(200, "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    UUID id = UUID.fromString(answer.header("x-request-id"));
    String line = "/api/v1/ai/requests/" + id;
    database.write(
        sql -> {
          UUID tenant =
              sql.select(AI_REQUESTS.TENANT_ID)
                  .from(AI_REQUESTS)
                  .where(AI_REQUESTS.ID.eq(id))
                  .fetchSingle(AI_REQUESTS.TENANT_ID);
          sql.insertInto(RETENTION_HORIZONS)
              .set(RETENTION_HORIZONS.ID, Ids.next())
              .set(RETENTION_HORIZONS.TENANT_ID, tenant)
              .set(RETENTION_HORIZONS.TABLE_NAME, "ai_requests")
              .set(RETENTION_HORIZONS.HORIZON, Ids.time(id).plusMillis(1))
              .set(RETENTION_HORIZONS.CREATED_AT, Instant.now())
              .set(RETENTION_HORIZONS.UPDATED_AT, Instant.now())
              .execute();
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, Ids.next())
              .set(MAINTENANCE.REASON, "a test")
              .set(MAINTENANCE.AT, Instant.now())
              .execute();
          sql.update(AI_REQUESTS)
              .set(AI_REQUESTS.PARENT_ID, Ids.at(Ids.time(id).minusSeconds(1)))
              .where(AI_REQUESTS.ID.eq(id))
              .execute();
          return sql.deleteFrom(MAINTENANCE).execute();
        });

    assertThat(call("POST", line + "/feedback", "{\"rating\":1}").status()).isEqualTo(404);
    Answer read = call("GET", line, "");
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.body().path("attempts").findValuesAsText("id")).containsExactly(id.toString());
    JsonNode horizons = call("GET", "/rest/v1/retention_horizons", "").body();
    assertThat(horizons.path(0).path("table_name").asText()).isEqualTo("ai_requests");
    JsonNode advice = call("GET", "/api/v1/ai/recommendations", "").body();
    assertThat(Instant.parse(advice.path("ratings_from").asText()))
        .isEqualTo(Ids.time(id).plusMillis(1));
    assertThat(call("GET", "/rest/v1/carried_costs", "").body()).isEmpty();
    assertThat(call("POST", "/rest/v1/carried_periods", "{}").status()).isEqualTo(405);
  }
}
