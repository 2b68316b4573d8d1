package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** OpenAI's own client in front of Gemini's own API, and of the OpenAI-compatible one. */
class GeminiClientTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final House house;
  private final OpenAIClient openai;
  private final Client plain;

  GeminiClientTest() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000_000);
    String base = "http://127.0.0.1:" + house.upstream.port() + "/v1beta";
    house.has(
        "providers", "{ name: gem, provider: GOOGLE, api_key: k, base_url: \"" + base + "\" }");
    house.has(
        "providers",
        "{ name: compat, provider: GOOGLE, api_key: k, base_url: \"" + base + "/openai\" }");
    house.has("prices", "{ provider: gem, model: flash, input: 1, output: 2 }");
    house.has("prices", "{ provider: compat, model: flash, input: 1, output: 2 }");
    house.has("prices", "{ provider: gem, model: vectors, input: 1, output: 0 }");
    plain = house.client(house.open());
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + plain.port() + "/v1")
            .apiKey(House.KEY)
            .maxRetries(0)
            .build();
  }

  @AfterEach
  void close() throws Exception {
    openai.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private static ChatCompletionCreateParams chat(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage("Which city?")
        .maxCompletionTokens(100)
        .build();
  }

  private String path() {
    return house.upstream.received().getLast().path();
  }

  private JsonNode asked() throws IOException {
    return JSON.readTree(house.upstream.received().getLast().body());
  }

  @Test
  void aChat() throws IOException {
    house.upstream.next(
        Script.verbatim(
            "application/json",
            """
            {"responseId":"g","modelVersion":"flash-001","candidates":[{"finishReason":"STOP","content":
             {"parts":[{"text":"Paris."}]}}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":10,
             "cachedContentTokenCount":4,"totalTokenCount":30}}"""));

    ChatCompletion answer = openai.chat().completions().create(chat("gem/flash"));

    assertThat(answer.choices().getFirst().message().content()).hasValue("Paris.");
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(10);
    assertThat(path()).isEqualTo("/v1beta/models/flash:generateContent");
    assertThat(asked().at("/generationConfig/maxOutputTokens").asInt()).isEqualTo(100);
    assertThat(house.books.line().getCachedTokens()).isEqualTo(4);
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  @Test
  void aStream() {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            """
            data: {"candidates":[{"content":{"parts":[{"text":"Pa"}]}}]}

            data: {"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"ris."}]}}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":10,"totalTokenCount":30}}

            """));

    try (StreamResponse<ChatCompletionChunk> stream =
        openai.chat().completions().createStreaming(chat("gem/flash"))) {
      assertThat(
              stream.stream()
                  .flatMap(chunk -> chunk.choices().stream())
                  .map(choice -> choice.delta().content().orElse(""))
                  .collect(Collectors.joining()))
          .isEqualTo("Paris.");
    }
    assertThat(house.books.line().getStatus()).isEqualTo("COMPLETED");
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  @Test
  void aStreamThatIsCutIsNoSuccess() throws InterruptedException {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Pa\"}]}}]}\n\n"));

    assertThatThrownBy(
            () -> {
              try (StreamResponse<ChatCompletionChunk> stream =
                  openai.chat().completions().createStreaming(chat("gem/flash"))) {
                stream.stream().toList();
              }
            })
        .hasMessageContaining("cut its stream off");
    house.books.awaitSettled(Duration.ofSeconds(5));
    assertThat(house.books.line().getStatus()).isEqualTo("FAILED");
    assertThat(house.books.line().getUsageSource()).isEqualTo("ESTIMATED");
  }

  @Test
  void theCompatibleApiIsSpokenToInOpenAisFormat() {
    openai.chat().completions().create(chat("compat/flash"));

    assertThat(path()).isEqualTo("/v1beta/openai/chat/completions");
  }

  @Test
  void embeddings() throws IOException {
    house.upstream.next(
        Script.verbatim(
            "application/json", "{\"embeddings\":[{\"values\":[0.5,-0.5]},{\"values\":[1,2]}]}"));

    CreateEmbeddingResponse answer =
        openai
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("gem/vectors")
                    .dimensions(2)
                    .inputOfArrayOfStrings(List.of("one", "two"))
                    .build());

    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().getFirst().embedding()).containsExactly(0.5f, -0.5f);
    assertThat(path()).isEqualTo("/v1beta/models/vectors:batchEmbedContents");
    assertThat(asked().path("requests"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"model":"models/vectors","content":{"parts":[{"text":"one"}]},"outputDimensionality":2},
                 {"model":"models/vectors","content":{"parts":[{"text":"two"}]},"outputDimensionality":2}]"""));
    assertThat(house.books.line().getUsageSource()).isEqualTo("ESTIMATED");
    assertThat(house.books.line().getCostNanos()).isPositive();
  }

  @Test
  void whatItsEmbeddingsHaveNoWordForIsNamed() throws Exception {
    house.upstream.next(
        Script.verbatim("application/json", "{\"embeddings\":[{\"values\":[0.5]}]}"));

    Reply reply =
        plain.post(
            "/v1/embeddings",
            "{\"model\":\"gem/vectors\",\"input\":\"one\",\"user\":\"u\",\"encoding_format\":\"float\"}");

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.headers().get("x-dropped")).isEqualTo("user");
  }

  @Test
  void whatItsOwnApiDoesNotHaveIsRefused() {

    assertThatThrownBy(
            () ->
                openai
                    .images()
                    .generate(
                        ImageGenerateParams.builder().model("gem/flash").prompt("a cat").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("does not serve /images/generations");
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void anErrorIsTheClientsOwnType() {
    house.upstream.next(
        Script.error(
            400,
            "application/json",
            "{\"error\":{\"code\":400,\"message\":\"bad schema\",\"status\":\"INVALID_ARGUMENT\"}}"));

    assertThatThrownBy(() -> openai.chat().completions().create(chat("gem/flash")))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("bad schema");
    assertThat(house.books.line().getCostNanos()).isZero();
  }
}
