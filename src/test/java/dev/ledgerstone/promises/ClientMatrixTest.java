package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.Tool;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The official clients for Java and LangChain4j, unchanged, each with each format of providers: in
 * one piece and as a stream, words alone and calls of tools. JavaScript's are in {@link
 * FormatsJsTest}.
 */
@SuppressWarnings("NullAway.Init") // what is static is set before the first test
class ClientMatrixTest {
  private static final String QUESTION = "Weather in Paris and Rome?";
  private static final Map<String, Object> LOCATION = Map.of("location", Map.of("type", "string"));

  /** What a client made of an answer. */
  private record Heard(String text, List<String> arguments, long outputTokens) {
    List<String> places() {
      return arguments.stream()
          .map(json -> ClientSide.json(json).path("location").asText())
          .toList();
    }
  }

  enum Speaker {
    OPENAI_CHAT,
    OPENAI_RESPONSES,
    ANTHROPIC,
    LANGCHAIN_OPENAI,
    LANGCHAIN_ANTHROPIC;

    /** Asks a service a question, with a tool that it offers. */
    private Heard ask(String model, boolean isStream) throws Exception {
      return switch (this) {
        case OPENAI_CHAT -> chat(model, isStream);
        case OPENAI_RESPONSES -> response(model, isStream);
        case ANTHROPIC -> message(model, isStream);
        case LANGCHAIN_OPENAI -> langChainsOpenAi(model, isStream);
        case LANGCHAIN_ANTHROPIC -> langChainsAnthropic(model, isStream);
      };
    }
  }

  private static House house;
  private static String url;
  private static OpenAIClient openai;
  private static AnthropicClient anthropic;

  @BeforeAll
  static void open() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(List.of(ProviderSide.values()), "retries: 0");
    url = "http://127.0.0.1:" + house.open().port();
    openai =
        OpenAIOkHttpClient.builder().baseUrl(url + "/v1").apiKey(House.KEY).maxRetries(0).build();
    anthropic =
        AnthropicOkHttpClient.builder().baseUrl(url).apiKey(House.KEY).maxRetries(0).build();
  }

  @AfterAll
  static void close() throws Exception {
    openai.close();
    anthropic.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Speaker speaker : Speaker.values()) {
      for (ProviderSide side : ProviderSide.values()) {
        for (boolean isStream : new boolean[] {false, true}) {
          for (boolean isTools : new boolean[] {false, true}) {
            cases.add(Arguments.of(speaker, side, isStream, isTools));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}, tools {3}")
  @MethodSource("cases")
  void hearsWhatTheProviderSays(
      Speaker speaker, ProviderSide side, boolean isStream, boolean isTools) throws Exception {
    house.upstream.next(Traffic.answer(side.traffic(), isTools ? "tools" : "text", isStream));

    Heard heard = speaker.ask("s-" + side.folder, isStream);

    assertThat(heard.text).isEqualTo(isTools ? "I'll look." : "Grüße! How can I help?");
    assertThat(heard.places()).isEqualTo(isTools ? List.of("Paris", "Rome") : List.of());
    assertThat(heard.outputTokens).isEqualTo(12);
  }

  // ---- OpenAI's client

  private static Heard chat(String model, boolean isStream) {
    ChatCompletionCreateParams.Builder params =
        ChatCompletionCreateParams.builder()
            .model(model)
            .addUserMessage(QUESTION)
            .maxCompletionTokens(2000)
            .addFunctionTool(
                FunctionDefinition.builder()
                    .name("get_weather")
                    .parameters(
                        FunctionParameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty("properties", JsonValue.from(LOCATION))
                            .build())
                    .build());
    ChatCompletion answer;
    if (isStream) {
      params.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
      ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
      try (var stream = openai.chat().completions().createStreaming(params.build())) {
        stream.stream().forEach(whole::accumulate);
      }
      answer = whole.chatCompletion();
    } else {
      answer = openai.chat().completions().create(params.build());
    }
    var message = answer.choices().getFirst().message();
    return new Heard(
        message.content().orElse(""),
        message.toolCalls().orElse(List.of()).stream()
            .map(call -> call.asFunction().function().arguments())
            .toList(),
        answer.usage().orElseThrow().completionTokens());
  }

  private static Heard response(String model, boolean isStream) {
    ResponseCreateParams params =
        ResponseCreateParams.builder()
            .model(model)
            .input(QUESTION)
            .maxOutputTokens(2000)
            .addTool(
                FunctionTool.builder()
                    .name("get_weather")
                    .strict(false)
                    .parameters(
                        FunctionTool.Parameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty("properties", JsonValue.from(LOCATION))
                            .build())
                    .build())
            .build();
    Response answer;
    if (isStream) {
      ResponseAccumulator whole = ResponseAccumulator.create();
      try (var stream = openai.responses().createStreaming(params)) {
        stream.stream().forEach(event -> whole.accumulate(event));
      }
      answer = whole.response();
    } else {
      answer = openai.responses().create(params);
    }
    StringBuilder text = new StringBuilder();
    answer.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .forEach(part -> text.append(part.asOutputText().text()));
    return new Heard(
        text.toString(),
        answer.output().stream()
            .flatMap(item -> item.functionCall().stream())
            .map(call -> call.arguments())
            .toList(),
        answer.usage().orElseThrow().outputTokens());
  }

  // ---- Anthropic's client

  private static Heard message(String model, boolean isStream) {
    MessageCreateParams params =
        MessageCreateParams.builder()
            .model(model)
            .maxTokens(2000)
            .addUserMessage(QUESTION)
            .addTool(
                Tool.builder()
                    .name("get_weather")
                    .inputSchema(
                        Tool.InputSchema.builder()
                            .putAdditionalProperty(
                                "properties", com.anthropic.core.JsonValue.from(LOCATION))
                            .build())
                    .build())
            .build();
    Message answer;
    if (isStream) {
      MessageAccumulator whole = MessageAccumulator.create();
      try (var stream = anthropic.messages().createStreaming(params)) {
        stream.stream().forEach(event -> whole.accumulate(event));
      }
      answer = whole.message();
    } else {
      answer = anthropic.messages().create(params);
    }
    StringBuilder text = new StringBuilder();
    answer.content().stream()
        .flatMap(block -> block.text().stream())
        .forEach(block -> text.append(block.text()));
    return new Heard(
        text.toString(),
        answer.content().stream()
            .flatMap(block -> block.toolUse().stream())
            .map(call -> json(call._input().convert(Map.class)))
            .toList(),
        answer.usage().outputTokens());
  }

  private static String json(Object value) {
    return new com.fasterxml.jackson.databind.ObjectMapper().valueToTree(value).toString();
  }

  // ---- LangChain4j

  private static Heard langChainsOpenAi(String model, boolean isStream) throws Exception {
    if (isStream) {
      return streamed(
          OpenAiStreamingChatModel.builder()
              .baseUrl(url + "/v1")
              .apiKey(House.KEY)
              .modelName(model)
              .maxTokens(2000)
              .build());
    }
    return whole(
        OpenAiChatModel.builder()
            .baseUrl(url + "/v1")
            .apiKey(House.KEY)
            .modelName(model)
            .maxTokens(2000)
            .maxRetries(0)
            .build());
  }

  private static Heard langChainsAnthropic(String model, boolean isStream) throws Exception {
    if (isStream) {
      return streamed(
          AnthropicStreamingChatModel.builder()
              .baseUrl(url + "/v1/")
              .apiKey(House.KEY)
              .modelName(model)
              .maxTokens(2000)
              .build());
    }
    return whole(
        AnthropicChatModel.builder()
            .baseUrl(url + "/v1/")
            .apiKey(House.KEY)
            .modelName(model)
            .maxTokens(2000)
            .maxRetries(0)
            .build());
  }

  private static ChatRequest asked() {
    return ChatRequest.builder()
        .messages(UserMessage.from(QUESTION))
        .toolSpecifications(
            ToolSpecification.builder()
                .name("get_weather")
                .parameters(JsonObjectSchema.builder().addStringProperty("location").build())
                .build())
        .build();
  }

  private static Heard whole(ChatModel model) {
    return heard(model.chat(asked()));
  }

  private static Heard streamed(StreamingChatModel model) throws Exception {
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    model.chat(
        asked(),
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
    return heard(whole.get(20, TimeUnit.SECONDS));
  }

  private static Heard heard(ChatResponse response) {
    String text = response.aiMessage().text();
    return new Heard(
        text == null ? "" : text,
        response.aiMessage().toolExecutionRequests().stream()
            .map(call -> call.arguments())
            .toList(),
        response.tokenUsage().outputTokenCount());
  }
}
