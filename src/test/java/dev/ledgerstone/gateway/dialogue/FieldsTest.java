package dev.ledgerstone.gateway.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.gemini.GeminiFormat;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every field that a format documents, asked of every provider of another format and answered to
 * every client of one: it is carried over, or left out by name, or refused by name, and never lost
 * in silence.
 *
 * <p>A row of {@code formats/fields.tsv} is a request and one of its fields; the request is written
 * with the field and without it. Its outcomes: {@code =} the provider is told something else
 * ({@code =a} and the client that a was left out), {@code -a} it is told the same, and the client
 * that a was left out, {@code !a} refused for field a, {@code .} nobody is told anything. {@code
 * answers.tsv} is the same the other way round. What the official clients know of is taken from
 * their classes: a field that a new version brings has no row, and fails. {@code -Ddocs.write=true}
 * writes the outcomes anew, to be read.
 */
class FieldsTest {
  private static final Path FOLDER = Path.of("src/test/resources/formats");
  private static final UUID CALL = new UUID(1, 2);
  private static final List<String> PROVIDERS = List.of("openai", "anthropic", "gemini");
  private static final List<String> CLIENTS = List.of("openai", "anthropic", "responses");

  /** What says nothing to a model of some provider, or is lost with a whole that is named. */
  private static final Set<String> SILENT =
      Set.of(
          // usual values
          "openai n",
          "openai modalities",
          "responses background",
          "responses service_tier",
          "responses truncation",
          // what the gateway does itself
          "openai stream_options",
          "openai stream_options.include_usage",
          "completions stream_options",
          "responses conversation",
          "responses include",
          "responses previous_response_id",
          "responses store",
          // Gemini is told by the path
          "openai stream",
          "anthropic stream",
          "responses stream",
          // Anthropic and Gemini always keep to a schema
          "openai response_format.json_schema.strict",
          "responses text.format.strict",
          // Anthropic tells thoughts unasked, Gemini does not
          "anthropic thinking.display",
          "responses reasoning.summary",
          "responses reasoning.generate_summary",
          // a thought is left out whole, and named; Gemini's is its signature
          "openai messages.reasoning_details.text",
          "openai messages.reasoning_details.data",
          "openai messages.reasoning_details.signature",
          "anthropic messages.content.signature",
          "anthropic messages.content.data",
          "responses input.summary",
          "responses input.encrypted_content",
          // labels
          "responses input.id",
          "responses input.status");

  /** The same of answers: names of the answer itself, and places in lists of one. */
  private static final Set<String> SILENT_ANSWERS =
      Set.of(
          "openai object",
          "openai created",
          "openai id",
          "openai service_tier",
          "openai system_fingerprint",
          "openai choices.index",
          "openai choices.finish_reason",
          "openai choices.message.role",
          "anthropic id",
          "anthropic role",
          "anthropic stop_reason",
          "anthropic content.caller",
          "gemini responseId",
          "gemini createTime",
          "gemini candidates.index",
          "gemini candidates.finishReason",
          "gemini candidates.tokenCount");

  record Row(String side, String field, List<String> outcomes, ObjectNode body) {
    String name() {
      return side + " " + field;
    }

    String line(List<String> now) {
      return side + "\t" + field + "\t" + String.join("\t", now) + "\t" + body + "\n";
    }

    @Override
    public String toString() {
      return name() + " " + body;
    }
  }

  private static List<Row> rows(String file) {
    try {
      return Files.readAllLines(FOLDER.resolve(file)).stream()
          .skip(1)
          .map(line -> line.split("\t", -1))
          .map(
              cells ->
                  new Row(
                      cells[0],
                      cells[1],
                      List.of(cells[2], cells[3], cells[4]),
                      (ObjectNode) json(cells[5])))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return WireJson.MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  static Stream<Arguments> requests() {
    return rows("fields.tsv").stream().map(Arguments::of);
  }

  static Stream<Arguments> answers() {
    return rows("answers.tsv").stream().map(Arguments::of);
  }

  // ---- requests

  @ParameterizedTest(name = "{0}")
  @MethodSource("requests")
  void aFieldOfARequestIsCarriedOrNamed(Row row) throws IOException {
    List<String> now = PROVIDERS.stream().map(to -> asked(row, to)).toList();
    if (written("fields.tsv", row, now)) {
      return;
    }
    assertThat(now).isEqualTo(row.outcomes);
    if (now.contains(".")) {
      assertThat(SILENT).contains(row.name());
    }
  }

  /** Null where it was refused; with what was left out in {@code losses}. */
  private static byte @Nullable [] write(Row row, String to, JsonNode body, Losses losses) {
    ObjectNode whole = body.deepCopy();
    if (!whole.has("model") && row.body.path("model").isMissingNode()) {
      whole.put("model", "m");
    }
    byte[] bytes = whole.toString().getBytes(UTF_8);
    ClientFormat client =
        switch (row.side) {
          case "openai" -> new OpenAiClient(Endpoint.CHAT_COMPLETIONS);
          case "completions" -> new OpenAiClient(Endpoint.COMPLETIONS);
          case "anthropic" -> AnthropicClient.messages();
          default -> new ResponsesFormat(bytes, whole, List.of(), (_, _, _) -> {});
        };
    ClientRequest request = client.scan(bytes);
    Ask ask = client.read(request);
    losses.drop(ask.others());
    Integer limit = request.maxOutputTokens();
    Destination destination =
        switch (to) {
          case "openai" -> new Destination("OPENAI", "gpt-5", limit, 4000);
          case "anthropic" -> new Destination("ANTHROPIC", "claude-sonnet-4-5", limit, 4000);
          default -> new Destination("GOOGLE", "gemini-2.5-pro", limit, 4000);
        };
    return provider(to).write(ask, destination, Map.of(), losses);
  }

  private static ProviderFormat provider(String name) {
    return switch (name) {
      case "openai" -> new OpenAiFormat();
      case "anthropic" -> new AnthropicFormat();
      default -> new GeminiFormat();
    };
  }

  private static String asked(Row row, String to) {
    if (to.equals(row.side) || (to.equals("openai") && row.side.equals("completions"))) {
      return ""; // passed on as it is
    }
    Losses lost = new Losses();
    byte[] with;
    try {
      with = write(row, to, row.body, lost);
    } catch (ProblemException e) {
      return "!" + e.problem().field();
    }
    Losses lostWithout = new Losses();
    byte[] without;
    try {
      without = write(row, to, without(row), lostWithout);
    } catch (ProblemException e) {
      without = null; // a field that is demanded
    }
    return outcome(with, without, lost, lostWithout);
  }

  private static String outcome(
      byte @Nullable [] with, byte @Nullable [] without, Losses lost, Losses lostWithout) {
    Set<String> dropped = new LinkedHashSet<>(lost.dropped());
    dropped.removeAll(lostWithout.dropped());
    String names = String.join(",", dropped);
    return Arrays.equals(with, without) ? names.isEmpty() ? "." : "-" + names : "=" + names;
  }

  /** The same body without the field, wherever its path leads. */
  private static ObjectNode without(Row row) {
    ObjectNode less = row.body.deepCopy();
    List<String> path = List.of(row.field.split("\\."));
    remove(less, path);
    return less;
  }

  private static void remove(JsonNode node, List<String> path) {
    if (node instanceof ArrayNode list) {
      list.forEach(each -> remove(each, path));
    } else if (node instanceof ObjectNode object && path.size() == 1) {
      object.remove(path.getFirst());
    } else if (node.has(path.getFirst())) {
      remove(node.get(path.getFirst()), path.subList(1, path.size()));
    }
  }

  // ---- answers

  @ParameterizedTest(name = "{0}")
  @MethodSource("answers")
  void aFieldOfAnAnswerIsToldOrNamed(Row row) throws IOException {
    List<String> now = CLIENTS.stream().map(to -> told(row, to)).toList();
    if (written("answers.tsv", row, now)) {
      return;
    }
    assertThat(now).isEqualTo(row.outcomes);
    if (now.contains(".")) {
      assertThat(SILENT_ANSWERS).contains(row.name());
    }
    for (int i = 0; i < CLIENTS.size(); i++) {
      if (!now.get(i).isEmpty() && !now.get(i).equals(".")) {
        assertThat(streamed(row, CLIENTS.get(i)))
            .as("in a stream to %s", CLIENTS.get(i))
            .isNotEqualTo(".");
      }
    }
  }

  private static ClientFormat client(String name) {
    return switch (name) {
      case "openai" -> new OpenAiClient(Endpoint.CHAT_COMPLETIONS);
      case "anthropic" -> AnthropicClient.messages();
      default -> {
        ObjectNode asked = WireJson.MAPPER.createObjectNode().put("model", "m").put("input", "Hi");
        ResponsesFormat format =
            new ResponsesFormat(
                asked.toString().getBytes(UTF_8), asked, List.of(), (_, _, _) -> {});
        format.scan(asked.toString().getBytes(UTF_8));
        yield format;
      }
    };
  }

  private static String told(Row row, String to) {
    if (to.equals(row.side)) {
      return "";
    }
    Losses lost = new Losses();
    Losses lostWithout = new Losses();
    return outcome(
        answer(row, to, row.body, lost),
        answer(row, to, without(row), lostWithout),
        lost,
        lostWithout);
  }

  private static byte @Nullable [] answer(Row row, String to, JsonNode body, Losses losses) {
    return provider(row.side)
        .read(body, losses)
        .map(reply -> client(to).write(reply, new Frame(CALL, "asked", 1, true), losses))
        .orElse(null);
  }

  private static String streamed(Row row, String to) {
    Losses lost = new Losses();
    Losses lostWithout = new Losses();
    return outcome(
        stream(row, to, row.body, lost),
        stream(row, to, without(row), lostWithout),
        lost,
        lostWithout);
  }

  private static byte[] stream(Row row, String to, ObjectNode body, Losses losses) {
    EventReader reader = provider(row.side).events();
    EventWriter writer = client(to).events(new Frame(CALL, "asked", 1, true), losses);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (JsonNode event : events(row.side, body)) {
      byte[] data = event.toString().getBytes(UTF_8);
      reader.read(
          data,
          0,
          data.length,
          said -> {
            if (!(said instanceof StreamEvent.End)) {
              writer.write(said, out);
            }
          });
    }
    writer.write(new StreamEvent.End(), out);
    return out.toByteArray();
  }

  /** An answer in one piece as its provider streams it. */
  private static List<JsonNode> events(String provider, ObjectNode body) {
    return switch (provider) {
      case "openai" -> {
        ObjectNode chunk = body.deepCopy();
        for (JsonNode choice : chunk.path("choices")) {
          if (choice.has("message")) {
            ((ObjectNode) choice).set("delta", ((ObjectNode) choice).remove("message"));
          }
        }
        yield List.of(chunk);
      }
      case "gemini" -> List.of(body);
      default -> messages(body);
    };
  }

  private static List<JsonNode> messages(ObjectNode body) {
    List<JsonNode> events = new ArrayList<>();
    ObjectNode end = WireJson.MAPPER.createObjectNode().put("type", "message_delta");
    ObjectNode delta = end.putObject("delta");
    ObjectNode begin = body.deepCopy();
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      switch (member.getKey()) {
        case "id", "type", "role", "model" -> {}
        case "content" -> begin.putArray("content");
        case "usage" -> end.set("usage", begin.remove("usage"));
        case "stop_reason", "stop_sequence", "stop_details", "container" ->
            delta.set(member.getKey(), begin.remove(member.getKey()));
        default -> end.set(member.getKey(), begin.remove(member.getKey()));
      }
    }
    events.add(event("message_start").set("message", begin));
    for (JsonNode block : body.path("content")) {
      events.add(event("content_block_start").set("content_block", block));
      if (block.has("citations")) {
        events.add(delta("citations_delta", "citation", block.path("citations").path(0)));
      }
      if (block.has("signature")) {
        events.add(delta("signature_delta", "signature", block.path("signature")));
      }
      events.add(event("content_block_stop"));
    }
    events.add(end);
    return events;
  }

  private static ObjectNode event(String type) {
    return WireJson.MAPPER.createObjectNode().put("type", type).put("index", 0);
  }

  private static ObjectNode delta(String type, String field, JsonNode value) {
    ObjectNode event = event("content_block_delta");
    event.putObject("delta").put("type", type).set(field, value);
    return event;
  }

  // ---- what there is

  @Test
  void everyFieldThatTheOfficialClientsKnowHasARow() {
    assertThat(ClientFields.asked()).hasSizeGreaterThan(150).isSubsetOf(names("fields.tsv"));
    assertThat(ClientFields.answered()).hasSizeGreaterThan(20).isSubsetOf(names("answers.tsv"));
  }

  private static Set<String> names(String file) {
    Set<String> names = new LinkedHashSet<>();
    rows(file).forEach(row -> names.add(row.name()));
    return names;
  }

  // ---- rows that are written anew

  private static boolean written(String file, Row row, List<String> now) throws IOException {
    if (!Boolean.getBoolean("docs.write")) {
      return false;
    }
    List<String> lines = new ArrayList<>(Files.readAllLines(FOLDER.resolve(file)));
    String before = row.line(row.outcomes).strip();
    lines.replaceAll(line -> line.equals(before) ? row.line(now).strip() : line);
    Files.write(FOLDER.resolve(file), lines);
    return true;
  }
}
