package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.responses.CompactedResponse;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCompactionItem;
import com.openai.models.responses.ResponseCompactionItemParam;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseItem;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.StructuredResponseCreateParams;
import com.openai.models.responses.WebSearchTool;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** OpenAI's own client of the Responses API, over providers of two formats. */
@ParameterizedClass
@EnumSource(Engine.class)
class ResponsesClientTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String TEXT =
      """
      {"responseId":"g1","modelVersion":"gemini-2.5-pro","candidates":[{"finishReason":"STOP","content":{"role":"model",
       "parts":[{"text":"Let me see.","thought":true},{"text":"Paris.","thoughtSignature":"c2ln"}]}}],
       "usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":5,"thoughtsTokenCount":5,"totalTokenCount":30}}""";

  private static final String CALL =
      """
      {"responseId":"g2","modelVersion":"gemini-2.5-pro","candidates":[{"finishReason":"STOP","content":{"role":"model",
       "parts":[{"functionCall":{"id":"call_a","name":"weather","args":{"city":"Rome"}},"thoughtSignature":"c2ln"}]}}],
       "usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":10,"totalTokenCount":30}}""";

  private final House house;
  private final OpenAIClient openai;

  ResponsesClientTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000_000);
    house.has(
        "providers",
        "{ name: gem, provider: GOOGLE, api_key: k, base_url: \"http://127.0.0.1:"
            + house.upstream.port()
            + "/v1beta\" }");
    house.has("prices", "{ provider: gem, model: gemini-2.5-pro, input: 1, output: 2 }");
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + house.open().port() + "/v1")
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

  private static ResponseCreateParams.Builder to(String model) {
    return ResponseCreateParams.builder().model(model).input("Which city?").maxOutputTokens(100);
  }

  private JsonNode asked() throws IOException {
    return JSON.readTree(house.upstream.received().getLast().body());
  }

  private static String text(Response response) {
    return response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(part -> part.outputText().stream())
        .map(text -> text.text())
        .collect(Collectors.joining());
  }

  private static String stream(String... pieces) {
    return Arrays.stream(pieces)
        .map(piece -> "data: " + piece.replace('\n', ' ') + "\r\n\r\n")
        .collect(Collectors.joining());
  }

  @Test
  void aResponseOfOpenAisChatFormat() throws IOException {
    Response response = openai.responses().create(to("priced").instructions("Be brief.").build());

    assertThat(text(response)).startsWith(" word0 word1");
    assertThat(response.status()).hasValue(ResponseStatus.COMPLETED);
    assertThat(response.usage().orElseThrow().inputTokens()).isEqualTo(20);
    assertThat(response.usage().orElseThrow().outputTokens()).isEqualTo(10);
    assertThat(asked().path("model").asText()).isEqualTo("n");
    assertThat(asked().at("/messages/0/content").toString()).contains("Be brief.");
    assertThat(asked().at("/messages/1/role").asText()).isEqualTo("user");
    assertThat(house.books.line().getRequestType()).isEqualTo("RESPONSE");
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  @Test
  void aResponseOfGeminisFormat() throws IOException {
    house.upstream.next(Script.verbatim("application/json", TEXT));

    Response response = openai.responses().create(to("gem/gemini-2.5-pro").build());

    assertThat(text(response)).isEqualTo("Paris.");
    assertThat(response.output().getFirst().asReasoning().summary().getFirst().text())
        .isEqualTo("Let me see.");
    assertThat(response.usage().orElseThrow().outputTokensDetails().reasoningTokens()).isEqualTo(5);
    assertThat(house.upstream.received().getLast().path())
        .isEqualTo("/v1beta/models/gemini-2.5-pro:generateContent");
    assertThat(house.upstream.received().getLast().headers())
        .containsEntry("x-goog-api-key", "k")
        .doesNotContainKey("authorization");
    assertThat(asked().at("/contents/0/parts/0/text").asText()).isEqualTo("Which city?");
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  @Test
  void aStreamEndsInTheWholeResponse() {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            stream(
                "{\"responseId\":\"g\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hm.\",\"thought\":true}]}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Pa\"}]}}]}",
                "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"text\":\"ris.\"}]}}],"
                    + "\"usageMetadata\":{\"promptTokenCount\":20,\"candidatesTokenCount\":10,\"totalTokenCount\":30}}")));

    List<ResponseStreamEvent> events = streamed(to("gem/gemini-2.5-pro").build());

    assertThat(house.upstream.received().getLast().path())
        .isEqualTo("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assertThat(events.getFirst().isCreated()).isTrue();
    assertThat(
            events.stream()
                .flatMap(event -> event.outputTextDelta().stream())
                .map(delta -> delta.delta())
                .toList())
        .containsExactly("Pa", "ris.");
    assertThat(
            events.stream()
                .flatMap(event -> event.reasoningSummaryTextDelta().stream())
                .map(delta -> delta.delta())
                .toList())
        .containsExactly("Hm.");
    Response whole = events.getLast().asCompleted().response();
    assertThat(text(whole)).isEqualTo("Paris.");
    assertThat(whole.usage().orElseThrow().totalTokens()).isEqualTo(30);
    assertThat(openai.responses().retrieve(whole.id()).output()).isEqualTo(whole.output());
    assertThat(house.books.line().getCostNanos()).isEqualTo(40 * House.TOKEN);
  }

  private List<ResponseStreamEvent> streamed(ResponseCreateParams params) {
    try (StreamResponse<ResponseStreamEvent> stream = openai.responses().createStreaming(params)) {
      return stream.stream().toList();
    }
  }

  @Test
  void aStreamOfOpenAisFormatSaysTheSame() {
    List<ResponseStreamEvent> events = streamed(to("priced").build());

    assertThat(
            events.stream()
                .flatMap(event -> event.outputTextDelta().stream())
                .map(delta -> delta.delta())
                .collect(Collectors.joining()))
        .isEqualTo(text(events.getLast().asCompleted().response()))
        .startsWith(" word0");
  }

  private static FunctionTool weather() {
    return FunctionTool.builder()
        .name("weather")
        .strict(false)
        .parameters(
            FunctionTool.Parameters.builder()
                .putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty(
                    "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                .build())
        .build();
  }

  @Test
  void aCallOfAToolAndItsResultByTheResponseBefore() throws IOException {
    house.upstream.next(Script.verbatim("application/json", CALL));
    house.upstream.next(Script.verbatim("application/json", TEXT));

    Response first = openai.responses().create(to("gem/gemini-2.5-pro").addTool(weather()).build());
    ResponseFunctionToolCall call = first.output().getFirst().asFunctionCall();
    Response second =
        openai
            .responses()
            .create(
                ResponseCreateParams.builder()
                    .model("gem/gemini-2.5-pro")
                    .previousResponseId(first.id())
                    .addTool(weather())
                    .inputOfResponse(
                        List.of(
                            ResponseInputItem.ofFunctionCallOutput(
                                ResponseInputItem.FunctionCallOutput.builder()
                                    .callId(call.callId())
                                    .output("{\"sky\":\"blue\"}")
                                    .build())))
                    .build());

    assertThat(call.name()).isEqualTo("weather");
    assertThat(call.arguments()).isEqualTo("{\"city\":\"Rome\"}");
    assertThat(text(second)).isEqualTo("Paris.");
    assertThat(second.previousResponseId()).hasValue(first.id());
    assertThat(asked().path("contents"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"role":"user","parts":[{"text":"Which city?"}]},
                 {"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Rome"}},"thoughtSignature":"c2ln"}]},
                 {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"sky":"blue"}}}]}]"""));
    assertThat(openai.responses().inputItems().list(second.id()).data()).hasSize(1);
  }

  @Test
  void twoThatContinueTheSameOneDoNotSeeEachOther() throws IOException {
    Response root = openai.responses().create(to("priced").build());
    Response left =
        openai.responses().create(to("priced").input("left").previousResponseId(root.id()).build());
    openai.responses().create(to("priced").input("right").previousResponseId(root.id()).build());

    assertThat(asked().toString()).contains("Which city?", "right").doesNotContain("left");
    assertThat(openai.responses().retrieve(left.id()).id()).isEqualTo(left.id());
    assertThat(house.books.lines()).hasSize(3);
  }

  @Test
  void whatIsDeletedIsGoneAndWhatFollowedItIsNot() {
    Response root = openai.responses().create(to("priced").build());
    Response leaf =
        openai.responses().create(to("priced").input("more").previousResponseId(root.id()).build());

    openai.responses().delete(root.id());

    assertThatThrownBy(() -> openai.responses().retrieve(root.id()))
        .isInstanceOf(NotFoundException.class);
    assertThat(openai.responses().retrieve(leaf.id()).id()).isEqualTo(leaf.id());
    openai.responses().delete(leaf.id());
    assertThatThrownBy(() -> openai.responses().retrieve(leaf.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void whatIsNotStoredCannotBeNamed() {
    Response response = openai.responses().create(to("priced").store(false).build());

    assertThatThrownBy(() -> openai.responses().retrieve(response.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(
            () -> openai.responses().create(to("priced").previousResponseId(response.id()).build()))
        .isInstanceOf(NotFoundException.class);
  }

  /** What the structured answer is read into. */
  public static final class City {
    public String name = "";
  }

  @Test
  void anAnswerByASchema() throws IOException {
    house.upstream.next(
        Script.verbatim(
            "application/json", TEXT.replace("Paris.", "{\\\"name\\\":\\\"Paris\\\"}")));
    StructuredResponseCreateParams<City> params = to("gem/gemini-2.5-pro").text(City.class).build();

    City city =
        openai.responses().create(params).output().stream()
            .flatMap(item -> item.message().stream())
            .flatMap(message -> message.content().stream())
            .flatMap(part -> part.outputText().stream())
            .findFirst()
            .orElseThrow();

    assertThat(city.name).isEqualTo("Paris");
    assertThat(asked().at("/generationConfig/responseMimeType").asText())
        .isEqualTo("application/json");
    assertThat(asked().at("/generationConfig/responseSchema/type").asText()).isEqualTo("OBJECT");
  }

  @Test
  void aToolOfOpenAisOwnIsRefusedByItsName() {
    assertThatThrownBy(
            () ->
                openai
                    .responses()
                    .create(
                        to("priced")
                            .addTool(
                                WebSearchTool.builder().type(WebSearchTool.Type.WEB_SEARCH).build())
                            .build()))
        .isInstanceOfSatisfying(
            BadRequestException.class,
            e -> assertThat(e.getMessage()).contains("tools[0]", "web_search"));
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void anAnswerThatWasCutIsIncomplete() {
    house.upstream.next(
        Script.verbatim("application/json", TEXT.replace("\"STOP\"", "\"MAX_TOKENS\"")));

    Response response = openai.responses().create(to("gem/gemini-2.5-pro").build());

    assertThat(response.status()).hasValue(ResponseStatus.INCOMPLETE);
    assertThat(response.incompleteDetails().orElseThrow().reason().orElseThrow().toString())
        .isEqualTo("max_output_tokens");
    assertThat(response.output()).extracting(ResponseOutputItem::isMessage).contains(true);
  }

  // ---- items by their names

  private static ResponseInputItem named(String id) {
    return ResponseInputItem.ofItemReference(
        ResponseInputItem.ItemReference.builder().id(id).build());
  }

  private static ResponseInputItem says(String text) {
    return ResponseInputItem.ofEasyInputMessage(
        EasyInputMessage.builder().role(EasyInputMessage.Role.USER).content(text).build());
  }

  @Test
  void itemsThatWereSaidBeforeAreNamedInsteadOfSaid() throws IOException {
    Response first = openai.responses().create(to("priced").input("My name is Ann.").build());
    String question = inputOf(first).getFirst().asResponseInputMessageItem().id();
    String answer = first.output().getFirst().asMessage().id();

    Response second =
        openai
            .responses()
            .create(
                to("priced")
                    .inputOfResponse(List.of(named(question), named(answer), says("Who am I?")))
                    .build());

    assertThat(asked().path("messages")).hasSize(3);
    assertThat(asked().at("/messages/0").toString()).contains("user", "My name is Ann.");
    assertThat(asked().at("/messages/1").toString()).contains("assistant", "word0");
    assertThat(asked().at("/messages/2").toString()).contains("Who am I?");
    assertThat(inputOf(second)).as("what was named is said").hasSize(3);
    assertThat(
            openai
                .responses()
                .inputTokens()
                .count(
                    InputTokenCountParams.builder()
                        .model("priced")
                        .inputOfResponseInputItems(List.of(named(answer)))
                        .build())
                .inputTokens())
        .isGreaterThan(10);
  }

  private List<ResponseItem> inputOf(Response response) {
    return openai.responses().inputItems().list(response.id()).data().reversed();
  }

  @Test
  void anItemThatNobodySaidIsNotThere() {
    assertThatThrownBy(
            () ->
                openai
                    .responses()
                    .create(
                        to("priced")
                            .inputOfResponse(
                                List.of(
                                    named("msg_0000000000000000000000000000000000"), says("Hi")))
                            .build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("msg_0000");
    assertThat(house.upstream.received()).isEmpty();
  }

  // ---- a conversation that became too long

  private static final String SUMMARY =
      """
      {"id":"c","object":"chat.completion","created":1,"model":"n","choices":[{"index":0,"finish_reason":"stop",
       "message":{"role":"assistant","content":"Ann wants a train to Rome."}}],
       "usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}""";

  @Test
  void aLongConversationIsPutIntoFewWordsThatOnlyThisServerCanRead() throws IOException {
    Response first =
        openai.responses().create(to("priced").input("I am Ann, and want to go to Rome.").build());
    house.upstream.next(Script.verbatim("application/json", SUMMARY));

    CompactedResponse compacted =
        openai
            .responses()
            .compact(
                ResponseCompactParams.builder()
                    .model("priced")
                    .previousResponseId(first.id())
                    .input("By train.")
                    .build());

    assertThat(asked().at("/messages/1/content").toString())
        .as("what the model is told")
        .contains("I am Ann", "word0", "By train.");
    assertThat(compacted.output()).hasSize(3);
    assertThat(compacted.usage().totalTokens()).isEqualTo(30);
    assertThat(compacted._object_().toString()).contains("response.compaction");
    ResponseCompactionItem sealed = compacted.output().getLast().asCompaction();
    assertThat(sealed.encryptedContent()).doesNotContain("Ann");
    assertThat(house.books.lines()).hasSize(2);

    List<ResponseInputItem> next =
        List.of(
            says("I am Ann, and want to go to Rome."),
            says("By train."),
            ResponseInputItem.ofCompaction(
                ResponseCompactionItemParam.builder()
                    .encryptedContent(sealed.encryptedContent())
                    .build()),
            says("When?"));
    openai.responses().create(to("priced").inputOfResponse(next).build());

    assertThat(asked().path("messages")).hasSize(3);
    assertThat(asked().at("/messages/1/role").asText()).isEqualTo("assistant");
    assertThat(asked().at("/messages/1").toString()).contains("Ann wants a train to Rome.");
    assertThat(asked().at("/messages/2").toString()).contains("When?");
  }

  @Test
  void whatWasSealedElsewhereIsRefused() {
    assertThatThrownBy(
            () ->
                openai
                    .responses()
                    .create(
                        to("priced")
                            .inputOfResponse(
                                List.of(
                                    ResponseInputItem.ofCompaction(
                                        ResponseCompactionItemParam.builder()
                                            .encryptedContent("Z0FBQUFB")
                                            .build()),
                                    says("Hi")))
                            .build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("was not made here");
    assertThatThrownBy(
            () ->
                openai.responses().compact(ResponseCompactParams.builder().model("priced").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("nothing was said");
    assertThat(house.upstream.received()).isEmpty();
  }
}
