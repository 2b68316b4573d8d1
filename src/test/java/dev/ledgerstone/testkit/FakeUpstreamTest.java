package dev.ledgerstone.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.ledgerstone.testkit.Script.UsageIn;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fake must speak OpenAI's format as OpenAI's own client reads it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FakeUpstreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private FakeUpstream upstream;
  private HttpClient http;

  @BeforeAll
  void start() {
    upstream = FakeUpstream.start();
    http = HttpClient.newHttpClient();
  }

  @AfterAll
  void stop() throws Exception {
    http.close();
    upstream.close();
  }

  @Test
  void theClientOfOpenAiReadsItsAnswers() {
    OpenAIClient client =
        OpenAIOkHttpClient.builder().apiKey("sk-x").baseUrl(upstream.baseUrl()).build();
    var chat =
        ChatCompletionCreateParams.builder()
            .model("fake:in=7,out=3")
            .addUserMessage("hello")
            .build();
    var completion = client.chat().completions().create(chat);
    assertThat(completion.choices().getFirst().message().content().orElseThrow())
        .startsWith(" word0 word1");
    assertThat(completion.usage().orElseThrow().promptTokens()).isEqualTo(7);
    assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(3);
    StringBuilder text = new StringBuilder();
    try (var stream = client.chat().completions().createStreaming(chat)) {
      stream.stream()
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    assertThat(text.toString()).startsWith(" word0 word1").endsWith(" word9");
    var embeddings =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("e")
                    .inputOfArrayOfStrings(List.of("a", "b"))
                    .build());
    assertThat(embeddings.data()).hasSize(2);
    assertThat(embeddings.data().getFirst().embedding()).hasSize(8);
    client.close();
  }

  @ParameterizedTest
  @CsvSource({
    "AS_ASKED, true, 1, 10, 1",
    "AS_ASKED, false, 0, 0, 0",
    "MISSING, true, 0, 0, 0",
    "ZERO, true, 1, 0, 1",
    "LAST_CHUNK, false, 1, 10, 0",
    "EVERY_CHUNK, false, 11, 10, 0"
  })
  void usageInAStreamIsWhereTheScriptSays(
      UsageIn where, boolean isAsked, int chunks, long lastTokens, int withoutChoice)
      throws Exception {
    upstream.on("usage", Script.answer().usage(where));
    String asked = isAsked ? ",\"stream_options\":{\"include_usage\":true}" : "";
    String body = post("/chat/completions", "{\"model\":\"usage\",\"stream\":true" + asked + "}");
    List<JsonNode> usages = new ArrayList<>();
    int empty = 0;
    for (String event : body.split("\n\n")) {
      if (!event.equals("data: [DONE]")) {
        JsonNode chunk = JSON.readTree(event.substring("data: ".length()));
        if (chunk.has("usage")) {
          usages.add(chunk.get("usage"));
        }
        empty += chunk.get("choices").isEmpty() ? 1 : 0;
      }
    }
    assertThat(usages).hasSize(chunks);
    assertThat(empty).isEqualTo(withoutChoice);
    if (chunks > 0) {
      assertThat(usages.getLast().get("completion_tokens").asLong()).isEqualTo(lastTokens);
    }
  }

  @ParameterizedTest
  @CsvSource({"AS_ASKED, 10", "MISSING, -1", "ZERO, 0"})
  void usageInAFixedAnswerIsWhatTheScriptSays(UsageIn where, long tokens) throws Exception {
    upstream.on("fixed", Script.answer().usage(where));
    for (String path : List.of("/chat/completions", "/completions", "/embeddings")) {
      JsonNode answer = JSON.readTree(post(path, "{\"model\":\"fixed\"}"));
      assertThat(answer.path("usage").path("completion_tokens").asLong(-1)).isEqualTo(tokens);
    }
  }

  @Test
  void completionsStreamText() throws Exception {
    String body = post("/completions", "{\"model\":\"c\",\"stream\":true}");
    assertThat(body).contains("\"object\":\"text_completion\"").contains("\"text\":\" word9\"");
  }

  @Test
  void queuedScriptsComeFirstAndOnce() throws Exception {
    upstream.on("q", Script.answer().tokens(1, 1)).next(Script.unauthorized());
    assertThat(post("/chat/completions", "{\"model\":\"q\"}")).contains("invalid_api_key");
    assertThat(post("/chat/completions", "{\"model\":\"q\"}")).contains("\"total_tokens\":2");
    assertThat(post("/chat/completions", "{\"model\":\"fake:wrong=1\"}"))
        .contains("no part named wrong");
  }

  @Test
  void inAProcessOfItsOwnItTellsItsPortAndKeepsWhatItServed(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("served");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                FakeUpstream.class.getName(),
                "--served",
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String base = "http://127.0.0.1:" + Integer.parseInt(lines.readLine()) + "/v1";
      send(base, "/chat/completions", "{\"model\":\"a\"}", "first");
      send(base, "/chat/completions", "{\"model\":\"a\",\"stream\":true}", "second");
      FakeUpstream.await(() -> lines(file).size() == 2);
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    assertThat(lines(file)).containsExactly("first", "second");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (java.io.IOException e) {
      return List.of();
    }
  }

  private String post(String path, String body) throws Exception {
    return send(upstream.baseUrl(), path, body, "");
  }

  private String send(String base, String path, String body, String id) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("X-Client-Request-Id", id)
            .POST(BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }
}
