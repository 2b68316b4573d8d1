package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.models.ModelInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Anthropic's, OpenAI's and LangChain4j's clients for Java, pointed at a server whose providers
 * speak either format: none of them notices the difference.
 */
class FormatClientsTest {
  private static final String HELLO = "Grüße! How can I help?";

  private static House house;
  private static int port;
  private static AnthropicClient anthropic;
  private static OpenAIClient openai;

  @BeforeAll
  static void open() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(List.of(ProviderSide.values()), "retries: 0");
    house.has(
        "services",
        "{ name: poor-anthropic, provider: p-anthropic, model: claude-sonnet-4-5, retries: 0 }");
    house.has(
        "services",
        "{ name: rare-anthropic, provider: p-anthropic, model: claude-sonnet-4-5-rare, retries: 0 }");
    house.has(
        "prices", "{ provider: p-anthropic, model: claude-sonnet-4-5-rare, input: 1, output: 2 }");
    house.has(
        "budgets",
        "{ name: nothing, scope: SERVICE, subject: poor-anthropic, period: YEARLY, limit_usd: 0.000001, hard: true }");
    house.has(
        "limits",
        "{ subject: MODEL, subject_id: p-anthropic/claude-sonnet-4-5-rare, quota: 1, window: 1h }");
    port = house.open().port();
    anthropic = anthropic(House.KEY);
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(House.KEY)
            .maxRetries(0)
            .build();
  }

  private static AnthropicClient anthropic(String key) {
    return AnthropicOkHttpClient.builder()
        .baseUrl("http://127.0.0.1:" + port)
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  @AfterAll
  static void close() throws Exception {
    anthropic.close();
    openai.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private static MessageCreateParams.Builder ask(String model) {
    return MessageCreateParams.builder().model(model).maxTokens(2000).addUserMessage("Hallo");
  }

  private static void next(ProviderSide side, String name, boolean isStream) {
    house.upstream.next(Traffic.answer(side.traffic(), name, isStream));
  }

  @ParameterizedTest
  @EnumSource
  void anthropicsClientAsks(ProviderSide side) {
    next(side, "text", false);

    Message message = anthropic.messages().create(ask("s-" + side.folder).build());

    assertThat(message.content().getFirst().asText().text()).isEqualTo(HELLO);
    assertThat(message.stopReason()).contains(StopReason.END_TURN);
    assertThat(message.usage().inputTokens()).isEqualTo(20);
    assertThat(message.usage().cacheReadInputTokens()).hasValue(10L);
    assertThat(message.usage().outputTokens()).isEqualTo(12);
  }

  @ParameterizedTest
  @EnumSource
  void anthropicsClientCallsToolsInAStream(ProviderSide side) {
    next(side, "tools", true);
    Tool tool =
        Tool.builder()
            .name("get_weather")
            .inputSchema(
                Tool.InputSchema.builder()
                    .putAdditionalProperty(
                        "properties", JsonValue.from(Map.of("location", Map.of("type", "string"))))
                    .build())
            .build();

    MessageAccumulator whole = MessageAccumulator.create();
    try (var stream =
        anthropic.messages().createStreaming(ask("s-" + side.folder).addTool(tool).build())) {
      stream.stream().forEach((RawMessageStreamEvent event) -> whole.accumulate(event));
    }

    Message message = whole.message();
    List<ToolUseBlock> calls =
        message.content().stream().flatMap(block -> block.toolUse().stream()).toList();
    assertThat(calls).extracting(ToolUseBlock::id).containsExactly("call_a", "call_b");
    Map<?, ?> input = calls.getLast()._input().convert(Map.class);
    assertThat(input.get("location")).isEqualTo("Rome");
    assertThat(message.stopReason()).contains(StopReason.TOOL_USE);
    assertThat(message.usage().outputTokens()).isEqualTo(12);
  }

  @ParameterizedTest
  @EnumSource
  void anthropicsClientSeesThoughts(ProviderSide side) {
    next(side, "reasoning", false);

    Message message =
        anthropic.messages().create(ask("s-" + side.folder).enabledThinking(1500).build());

    assertThat(message.content().getFirst().asThinking().thinking()).isEqualTo("Two and two.");
    assertThat(message.content().getFirst().asThinking().signature()).isEqualTo(side.signature);
  }

  @ParameterizedTest
  @EnumSource
  void anthropicsClientCountsTokensWhoeverWouldAnswer(ProviderSide side) {
    int asked = house.upstream.received().size();
    var count =
        anthropic
            .messages()
            .countTokens(
                MessageCountTokensParams.builder()
                    .model("s-" + side.folder)
                    .system("Be kind.")
                    .addUserMessage("one two three four five six seven eight nine ten")
                    .build());

    assertThat(count.inputTokens()).isBetween(15L, 40L);
    assertThat(house.upstream.received()).as("nobody is asked").hasSize(asked);
  }

  // ---- OpenAI's completions, for providers that have none

  private static CompletionCreateParams.Builder goOn(ProviderSide side) {
    return CompletionCreateParams.builder()
        .model("s-" + side.folder)
        .prompt("Once upon")
        .maxTokens(2000)
        .temperature(0.5)
        .stop("END");
  }

  private static void wasAskedToGoOn(ProviderSide side) throws IOException {
    byte[] body = house.upstream.received().getLast().body();
    assertThat(String.join("\n", side.heard(new ObjectMapper().readTree(body))))
        .isEqualTo("user: Once upon\nlimit 2000\ntemperature 0.5\nstop [\"END\"]");
  }

  @ParameterizedTest
  @EnumSource(names = {"ANTHROPIC", "GEMINI"})
  void openAisClientHasATextGoneOnWith(ProviderSide side) throws IOException {
    next(side, "text", false);

    Completion answer = openai.completions().create(goOn(side).build());

    wasAskedToGoOn(side);
    assertThat(answer.choices().getFirst().text()).isEqualTo("Grüße! How can I help?");
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(CompletionChoice.FinishReason.STOP);
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(30);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(12);
  }

  @ParameterizedTest
  @EnumSource(names = {"ANTHROPIC", "GEMINI"})
  void openAisClientReadsATextThatIsGoneOnWith(ProviderSide side) throws IOException {
    next(side, "text", true);
    List<Completion> chunks;
    try (var stream =
        openai
            .completions()
            .createStreaming(
                goOn(side)
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      chunks = stream.stream().toList();
    }

    wasAskedToGoOn(side);
    assertThat(
            chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .map(CompletionChoice::text)
                .collect(Collectors.joining()))
        .isEqualTo("Grüße! How can I help?");
    assertThat(
            chunks.stream()
                .flatMap(chunk -> chunk.usage().stream())
                .map(usage -> usage.promptTokens() + " " + usage.completionTokens()))
        .containsExactly("30 12");
  }

  @ParameterizedTest
  @EnumSource(names = {"ANTHROPIC", "GEMINI"})
  void whatNoDialogueCanSayOfACompletionIsRefusedByItsName(ProviderSide side) {
    int asked = house.upstream.received().size();

    assertThatThrownBy(
            () ->
                openai
                    .completions()
                    .create(goOn(side).promptOfArrayOfStrings(List.of("a", "b")).build()))
        .isInstanceOf(com.openai.errors.BadRequestException.class)
        .hasMessageContaining("prompt");
    assertThatThrownBy(() -> openai.completions().create(goOn(side).suffix("end").build()))
        .isInstanceOf(com.openai.errors.BadRequestException.class)
        .hasMessageContaining("suffix");
    assertThat(house.upstream.received()).hasSize(asked);
  }

  @Test
  void theModelsAreListedAsAnthropicsApiDoes() {
    List<ModelInfo> models = anthropic.models().list().autoPager().stream().toList();

    assertThat(models).extracting(ModelInfo::id).contains("s-anthropic", "s-openai");
    assertThat(models).extracting(ModelInfo::createdAt).doesNotContainNull();
    assertThat(anthropic.models().retrieve("s-anthropic").displayName()).isEqualTo("s-anthropic");
  }

  @Test
  void ourOwnFailuresAreAnthropicsErrors() {
    AnthropicClient stranger = anthropic("lsk_test_nobody_0000001");
    assertError(
        fails(UnauthorizedException.class, stranger, ask("s-anthropic").build()),
        401,
        "authentication_error",
        "key");
    stranger.close();
    assertError(
        fails(NotFoundException.class, anthropic, ask("no-such").build()),
        404,
        "not_found_error",
        "no-such");
    assertError(
        fails(BadRequestException.class, anthropic, ask("s-anthropic").maxTokens(0).build()),
        400,
        "invalid_request_error",
        "max_tokens");
    assertError(
        fails(AnthropicServiceException.class, anthropic, ask("poor-anthropic").build()),
        402,
        "billing_error",
        "budget");
    house.upstream.next(Traffic.answer("anthropic", "text", false));
    anthropic.messages().create(ask("rare-anthropic").build());
    assertError(
        fails(RateLimitException.class, anthropic, ask("rare-anthropic").build()),
        429,
        "rate_limit_error",
        "limit");
  }

  private static <E extends AnthropicServiceException> E fails(
      Class<E> type, AnthropicClient client, MessageCreateParams params) {
    E error = catchThrowableOfType(type, () -> client.messages().create(params));
    assertThat(error).isNotNull();
    return error;
  }

  private static void assertError(
      AnthropicServiceException error, int status, String type, String says) {
    assertThat(error.statusCode()).isEqualTo(status);
    Map<?, ?> body = error.body().convert(Map.class);
    assertThat(body).isNotNull();
    assertThat(body.get("type")).isEqualTo("error");
    Map<?, ?> inner = (Map<?, ?>) body.get("error");
    assertThat(inner.get("type")).isEqualTo(type);
    assertThat(inner.get("message").toString()).contains(says);
    assertThat(body.get("request_id")).isNotNull();
  }

  @Test
  void anOverloadedUpstreamIsWhatEitherClientKnows() {
    house.upstream.next(
        Script.error(
            529,
            "application/json",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"));
    AnthropicServiceException error =
        fails(AnthropicServiceException.class, anthropic, ask("s-anthropic").build());
    assertThat(error.statusCode()).isEqualTo(529);

    house.upstream.next(
        Script.error(
            529,
            "application/json",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"));
    var other =
        catchThrowableOfType(
            com.openai.errors.OpenAIServiceException.class,
            () -> openai.chat().completions().create(chat(ProviderSide.ANTHROPIC)));
    assertThat(other.statusCode()).isEqualTo(503);
    assertThat(other.getMessage()).contains("Overloaded");
  }

  private static ChatCompletionCreateParams chat(ProviderSide side) {
    return ChatCompletionCreateParams.builder()
        .model("s-" + side.folder)
        .addUserMessage("Hallo")
        .maxCompletionTokens(2000)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  void openAisClientAsks(ProviderSide side) {
    next(side, "tools", false);

    ChatCompletion answer = openai.chat().completions().create(chat(side));

    var message = answer.choices().getFirst().message();
    assertThat(message.content()).hasValue("I'll look.");
    assertThat(message.toolCalls().orElseThrow())
        .extracting(call -> call.asFunction().function().arguments())
        .containsExactly("{\"location\":\"Paris\"}", "{\"location\":\"Rome\"}");
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    assertThat(answer.usage().orElseThrow().totalTokens()).isEqualTo(42);
  }

  @ParameterizedTest
  @EnumSource
  void openAisClientReadsAStream(ProviderSide side) {
    next(side, "text", true);

    List<ChatCompletionChunk> chunks;
    try (var stream = openai.chat().completions().createStreaming(chat(side))) {
      chunks = stream.stream().toList();
    }

    assertThat(
            chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .map(choice -> choice.delta().content().orElse(""))
                .collect(Collectors.joining()))
        .isEqualTo(HELLO);
    assertThat(chunks).noneMatch(chunk -> chunk.usage().isPresent());
  }

  @ParameterizedTest
  @EnumSource
  void langChainsModelsAsk(ProviderSide side) {
    ChatModel ofOpenAi =
        OpenAiChatModel.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(House.KEY)
            .modelName("s-" + side.folder)
            .maxTokens(2000)
            .maxRetries(0)
            .build();
    ChatModel ofAnthropic =
        AnthropicChatModel.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1/")
            .apiKey(House.KEY)
            .modelName("s-" + side.folder)
            .maxTokens(2000)
            .maxRetries(0)
            .build();

    for (ChatModel model : List.of(ofOpenAi, ofAnthropic)) {
      next(side, "text", false);
      assertThat(model.chat("Hallo")).isEqualTo(HELLO);
    }
  }

  @ParameterizedTest
  @EnumSource
  void langChainsModelsReadStreams(ProviderSide side) throws Exception {
    StreamingChatModel ofOpenAi =
        OpenAiStreamingChatModel.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(House.KEY)
            .modelName("s-" + side.folder)
            .maxTokens(2000)
            .build();
    StreamingChatModel ofAnthropic =
        AnthropicStreamingChatModel.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1/")
            .apiKey(House.KEY)
            .modelName("s-" + side.folder)
            .maxTokens(2000)
            .build();

    for (StreamingChatModel model : List.of(ofOpenAi, ofAnthropic)) {
      next(side, "tools", true);
      CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
      model.chat(
          "Weather?",
          new StreamingChatResponseHandler() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
              whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
              whole.completeExceptionally(error);
            }
          });
      ChatResponse response = whole.get(20, TimeUnit.SECONDS);
      assertThat(response.aiMessage().text()).isEqualTo("I'll look.");
      assertThat(response.aiMessage().toolExecutionRequests())
          .extracting(call -> ClientSide.json(call.arguments()).path("location").asText())
          .containsExactly("Paris", "Rome");
      assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(12);
    }
  }
}
