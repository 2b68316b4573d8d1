package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.ledger.Reconciliation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The demo's steps, made as a client makes them: over HTTP, with a key. Each one checks what it
 * shows.
 */
final class Demo {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> DOCUMENTS = List.of("lease.txt", "kettle.txt", "meeting.txt");
  private static final int CALLS_PAID = 5;

  /** A step that did not come out as it should. */
  private static final class Failed extends Exception {
    private Failed(String why) {
      super(why);
    }
  }

  @FunctionalInterface
  private interface Step {
    /** Returns what to tell of it. */
    String run() throws Failed, IOException, InterruptedException;
  }

  private final Server server;
  private final String key;
  private final String poorKey;
  private final Main main;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, String> documents = new LinkedHashMap<>();

  /** Below every id that the demo's calls get. */
  private final UUID begin = Ids.next();

  private boolean isWell = true;

  Demo(Server server, String key, String poorKey, Main main) {
    this.server = server;
    this.key = key;
    this.poorKey = poorKey;
    this.main = main;
    DOCUMENTS.forEach(name -> documents.put(name, resource(name)));
  }

  private static String resource(String name) {
    try (InputStream in = Demo.class.getResourceAsStream("/demo/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the server was built without demo/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs all steps; returns whether all came out well. */
  boolean run() throws InterruptedException {
    step("embeddings of three documents", this::embeddings);
    step("an answer quoted from them", this::answer);
    step("an answer, streamed", this::stream);
    step("a question that nothing bears on", this::nothing);
    step("a repeat with the same Idempotency-Key", this::repeat);
    step("a call over its budget", this::overBudget);
    step("the ledger", this::ledger);
    step("reconcile", this::reconcile);
    client.close();
    return isWell;
  }

  private void step(String title, Step step) throws InterruptedException {
    main.say("");
    try {
      String told = step.run();
      if (!told.isEmpty()) {
        main.say(told.indent(4).stripTrailing());
      }
      main.say("ok  " + title);
    } catch (Failed | IOException e) {
      isWell = false;
      main.say("FAILED  " + title + ": " + e.getMessage());
    }
  }

  private String embeddings() throws Failed, IOException, InterruptedException {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", "local/all-minilm-l6-v2");
    documents.values().forEach(body.putArray("input")::add);
    HttpResponse<String> response = post("/v1/embeddings", body, key, null);
    JsonNode answer = ok(response);
    check(answer.path("data").size() == documents.size(), "not a vector for each document");
    int length = answer.path("data").path(0).path("embedding").size();
    check(length == 384, "a vector has " + length + " numbers");
    return documents.size() + " vectors of " + length + " numbers" + cost(response);
  }

  private String answer() throws Failed, IOException, InterruptedException {
    String question = "How much is the security deposit?";
    HttpResponse<String> response = post("/v1/chat/completions", chat(question), key, null);
    JsonNode message = ok(response).path("choices").path(0).path("message");
    JsonNode quotes = message.path("ledgerstone").path("quotes");
    return question + "\n" + quoted(quotes, "lease.txt", "1,880 euros") + cost(response);
  }

  private String stream() throws Failed, IOException, InterruptedException {
    String question = "How often must limescale be removed?";
    HttpResponse<String> response =
        post("/v1/chat/completions", chat(question).put("stream", true), key, null);
    check(response.statusCode() == 200, "status " + response.statusCode());
    JsonNode quotes = JsonNodeFactory.instance.missingNode();
    int chunks = 0;
    boolean isDone = false;
    String cost = "";
    for (String line : response.body().lines().toList()) {
      if (line.equals("data: [DONE]")) {
        isDone = true;
      } else if (line.startsWith("data: ")) {
        chunks++;
        JsonNode delta =
            json(line.substring("data: ".length())).path("choices").path(0).path("delta");
        quotes = delta.has("ledgerstone") ? delta.path("ledgerstone").path("quotes") : quotes;
      } else if (line.startsWith(": cost")) {
        cost = line.substring(line.indexOf('=') + 1);
      }
    }
    check(isDone, "the stream did not end in [DONE]");
    check(!cost.isEmpty(), "the stream did not tell its cost");
    return question
        + "\n"
        + quoted(quotes, "kettle.txt", "every four weeks")
        + "\n"
        + chunks
        + " chunks\n"
        + told(cost);
  }

  private String nothing() throws Failed, IOException, InterruptedException {
    String question = "Which chess opening did the world champion play in 1972?";
    HttpResponse<String> response = post("/v1/chat/completions", chat(question), key, null);
    JsonNode message = ok(response).path("choices").path(0).path("message");
    check(
        message.path("ledgerstone").path("quotes").isEmpty(),
        "something was quoted that has nothing to do with it");
    return question + "\n" + message.path("content").asText() + cost(response);
  }

  private String repeat() throws Failed, IOException, InterruptedException {
    ObjectNode body = chat("Who orders the forklift?");
    String name = "demo-" + begin;
    HttpResponse<String> first = post("/v1/chat/completions", body, key, name);
    ok(first);
    HttpResponse<String> second = post("/v1/chat/completions", body, key, name);
    ok(second);
    check(first.body().equals(second.body()), "the repeat got another answer");
    return "the same answer, paid once" + cost(first);
  }

  private String overBudget() throws Failed, IOException, InterruptedException {
    HttpResponse<String> response =
        post("/v1/chat/completions", chat("What is the rent?"), poorKey, null);
    JsonNode error = json(response.body()).path("error");
    check(response.statusCode() == 402, "status " + response.statusCode());
    check(error.path("code").asText().equals("insufficient_quota"), "code " + error.path("code"));
    return "402 " + error.path("code").asText() + ": " + error.path("message").asText();
  }

  private String ledger() throws Failed {
    List<AiRequestsRecord> lines =
        server
            .database()
            .read(
                sql ->
                    List.copyOf(
                        sql.selectFrom(AI_REQUESTS)
                            .where(AI_REQUESTS.ID.gt(begin))
                            .orderBy(AI_REQUESTS.ID)
                            .fetch()));
    Rows rows = Rows.of("id", "type", "model", "in", "out", "nanos", "cost", "status");
    for (AiRequestsRecord line : lines) {
      rows.add(
          line.getId(),
          line.getRequestType(),
          line.getProvider() + "/" + line.getModel(),
          line.getInputTokens(),
          line.getOutputTokens(),
          line.getCostNanos(),
          Money.dollars(line.getCostNanos()),
          line.getStatus());
    }
    check(lines.size() == CALLS_PAID, lines.size() + " lines, not " + CALLS_PAID);
    check(
        lines.stream()
            .allMatch(line -> line.getStatus().equals("COMPLETED") && line.getCostNanos() > 0),
        "a line is not completed, or cost nothing");
    return rows.table();
  }

  private String reconcile() throws Failed {
    Reconciliation.Report report = Reconciliation.run(server.database(), _ -> {});
    ReconcileCommand.print(report, main);
    check(report.isClean(), report.differences() + " differences");
    return "";
  }

  private ObjectNode chat(String question) {
    StringBuilder content = new StringBuilder();
    documents.forEach(
        (name, text) ->
            content
                .append("<document name=\"")
                .append(name)
                .append("\">\n")
                .append(text)
                .append("\n</document>\n"));
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", "local/extract");
    body.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", content.append('\n').append(question).toString());
    return body;
  }

  /** Shows the best quote, having looked it up in its document by its offsets. */
  private String quoted(JsonNode quotes, String document, String part) throws Failed {
    JsonNode best = quotes.path(0);
    String text = best.path("text").asText();
    int start = best.path("start").asInt();
    int end = best.path("end").asInt();
    check(best.path("document").asText().equals(document), "not quoted from " + document);
    check(text.contains(part), "quoted “" + text + "”");
    String source = documents.getOrDefault(document, "");
    check(
        end <= source.length() && source.substring(start, end).equals(text),
        "the quote is not at its offsets");
    return "“" + text + "”\n" + document + ", " + start + " to " + end;
  }

  private HttpResponse<String> post(
      String path, ObjectNode body, String as, @Nullable String idempotencyKey)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(Duration.ofMinutes(2))
            .header("Authorization", "Bearer " + as)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    if (idempotencyKey != null) {
      request.header("Idempotency-Key", idempotencyKey);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode ok(HttpResponse<String> response) throws Failed, IOException {
    check(response.statusCode() == 200, "status " + response.statusCode() + ": " + response.body());
    return json(response.body());
  }

  private static JsonNode json(String text) throws Failed {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new Failed("not JSON: " + e.getOriginalMessage());
    }
  }

  private static String cost(HttpResponse<String> response) {
    return response
        .headers()
        .firstValue("x-cost-nanos")
        .map(nanos -> "\n" + told(nanos))
        .orElse("");
  }

  private static String told(String nanos) {
    return "cost " + nanos + " nanos (" + Money.dollars(Long.parseLong(nanos)) + ")";
  }

  private static void check(boolean isSo, String otherwise) throws Failed {
    if (!isSo) {
      throw new Failed(otherwise);
    }
  }
}
