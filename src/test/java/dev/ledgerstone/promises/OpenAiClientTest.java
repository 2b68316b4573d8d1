package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.StructuredChatCompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java, pointed at a server: it must not notice the difference. */
class OpenAiClientTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final House house;
  private final int port;
  private final OpenAIClient openai;

  OpenAiClientTest() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000 * House.CALL);
    house.has("services", "{ name: small, provider: fake, model: m, retries: 0 }");
    house.has(
        "budgets",
        "{ name: nothing, scope: SERVICE, subject: small, period: YEARLY, limit_usd: 0.000001, hard: true }");
    house.has("services", "{ name: once, provider: fake, model: n, retries: 0 }");
    house.has("limits", "{ subject: MODEL, subject_id: fake/rare, quota: 1, window: 1h }");
    house.has("services", "{ name: rare, provider: fake, model: rare, retries: 0 }");
    house.has("prices", "{ provider: fake, model: rare, input: 0, output: 0 }");
    port = house.open().port();
    openai = client(House.KEY);
  }

  @AfterEach
  void close() throws Exception {
    openai.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl("http://127.0.0.1:" + port + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams.Builder chat(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage("Say ten words.")
        .maxCompletionTokens(10);
  }

  private JsonNode asked() throws IOException {
    return JSON.readTree(house.upstream.received().getLast().body());
  }

  @Test
  void aChat() throws IOException {
    ChatCompletion answer = openai.chat().completions().create(chat("priced").build());

    assertThat(answer.choices().getFirst().message().content()).hasValue(words());
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(20);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(10);
    assertThat(asked().path("model").asText()).isEqualTo("n");
    assertThat(asked().path("max_completion_tokens").asInt()).isEqualTo(10);
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  @Test
  void aStreamTellsUsageToWhoAsksForItAndToNobodyElse() {
    ChatCompletionStreamOptions usage =
        ChatCompletionStreamOptions.builder().includeUsage(true).build();

    List<ChatCompletionChunk> with = stream(chat("priced").streamOptions(usage).build());
    List<ChatCompletionChunk> without = stream(chat("priced").build());

    for (List<ChatCompletionChunk> chunks : List.of(with, without)) {
      assertThat(
              chunks.stream()
                  .flatMap(chunk -> chunk.choices().stream())
                  .map(choice -> choice.delta().content().orElse(""))
                  .collect(Collectors.joining()))
          .isEqualTo(words());
    }
    assertThat(with.getLast().usage().orElseThrow().totalTokens()).isEqualTo(30);
    assertThat(without).noneMatch(chunk -> chunk.usage().isPresent());
    assertThat(house.books.lines()).allMatch(line -> line.getCostNanos() == 40 * House.TOKEN);
  }

  private List<ChatCompletionChunk> stream(ChatCompletionCreateParams params) {
    try (StreamResponse<ChatCompletionChunk> stream =
        openai.chat().completions().createStreaming(params)) {
      return stream.stream().toList();
    }
  }

  private static String words() {
    return java.util.stream.IntStream.range(0, 10)
        .mapToObj(i -> " word" + i)
        .collect(Collectors.joining());
  }

  @Test
  void parallelToolCallsPassThroughBothWays() throws IOException {
    house.upstream.next(
        Script.verbatim(
            "application/json",
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"n","choices":[{"index":0,
             "finish_reason":"tool_calls","logprobs":null,"message":{"role":"assistant","content":null,"refusal":null,
             "tool_calls":[
              {"id":"call_a","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Rome\\"}"}},
              {"id":"call_b","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]}}],
             "usage":{"prompt_tokens":50,"completion_tokens":30,"total_tokens":80}}"""));
    FunctionDefinition weather =
        FunctionDefinition.builder()
            .name("weather")
            .parameters(
                FunctionParameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty(
                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                    .build())
            .build();

    ChatCompletion answer =
        openai
            .chat()
            .completions()
            .create(chat("priced").addFunctionTool(weather).parallelToolCalls(true).build());

    assertThat(answer.choices().getFirst().message().toolCalls().orElseThrow())
        .extracting(call -> call.asFunction().id() + " " + call.asFunction().function().arguments())
        .containsExactly("call_a {\"city\":\"Rome\"}", "call_b {\"city\":\"Oslo\"}");
    assertThat(asked().path("tools").path(0).path("function").path("name").asText())
        .isEqualTo("weather");
    assertThat(asked().path("parallel_tool_calls").asBoolean()).isTrue();
    assertThat(house.books.line().getCostNanos()).isEqualTo((50 + 2 * 30) * House.TOKEN);
  }

  /** What the structured answer is read into. */
  public static final class City {
    public String name = "";
    public int people;
  }

  @Test
  void anAnswerByASchema() throws IOException {
    house.upstream.next(
        Script.verbatim(
            "application/json",
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"n","choices":[{"index":0,
             "finish_reason":"stop","logprobs":null,"message":{"role":"assistant","refusal":null,
             "content":"{\\"name\\":\\"Oslo\\",\\"people\\":717710}"}}],
             "usage":{"prompt_tokens":50,"completion_tokens":30,"total_tokens":80}}"""));
    StructuredChatCompletionCreateParams<City> params =
        chat("priced").responseFormat(City.class).build();

    City city =
        openai.chat().completions().create(params).choices().getFirst().message().content().get();

    assertThat(city.name).isEqualTo("Oslo");
    assertThat(city.people).isEqualTo(717_710);
    assertThat(asked().path("response_format").path("type").asText()).isEqualTo("json_schema");
  }

  @Test
  void embeddings() {
    CreateEmbeddingResponse answer =
        openai
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("priced")
                    .inputOfArrayOfStrings(List.of("one", "two"))
                    .build());

    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().getFirst().embedding()).startsWith(0.5f, -0.5f, 0.25f);
    assertThat(house.books.line().getRequestType()).isEqualTo("EMBEDDING");
  }

  @Test
  void theModels() {
    assertThat(openai.models().list().data())
        .extracting(Model::id)
        .contains("chat", "priced", "steady", "auto");
    assertThat(openai.models().retrieve("chat").id()).isEqualTo("chat");
    assertThat(openai.models().retrieve("auto").ownedBy()).isEqualTo("ledgerstone");
  }

  @Test
  void errorsAreTheClientsOwnTypes() throws Exception {
    OpenAIClient stranger = client("lsk_test_nobody_at_all");
    assertThat(refused(UnauthorizedException.class, stranger, "priced").code())
        .hasValue("invalid_api_key");
    stranger.close();
    assertThat(refused(NotFoundException.class, openai, "no-such-model").code())
        .hasValue("model_not_found");
    assertThat(refused(UnexpectedStatusCodeException.class, openai, "small"))
        .satisfies(
            e -> {
              assertThat(e.statusCode()).isEqualTo(402);
              assertThat(e.code()).hasValue("insufficient_quota");
              assertThat(e.getMessage()).contains("budget nothing");
            });
    openai.chat().completions().create(chat("rare").build());
    assertThat(refused(RateLimitException.class, openai, "rare").headers().values("Retry-After"))
        .isNotEmpty();
    house.upstream.next(Script.htmlError());
    assertThat(refused(InternalServerException.class, openai, "priced").statusCode())
        .isEqualTo(500);
    assertThat(
            catchThrowableOfType(
                    BadRequestException.class,
                    () ->
                        openai
                            .chat()
                            .completions()
                            .create(
                                chat("priced")
                                    .putAdditionalBodyProperty("n", JsonValue.from("many"))
                                    .build()))
                .statusCode())
        .isEqualTo(400);
  }

  private static <E extends OpenAIServiceException> E refused(
      Class<E> as, OpenAIClient client, String model) {
    return catchThrowableOfType(as, () -> client.chat().completions().create(chat(model).build()));
  }
}
