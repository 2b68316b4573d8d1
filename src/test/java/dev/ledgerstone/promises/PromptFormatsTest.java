package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Prompts and agents in every format of clients, with every format of providers, in one piece and
 * as a stream: what the provider hears is what the prompt says, and what the agent allows.
 */
class PromptFormatsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String GUIDE =
      """
      [{"role":"system","content":"Be {{tone}}."},
       {"role":"user","content":[{"type":"text","text":"Look at {{place}}"},
         {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},
         {"type":"image_url","image_url":{"url":"https://example.org/{{tone}}.png"}},
         {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]},
       {"role":"assistant","content":"Looking.","tool_calls":[
         {"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\\"location\\":\\"{{place}}\\"}"}},
         {"id":"call_2","type":"function","function":{"name":"get_weather","arguments":"{\\"location\\":\\"Bonn\\"}"}}]},
       {"role":"tool","tool_call_id":"call_1","content":"4 degrees in {{place}}"},
       {"role":"tool","tool_call_id":"call_2","content":"9 degrees"}]""";

  private static final String HEARD =
      """
      system: Be kind.
      user: Look at Os"lo|[image data:image/png;base64,iVBORw0KGgo=]|[image https://example.org/kind.png]|[file a.pdf data:application/pdf;base64,JVBERi0=]
      assistant: Looking.
      call call_1 get_weather{"location":"Os\\"lo"}
      call call_2 get_weather{"location":"Bonn"}
      result call_1: 4 degrees in Os"lo
      result call_2: 9 degrees
      user: And Rome?
      limit 2000""";

  private static final String TOOL =
      "{\"type\":\"object\",\"properties\":{\"location\":{\"type\":\"string\"}},\"required\":[\"location\"]}";

  private static House house;
  private static Client client;
  private static final Map<String, String> SERVICES = new HashMap<>();

  @BeforeAll
  static void open() throws Exception {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(ProviderSide.FORMATS, "retries: 0");
    client = house.client(house.open());
    for (JsonNode service : client.get("/rest/v1/ai_service_configs?select=id,name").json()) {
      SERVICES.put(service.path("name").asText(), service.path("id").asText());
    }
    prompt("guide", GUIDE, "[\"tone\", \"place\"]");
    prompt(
        "sound",
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hear {{name}}\"},"
            + "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklGRg==\",\"format\":\"wav\"}}]}]",
        "[\"name\"]");
    for (ProviderSide provider : ProviderSide.FORMATS) {
      ObjectNode agent =
          (ObjectNode)
              JSON.readTree(
                  """
                  {"system_prompt":"You are a clerk.","temperature":0.5,
                   "limits":{"max_output_tokens":50,"max_steps":2,"max_cost_nanos":1000000000}}""");
      agent
          .put("name", "clerk-" + provider.folder)
          .put("service_config_id", SERVICES.get("s-" + provider.folder));
      agent
          .putArray("tools")
          .addObject()
          .put("type", "function")
          .putObject("function")
          .put("name", "get_weather")
          .put("description", "Weather of a place")
          .set("parameters", JSON.readTree(TOOL));
      insert("agents", agent.toString());
    }
    Await.until(
        "the server has read the last agent",
        Duration.ofSeconds(10),
        PromptFormatsTest::isLastAgentListed);
  }

  private static boolean isLastAgentListed() {
    try {
      return client.get("/v1/models").text().contains("agent/clerk-gemini");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String insert(String table, String row) throws InterruptedException {
    Reply made = client.post("/rest/v1/" + table, row, Map.of("Prefer", "return=representation"));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.json().path(0).path("id").asText();
  }

  private static void prompt(String name, String body, String variables) throws Exception {
    String template = insert("prompt_templates", "{\"name\":\"" + name + "\"}");
    ObjectNode version =
        JSON.createObjectNode().put("template_id", template).put("number", 1).put("body", body);
    version.set("variables", JSON.readTree(variables));
    insert("prompt_versions", version.toString());
  }

  @AfterAll
  static void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  static Stream<Arguments> pairs() {
    List<Arguments> rows = new ArrayList<>();
    for (ClientSide client : ClientSide.values()) {
      for (ProviderSide provider : ProviderSide.FORMATS) {
        for (boolean isStream : new boolean[] {false, true}) {
          rows.add(Arguments.of(client, provider, isStream));
        }
      }
    }
    return rows.stream();
  }

  /**
   * A request in a client's format.
   *
   * @param said what the user says; items of the format as JSON
   */
  private static String request(
      ClientSide from, String model, boolean isStream, int limit, String said, String more) {
    String turns = from == ClientSide.RESPONSES ? "input" : "messages";
    String most = from == ClientSide.RESPONSES ? "max_output_tokens" : "max_tokens";
    return "{\"model\":\"%s\",\"stream\":%s,\"%s\":%d,\"%s\":[%s]%s}"
        .formatted(model, isStream, most, limit, turns, said, more);
  }

  private static String user(String text) {
    return "{\"role\":\"user\",\"content\":\"" + text + "\"}";
  }

  private static String heard(ProviderSide to) {
    byte[] body = house.upstream.received().getLast().body();
    // A message of results alone is a turn in which the user says nothing.
    return String.join("\n", to.heard(ClientSide.json(new String(body, UTF_8))))
        .replace("\nuser: \n", "\n");
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void aPromptOfToolsAndPicturesIsHeardWhole(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    house.upstream.next(Traffic.answer(to.folder, "text", isStream));

    Reply reply =
        client.post(
            from.path,
            request(
                from,
                "s-" + to.folder,
                isStream,
                2000,
                user("And Rome?"),
                ",\"prompt\":{\"name\":\"guide\",\"variables\":{\"tone\":\"kind\",\"place\":\"Os\\\"lo\"}}"));

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(heard(to)).isEqualTo(to.canHear(HEARD));
    Said said = from.understand(reply);
    assertThat(said.isEnded).isTrue();
    assertThat(said.text).isEqualTo("Grüße! How can I help?");
    assertThat(house.books.line(reply.id()).getPromptVersionId()).isNotNull();
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void soundIsHeardOrRefusedByItsName(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    if (from != ClientSide.ANTHROPIC && to != ProviderSide.ANTHROPIC) {
      house.upstream.next(Traffic.answer(to.folder, "text", isStream));
    }

    Reply reply =
        client.post(
            from.path,
            request(
                from,
                "s-" + to.folder,
                isStream,
                2000,
                user("Well?"),
                ",\"prompt\":{\"name\":\"sound\",\"variables\":{\"name\":\"Ann\"}}"));

    if (from == ClientSide.ANTHROPIC) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(from.understand(reply).error)
          .contains("the prompt holds sound, which Anthropic's Messages have no word for");
    } else if (to == ProviderSide.ANTHROPIC) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(from.understand(reply).error).contains("Anthropic's format has no audio");
    } else {
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      assertThat(heard(to))
          .startsWith(
              "user: Hear Ann|"
                  + (to == ProviderSide.OPENAI
                      ? "[sound wav UklGRg==]"
                      : "[file data:audio/wav;base64,UklGRg==]"));
    }
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void anAgentsToolsAndLimitsActInEveryFormat(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    house.upstream.next(Traffic.answer(to.folder, "tools", isStream));
    String agent = "agent/clerk-" + to.folder;

    Reply reply = client.post(from.path, request(from, agent, isStream, 2000, user("Hi"), ""));

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(heard(to))
        .isEqualTo(
            to.canHear(
                "system: You are a clerk.\nuser: Hi\nlimit 50\ntemperature 0.5\ntool get_weather Weather of a place "
                    + TOOL));
    Said said = from.understand(reply);
    assertThat(said.isEnded).isTrue();
    assertThat(said.calls)
        .containsExactly(
            "call_a get_weather{\"location\":\"Paris\"}",
            "call_b get_weather{\"location\":\"Rome\"}");
    assertThat(house.books.line(reply.id()).getAgentId()).isNotNull();

    int before = house.upstream.received().size();
    Reply strange =
        client.post(
            from.path,
            request(
                from, agent, isStream, 2000, user("Hi"), ",\"tools\":[%s]".formatted(tool(from))));
    assertThat(strange.status()).isEqualTo(400);
    assertThat(from.understand(strange).error).contains("has no tool rm");
    Reply far =
        client.post(
            from.path,
            request(from, agent, isStream, 2000, user("Hi") + step(from, 1) + step(from, 2), ""));
    assertThat(far.status()).isEqualTo(403);
    assertThat(from.understand(far).error).contains("2");
    assertThat(house.upstream.received()).hasSize(before);
  }

  private static String tool(ClientSide from) {
    return switch (from) {
      case OPENAI -> "{\"type\":\"function\",\"function\":{\"name\":\"rm\"}}";
      case ANTHROPIC -> "{\"name\":\"rm\",\"input_schema\":{\"type\":\"object\"}}";
      case RESPONSES -> "{\"type\":\"function\",\"name\":\"rm\",\"parameters\":{}}";
    };
  }

  /** A call of the agent's tool, and what it gave back. */
  private static String step(ClientSide from, int number) {
    String form =
        switch (from) {
          case OPENAI ->
              """
              ,{"role":"assistant","content":null,"tool_calls":[{"id":"c%1$d","type":"function",
               "function":{"name":"get_weather","arguments":"{}"}}]},
               {"role":"tool","tool_call_id":"c%1$d","content":"cold"}""";
          case ANTHROPIC ->
              """
              ,{"role":"assistant","content":[{"type":"tool_use","id":"c%1$d","name":"get_weather","input":{}}]},
               {"role":"user","content":[{"type":"tool_result","tool_use_id":"c%1$d","content":"cold"}]}""";
          case RESPONSES ->
              """
              ,{"type":"function_call","call_id":"c%1$d","name":"get_weather","arguments":"{}"},
               {"type":"function_call_output","call_id":"c%1$d","output":"cold"}""";
        };
    return form.formatted(number);
  }

  @Test
  void anAgentsStepsCountAcrossResponsesThatFollowOneAnother() throws Exception {
    String agent = "agent/clerk-openai";
    String previous = "";
    for (int i = 1; i <= 3; i++) {
      house.upstream.on("m", Traffic.answer("openai", "tools", false));
      String input =
          i == 1
              ? user("Hi")
              : """
                {"type":"function_call_output","call_id":"call_a","output":"cold"},
                {"type":"function_call_output","call_id":"call_b","output":"cold"}""";
      Reply reply =
          client.post(
              ClientSide.RESPONSES.path,
              request(ClientSide.RESPONSES, agent, false, 100, input, previous));
      assertThat(reply.status()).as("step " + i + ": " + reply.text()).isEqualTo(i < 3 ? 200 : 403);
      previous = ",\"previous_response_id\":\"" + reply.json().path("id").asText() + "\"";
    }
  }
}
