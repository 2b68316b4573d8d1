package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.Tool;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseInputImage;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseTextConfig;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
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
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The official clients for Java and LangChain4j, unchanged, each with each format of providers: in
 * one piece and as a stream; words, calls of tools, images, answers by a schema, thoughts, and
 * errors. JavaScript's are in {@link FormatsJsTest}.
 */
@SuppressWarnings("NullAway.Init") // what is static is set before the first test
class ClientMatrixTest {
  private static final String QUESTION = "Weather in Paris and Rome?";
  private static final Map<String, Object> LOCATION = Map.of("location", Map.of("type", "string"));
  private static final String PNG = "iVBORw0KGgo=";
  private static final Map<String, Object> PERSON =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of("name", Map.of("type", "string"), "age", Map.of("type", "integer")),
          "required",
          List.of("name", "age"),
          "additionalProperties",
          false);

  /** What is asked for, and what of it a provider must have heard. */
  enum Dialogue {
    TEXT("Grüße! How can I help?", "user: Weather in Paris and Rome?"),
    TOOLS("I'll look.", "tool get_weather"),
    IMAGES("A red square.", "[image data:image/png;base64," + PNG + "]"),
    SCHEMA("{\"name\":\"Ann\",\"age\":30}", "\nschema {"),
    REASONING("4", "thinks"),
    ERROR("", "user: Weather in Paris and Rome?");

    private final String answer;
    private final String heard;

    Dialogue(String answer, String heard) {
      this.answer = answer;
      this.heard = heard;
    }

    private String file() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a client made of an answer. */
  private record Heard(String text, String thoughts, List<String> arguments, long outputTokens) {
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
    private Heard ask(String model, boolean isStream, Dialogue of) throws Exception {
      return switch (this) {
        case OPENAI_CHAT -> chat(model, isStream, of);
        case OPENAI_RESPONSES -> response(model, isStream, of);
        case ANTHROPIC -> message(model, isStream, of);
        case LANGCHAIN_OPENAI -> langChainsOpenAi(model, isStream, of);
        case LANGCHAIN_ANTHROPIC -> langChainsAnthropic(model, isStream, of);
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
          for (Dialogue dialogue : Dialogue.values()) {
            cases.add(Arguments.of(speaker, side, isStream, dialogue));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}: {3}")
  @MethodSource("cases")
  void hearsWhatTheProviderSays(
      Speaker speaker, ProviderSide side, boolean isStream, Dialogue dialogue) throws Exception {
    if (dialogue == Dialogue.ERROR) {
      house.upstream.next(Traffic.error(side.traffic(), "error", 400));
      assertThatThrownBy(() -> speaker.ask("s-" + side.folder, isStream, dialogue))
          .satisfies(e -> assertThat(told(e)).contains("That is not a temperature"));
      return;
    }
    house.upstream.next(Traffic.answer(side.traffic(), dialogue.file(), isStream));

    Heard heard = speaker.ask("s-" + side.folder, isStream, dialogue);

    assertThat(heard.text).isEqualTo(dialogue.answer);
    assertThat(heard.places())
        .isEqualTo(dialogue == Dialogue.TOOLS ? List.of("Paris", "Rome") : List.of());
    assertThat(heard.thoughts).isEqualTo(dialogue == Dialogue.REASONING ? "Two and two." : "");
    assertThat(heard.outputTokens).isEqualTo(12);
    assertThat(
            String.join(
                "\n",
                side.heard(
                    ClientSide.json(
                        new String(house.upstream.received().getLast().body(), UTF_8)))))
        .as("what the provider was asked")
        .contains(dialogue.heard);
  }

  /** All that an error says, and what led to it. */
  private static String told(Throwable error) {
    StringBuilder all = new StringBuilder();
    for (Throwable e = error; e != null; e = e.getCause()) {
      all.append(e.getMessage()).append('\n');
    }
    return all.toString();
  }

  // ---- OpenAI's client

  private static ChatCompletionCreateParams.Builder asked(String model, Dialogue of) {
    ChatCompletionCreateParams.Builder params =
        ChatCompletionCreateParams.builder().model(model).maxCompletionTokens(2000);
    if (of == Dialogue.IMAGES) {
      return params.addUserMessageOfArrayOfContentParts(
          List.of(
              ChatCompletionContentPart.ofText(
                  ChatCompletionContentPartText.builder().text(QUESTION).build()),
              ChatCompletionContentPart.ofImageUrl(
                  ChatCompletionContentPartImage.builder()
                      .imageUrl(
                          ChatCompletionContentPartImage.ImageUrl.builder()
                              .url("data:image/png;base64," + PNG)
                              .build())
                      .build())));
    }
    params.addUserMessage(QUESTION);
    return switch (of) {
      case TEXT, TOOLS ->
          params.addFunctionTool(
              FunctionDefinition.builder()
                  .name("get_weather")
                  .parameters(
                      FunctionParameters.builder()
                          .putAdditionalProperty("type", JsonValue.from("object"))
                          .putAdditionalProperty("properties", JsonValue.from(LOCATION))
                          .build())
                  .build());
      case SCHEMA ->
          params.responseFormat(
              ResponseFormatJsonSchema.builder()
                  .jsonSchema(
                      ResponseFormatJsonSchema.JsonSchema.builder()
                          .name("person")
                          .strict(true)
                          .schema(
                              ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                                  .putAllAdditionalProperties(members(PERSON))
                                  .build())
                          .build())
                  .build());
      case REASONING -> params.reasoningEffort(ReasoningEffort.HIGH);
      case IMAGES, ERROR -> params;
    };
  }

  private static Map<String, JsonValue> members(Map<String, Object> of) {
    return of.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> JsonValue.from(each.getValue())));
  }

  /** What the client has no word for, and hands on. */
  private static String thoughts(Map<String, JsonValue> others) {
    JsonValue thoughts = others.get("reasoning_content");
    return thoughts == null ? "" : thoughts.convert(String.class);
  }

  private static Heard chat(String model, boolean isStream, Dialogue of) {
    ChatCompletionCreateParams.Builder params = asked(model, of);
    StringBuilder thoughts = new StringBuilder();
    ChatCompletion answer;
    if (isStream) {
      params.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
      ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
      try (var stream = openai.chat().completions().createStreaming(params.build())) {
        stream.stream()
            .forEach(
                chunk -> {
                  whole.accumulate(chunk);
                  chunk
                      .choices()
                      .forEach(
                          choice -> thoughts.append(thoughts(choice.delta()._allProperties())));
                });
      }
      answer = whole.chatCompletion();
    } else {
      answer = openai.chat().completions().create(params.build());
      thoughts.append(thoughts(answer.choices().getFirst().message()._allProperties()));
    }
    var message = answer.choices().getFirst().message();
    return new Heard(
        message.content().orElse(""),
        thoughts.toString(),
        message.toolCalls().orElse(List.of()).stream()
            .map(call -> call.asFunction().function().arguments())
            .toList(),
        answer.usage().orElseThrow().completionTokens());
  }

  private static ResponseCreateParams response(String model, Dialogue of) {
    ResponseCreateParams.Builder params =
        ResponseCreateParams.builder().model(model).input(QUESTION).maxOutputTokens(2000);
    switch (of) {
      case TEXT, TOOLS ->
          params.addTool(
              FunctionTool.builder()
                  .name("get_weather")
                  .strict(false)
                  .parameters(
                      FunctionTool.Parameters.builder()
                          .putAdditionalProperty("type", JsonValue.from("object"))
                          .putAdditionalProperty("properties", JsonValue.from(LOCATION))
                          .build())
                  .build());
      case IMAGES ->
          params.inputOfResponse(
              List.of(
                  ResponseInputItem.ofMessage(
                      ResponseInputItem.Message.builder()
                          .role(ResponseInputItem.Message.Role.USER)
                          .addInputTextContent(QUESTION)
                          .addContent(
                              ResponseInputImage.builder()
                                  .detail(ResponseInputImage.Detail.AUTO)
                                  .imageUrl("data:image/png;base64," + PNG)
                                  .build())
                          .build())));
      case SCHEMA ->
          params.text(
              ResponseTextConfig.builder()
                  .format(
                      ResponseFormatTextJsonSchemaConfig.builder()
                          .name("person")
                          .strict(true)
                          .schema(
                              ResponseFormatTextJsonSchemaConfig.Schema.builder()
                                  .putAllAdditionalProperties(members(PERSON))
                                  .build())
                          .build())
                  .build());
      case REASONING ->
          params.reasoning(
              Reasoning.builder()
                  .effort(ReasoningEffort.HIGH)
                  .summary(Reasoning.Summary.AUTO)
                  .build());
      case ERROR -> {
        // As it is.
      }
    }
    return params.build();
  }

  private static Heard response(String model, boolean isStream, Dialogue of) {
    ResponseCreateParams params = response(model, of);
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
            .flatMap(item -> item.reasoning().stream())
            .flatMap(thought -> thought.summary().stream())
            .map(part -> part.text())
            .collect(Collectors.joining()),
        answer.output().stream()
            .flatMap(item -> item.functionCall().stream())
            .map(call -> call.arguments())
            .toList(),
        answer.usage().orElseThrow().outputTokens());
  }

  // ---- Anthropic's client

  private static MessageCreateParams message(String model, Dialogue of) {
    MessageCreateParams.Builder params = MessageCreateParams.builder().model(model).maxTokens(2000);
    if (of == Dialogue.IMAGES) {
      return params
          .addUserMessageOfContentBlockParams(
              List.of(
                  ContentBlockParam.ofText(TextBlockParam.builder().text(QUESTION).build()),
                  ContentBlockParam.ofImage(
                      ImageBlockParam.builder()
                          .source(
                              Base64ImageSource.builder()
                                  .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                                  .data(PNG)
                                  .build())
                          .build())))
          .build();
    }
    params.addUserMessage(QUESTION);
    switch (of) {
      case TEXT, TOOLS ->
          params.addTool(
              Tool.builder()
                  .name("get_weather")
                  .inputSchema(
                      Tool.InputSchema.builder()
                          .putAdditionalProperty(
                              "properties", com.anthropic.core.JsonValue.from(LOCATION))
                          .build())
                  .build());
      case SCHEMA ->
          params.outputConfig(
              OutputConfig.builder()
                  .format(
                      JsonOutputFormat.builder()
                          .schema(
                              JsonOutputFormat.Schema.builder()
                                  .putAllAdditionalProperties(
                                      PERSON.entrySet().stream()
                                          .collect(
                                              Collectors.toMap(
                                                  Map.Entry::getKey,
                                                  each ->
                                                      com.anthropic.core.JsonValue.from(
                                                          each.getValue()))))
                                  .build())
                          .build())
                  .build());
      case REASONING -> params.enabledThinking(1500);
      case IMAGES, ERROR -> {
        // As it is.
      }
    }
    return params.build();
  }

  private static Heard message(String model, boolean isStream, Dialogue of) {
    MessageCreateParams params = message(model, of);
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
            .flatMap(block -> block.thinking().stream())
            .map(block -> block.thinking())
            .collect(Collectors.joining()),
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

  private static Heard langChainsOpenAi(String model, boolean isStream, Dialogue of)
      throws Exception {
    String effort = of == Dialogue.REASONING ? "high" : null;
    if (isStream) {
      return streamed(
          OpenAiStreamingChatModel.builder()
              .baseUrl(url + "/v1")
              .apiKey(House.KEY)
              .modelName(model)
              .maxTokens(2000)
              .reasoningEffort(effort)
              .returnThinking(true)
              .strictJsonSchema(true)
              .build(),
          of);
    }
    return whole(
        OpenAiChatModel.builder()
            .baseUrl(url + "/v1")
            .apiKey(House.KEY)
            .modelName(model)
            .maxTokens(2000)
            .reasoningEffort(effort)
            .returnThinking(true)
            .strictJsonSchema(true)
            .maxRetries(0)
            .build(),
        of);
  }

  private static Heard langChainsAnthropic(String model, boolean isStream, Dialogue of)
      throws Exception {
    boolean thinks = of == Dialogue.REASONING;
    String thinking = thinks ? "enabled" : null;
    Integer budget = thinks ? Integer.valueOf(1500) : null;
    if (isStream) {
      return streamed(
          AnthropicStreamingChatModel.builder()
              .baseUrl(url + "/v1/")
              .apiKey(House.KEY)
              .modelName(model)
              .maxTokens(2000)
              .thinkingType(thinking)
              .thinkingBudgetTokens(budget)
              .returnThinking(true)
              .build(),
          of);
    }
    return whole(
        AnthropicChatModel.builder()
            .baseUrl(url + "/v1/")
            .apiKey(House.KEY)
            .modelName(model)
            .maxTokens(2000)
            .thinkingType(thinking)
            .thinkingBudgetTokens(budget)
            .returnThinking(true)
            .maxRetries(0)
            .build(),
        of);
  }

  private static ChatRequest asked(Dialogue of) {
    ChatRequest.Builder request =
        ChatRequest.builder()
            .messages(
                of == Dialogue.IMAGES
                    ? UserMessage.from(
                        TextContent.from(QUESTION), ImageContent.from(PNG, "image/png"))
                    : UserMessage.from(QUESTION));
    if (of == Dialogue.TEXT || of == Dialogue.TOOLS) {
      request.toolSpecifications(
          ToolSpecification.builder()
              .name("get_weather")
              .parameters(JsonObjectSchema.builder().addStringProperty("location").build())
              .build());
    }
    if (of == Dialogue.SCHEMA) {
      request.responseFormat(
          ResponseFormat.builder()
              .type(ResponseFormatType.JSON)
              .jsonSchema(
                  JsonSchema.builder()
                      .name("person")
                      .rootElement(
                          JsonObjectSchema.builder()
                              .addStringProperty("name")
                              .addIntegerProperty("age")
                              .required("name", "age")
                              .additionalProperties(false)
                              .build())
                      .build())
              .build());
    }
    return request.build();
  }

  private static Heard whole(ChatModel model, Dialogue of) {
    return heard(model.chat(asked(of)));
  }

  private static Heard streamed(StreamingChatModel model, Dialogue of) throws Exception {
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    model.chat(
        asked(of),
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
    String thoughts = response.aiMessage().thinking();
    return new Heard(
        text == null ? "" : text,
        thoughts == null ? "" : thoughts,
        response.aiMessage().toolExecutionRequests().stream()
            .map(call -> call.arguments())
            .toList(),
        response.tokenUsage().outputTokenCount());
  }
}
