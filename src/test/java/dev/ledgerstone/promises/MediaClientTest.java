package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import com.openai.models.moderations.ModerationCreateParams;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.RawServer;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Images, sound and moderations by OpenAI's own client: passed on, and in the ledger. */
@ParameterizedClass
@EnumSource(Engine.class)
class MediaClientTest {
  private final House house;
  private final OpenAIClient openai;
  private final int port;

  /** An upstream that breaks in the midst of its answer. */
  private final RawServer broken =
      RawServer.sayingAndClosing(
          "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 200000\r\n\r\n"
              + "x".repeat(100_000));

  MediaClientTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000_000);
    house.speaks(List.of(ProviderSide.ANTHROPIC, ProviderSide.GEMINI), "retries: 0");
    house.has(
        "services",
        "{ name: heard, provider: p-gemini, model: "
            + ProviderSide.GEMINI.model
            + ", retries: 0,"
            + " fallbacks: [ears] }");
    house.has("services", "{ name: ears, provider: fake, model: ear, retries: 0 }");
    price("picture", "output: 0, image: 0.12");
    price("picture:standard:1024x1024", "output: 0, image: 0.04");
    price("picture:hd", "output: 0, image: 0.08");
    price("pixels", "output: 40");
    price("voice", "output: 0, characters: 15");
    price("ear", "output: 0, audio_minute: 0.006");
    price("words", "output: 10");
    price("judge", "output: 0");
    house.has("prices", "{ provider: fake, model: huge, input: 0, output: 0, image: 2 }");
    house.has(
        "providers",
        "{ name: broken, provider: CUSTOM, base_url: \"" + broken.baseUrl() + "/v1\" }");
    house.has("prices", "{ provider: broken, model: voice, input: 0, output: 0, characters: 15 }");
    port = house.open().port();
    openai =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(House.KEY)
            .maxRetries(0)
            .build();
  }

  private void price(String model, String price) {
    house.has("prices", "{ provider: fake, model: \"" + model + "\", input: 0, " + price + " }");
  }

  @AfterEach
  void close() throws Exception {
    openai.close();
    broken.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private Received asked() {
    return house.upstream.received().getLast();
  }

  private String asText() {
    return new String(asked().body(), ISO_8859_1);
  }

  private static Script json(String body) {
    return Script.verbatim("application/json", body.replace('\'', '"'));
  }

  // ---- images

  private static ImageGenerateParams.Builder image(String model) {
    return ImageGenerateParams.builder().model("fake/" + model).prompt("a cat");
  }

  @Test
  void imagesArePaidByTheirSizeAndQuality() {
    Script two = json("{'created':1,'data':[{'b64_json':'QUJD'},{'b64_json':'REVG'}]}");
    house.upstream.next(two).next(two).next(two);

    ImagesResponse usual = openai.images().generate(image("picture").n(2).build());
    openai
        .images()
        .generate(image("picture").n(2).quality(ImageGenerateParams.Quality.of("hd")).build());
    openai.images().generate(image("picture").n(2).size("1792x1024").build());

    assertThat(usual.data().orElseThrow()).hasSize(2);
    assertThat(asText()).contains("\"model\":\"picture\"", "\"size\":\"1792x1024\"");
    assertThat(asked().path()).isEqualTo("/v1/images/generations");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getCostNanos)
        .containsExactly(80_000_000L, 160_000_000L, 240_000_000L);
    assertThat(house.books.lines())
        .allSatisfy(
            line -> {
              assertThat(line.getRequestType()).isEqualTo("IMAGE");
              assertThat(line.getImages()).isEqualTo(2);
              assertThat(line.getUsageSource()).isEqualTo("REPORTED");
            });
  }

  @Test
  void oneImageOfTwoThatWereAskedIsPaidOnce() {
    house.upstream.next(json("{'created':1,'data':[{'b64_json':'QUJD'}]}"));

    openai.images().generate(image("picture").n(2).build());

    assertThat(house.books.line().getHeldNanos()).isEqualTo(80_000_000);
    assertThat(house.books.line().getCostNanos()).isEqualTo(40_000_000);
  }

  @Test
  void imagesOfTokensArePaidByThose() {
    house.upstream.next(
        json(
            "{'created':1,'data':[{'b64_json':'QUJD'}],'usage':{'input_tokens':10,'output_tokens':272,"
                + "'total_tokens':282,'input_tokens_details':{'text_tokens':10,'image_tokens':0}}}"));

    openai.images().generate(image("pixels").build());

    assertThat(house.books.line().getOutputTokens()).isEqualTo(272);
    assertThat(house.books.line().getCostNanos()).isEqualTo(272 * 40_000);
    assertThat(house.books.line().getHeldNanos()).isEqualTo(6240 * 40_000);
  }

  @Test
  void anImageThatTheBudgetCannotPayIsRefusedBeforeItIsMade() {
    assertThatThrownBy(() -> openai.images().generate(image("huge").build()))
        .isInstanceOfSatisfying(
            UnexpectedStatusCodeException.class, e -> assertThat(e.statusCode()).isEqualTo(402));
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void aModelWithoutAPriceIsRefused() {
    assertThatThrownBy(() -> openai.images().generate(image("unknown").build()))
        .isInstanceOfSatisfying(
            UnprocessableEntityException.class, e -> assertThat(e.code()).hasValue("no_price"));
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void aStreamOfImagesIsPaidByItsLastEvent() {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            """
            event: image_generation.partial_image
            data: {"type":"image_generation.partial_image","b64_json":"QQ==","partial_image_index":0}

            event: image_generation.completed
            data: {"type":"image_generation.completed","b64_json":"QUJD","usage":{"input_tokens":10,"output_tokens":300,"total_tokens":310,"input_tokens_details":{"text_tokens":10,"image_tokens":0}}}

            """));

    try (var stream = openai.images().generateStreaming(image("pixels").build())) {
      assertThat(stream.stream().toList())
          .satisfiesExactly(
              first -> assertThat(first.isGenerationPartialImage()).isTrue(),
              last ->
                  assertThat(last.asGenerationCompleted().usage().outputTokens()).isEqualTo(300));
    }
    assertThat(house.books.line().getCostNanos()).isEqualTo(300 * 40_000);
    assertThat(house.books.line().getImages()).isEqualTo(1);
  }

  private static ImageEditParams.Builder edit(String model) {
    return ImageEditParams.builder()
        .model("fake/" + model)
        .prompt("with a hat")
        .image("\u0089PNG cat".getBytes(ISO_8859_1));
  }

  @Test
  void imagesThatAreMadeOfImagesArePaidAsOthersAre() throws InterruptedException {
    Script one = json("{'created':1,'data':[{'b64_json':'QUJD'}]}");
    house.upstream.next(one).next(one).next(one);

    ImagesResponse edited =
        openai
            .images()
            .edit(
                edit("picture")
                    .image(
                        ImageEditParams.Image.ofInputStreams(
                            List.of(
                                new ByteArrayInputStream("first cat".getBytes(ISO_8859_1)),
                                new ByteArrayInputStream("second cat".getBytes(ISO_8859_1)))))
                    .mask("here".getBytes(ISO_8859_1))
                    .n(2)
                    .quality(ImageEditParams.Quality.of("hd"))
                    .build());

    assertThat(edited.data().orElseThrow()).hasSize(1);
    assertThat(asked().path()).isEqualTo("/v1/images/edits");
    assertThat(asText())
        .contains("first cat", "second cat", "name=\"mask\"", "with a hat")
        .contains("\r\n\r\npicture\r\n--")
        .doesNotContain("fake/picture");
    assertThat(
            send("/v1/images/variations", part("model", "fake/picture"), part("image", "cat"))
                .status())
        .isEqualTo(200);
    assertThat(asked().path()).isEqualTo("/v1/images/variations");
    openai.images().edit(edit("pixels").build());
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getCostNanos)
        .as("one of two that were asked for, one, and one of tokens that nobody told")
        .startsWith(80_000_000L, 40_000_000L);
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getHeldNanos)
        .startsWith(160_000_000L, 40_000_000L);
    assertThat(house.books.lines())
        .allSatisfy(
            line -> {
              assertThat(line.getRequestType()).isEqualTo("IMAGE");
              assertThat(line.getImages()).isEqualTo(1);
            });
  }

  @Test
  void aStreamOfAnEditIsPaidByItsLastEvent() {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            """
            event: image_edit.partial_image
            data: {"type":"image_edit.partial_image","b64_json":"QQ==","partial_image_index":0}

            event: image_edit.completed
            data: {"type":"image_edit.completed","b64_json":"QUJD","usage":{"input_tokens":900,"output_tokens":300,"total_tokens":1200,"input_tokens_details":{"text_tokens":10,"image_tokens":890}}}

            """));

    try (var stream = openai.images().editStreaming(edit("pixels").build())) {
      assertThat(stream.stream().toList())
          .satisfiesExactly(
              first -> assertThat(first.isPartialImage()).isTrue(),
              last -> assertThat(last.isCompleted()).isTrue());
    }
    assertThat(house.books.line().getInputTokens()).isEqualTo(900);
    assertThat(house.books.line().getCostNanos()).isEqualTo(300 * 40_000);
    assertThat(house.books.line().getIsOverHold()).isFalse();
  }

  @Test
  void anEditOfNothingIsRefused() throws InterruptedException {
    String model = part("model", "fake/picture");
    String image = part("image", "cat");
    String prompt = part("prompt", "hat");
    Map<String, String> refused =
        Map.of(
            model + prompt, "image",
            model + image, "prompt",
            image + prompt, "model",
            model + image + prompt + part("n", "11"), "n");
    for (Map.Entry<String, String> each : refused.entrySet()) {
      Reply reply = send("/v1/images/edits", each.getKey());
      assertThat(reply.status()).as(each.getValue()).isEqualTo(400);
      assertThat(reply.error().path("param").asText()).isEqualTo(each.getValue());
    }
    assertThat(house.upstream.received()).isEmpty();
  }

  private static String part(String name, String content) {
    return "--x\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
        .formatted(name, content);
  }

  private Reply send(String path, String... parts) throws InterruptedException {
    return new Client(port, House.KEY)
        .send(
            path,
            String.join("", parts) + "--x--\r\n",
            Map.of("Content-Type", "multipart/form-data; boundary=x"));
  }

  // ---- providers that have none of it

  private Map<String, Callable<?>> everything(String model) {
    return Map.of(
        "/images/generations",
        () ->
            openai
                .images()
                .generate(ImageGenerateParams.builder().model(model).prompt("a cat").build()),
        "/images/edits",
        () -> openai.images().edit(edit("x").model(model).build()),
        "/audio/speech",
        () -> {
          try (HttpResponse answer =
              openai
                  .audio()
                  .speech()
                  .create(
                      SpeechCreateParams.builder()
                          .model(model)
                          .voice("alloy")
                          .input("Hi")
                          .build())) {
            return answer.statusCode();
          }
        },
        "/audio/transcriptions",
        () ->
            openai
                .audio()
                .transcriptions()
                .create(TranscriptionCreateParams.builder().model(model).file(wave(1)).build()),
        "/moderations",
        () ->
            openai
                .moderations()
                .create(ModerationCreateParams.builder().model(model).input("hello").build()));
  }

  @Test
  void aProviderThatHasNoneOfItIsNamedAndNotAsked() {
    for (String provider : List.of("anthropic", "gemini")) {
      everything("s-" + provider)
          .forEach(
              (path, call) ->
                  assertThatThrownBy(call::call)
                      .as(path)
                      .isInstanceOf(BadRequestException.class)
                      .hasMessageContaining("p-" + provider)
                      .hasMessageContaining(path));
    }
    assertThat(house.upstream.received()).isEmpty();
    assertThat(house.books.lines()).isEmpty();
  }

  @Test
  void aServiceWhoseFallbackHasItIsAnsweredByThat() {
    house.upstream.next(json("{'text':'hello','usage':{'type':'duration','seconds':1}}"));

    openai
        .audio()
        .transcriptions()
        .create(TranscriptionCreateParams.builder().model("heard").file(wave(1)).build());

    assertThat(house.books.line().getProvider()).isEqualTo("fake");
    assertThat(house.books.line().getCostNanos()).isEqualTo(100_000);
  }

  // ---- sound

  @Test
  void speechInEventsIsPaidByWhatItsLastOneSays() throws InterruptedException {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            """
            data: {"type":"speech.audio.delta","audio":"SUQz"}

            data: {"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}

            """));

    Reply reply =
        new Client(port, House.KEY)
            .post(
                "/v1/audio/speech",
                "{\"model\":\"fake/words\",\"voice\":\"alloy\",\"input\":\"Hello there\",\"stream_format\":\"sse\"}");

    assertThat(reply.isStream()).isTrue();
    assertThat(reply.text()).contains("speech.audio.delta").endsWith("\"total_tokens\":115}}\n\n");
    assertThat(house.books.line().getOutputTokens()).isEqualTo(101);
    assertThat(house.books.line().getCostNanos()).isEqualTo(101 * 10_000);
  }

  @Test
  void aTranscriptInEventsIsPaidByItsLastOne() {
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            """
            data: {"type":"transcript.text.delta","delta":"hel"}

            data: {"type":"transcript.text.delta","delta":"lo"}

            data: {"type":"transcript.text.done","text":"hello","usage":{"type":"tokens","input_tokens":14,"output_tokens":45,"total_tokens":59}}

            """));

    try (var stream = openai.audio().transcriptions().createStreaming(heard("words", 1))) {
      assertThat(stream.stream().toList())
          .satisfiesExactly(
              one -> assertThat(one.asTranscriptTextDelta().delta()).isEqualTo("hel"),
              two -> assertThat(two.asTranscriptTextDelta().delta()).isEqualTo("lo"),
              last -> assertThat(last.asTranscriptTextDone().text()).isEqualTo("hello"));
    }
    assertThat(asText()).contains("name=\"stream\"");
    assertThat(house.books.line().getUsageSource()).isEqualTo("REPORTED");
    assertThat(house.books.line().getCostNanos()).isEqualTo(45 * 10_000);
  }

  @Test
  void aTranscriptAsTextIsPaidByTheLengthOfItsSound() throws IOException {
    String subtitles = "1\n00:00:00,000 --> 00:00:30,000\nGrüße\n";
    house.upstream.next(Script.verbatim("text/plain; charset=utf-8", subtitles));

    try (HttpResponse answer =
        openai
            .audio()
            .transcriptions()
            .withRawResponse()
            .create(heard("ear", 30).toBuilder().responseFormat(AudioResponseFormat.SRT).build())) {
      assertThat(new String(answer.body().readAllBytes(), UTF_8)).isEqualTo(subtitles);
    }
    assertThat(house.books.line().getAudioMillis()).isEqualTo(30_000);
    assertThat(house.books.line().getCostNanos()).isEqualTo(3_000_000);
  }

  @Test
  void aTranslationIsAskedForAtItsOwnPath() throws InterruptedException {
    house.upstream.next(json("{'text':'hello','duration':2.0}"));

    assertThat(
            send("/v1/audio/translations", part("model", "fake/ear"), part("file", "sound"))
                .status())
        .isEqualTo(200);

    assertThat(asked().path()).isEqualTo("/v1/audio/translations");
    assertThat(house.books.line().getCostNanos()).isEqualTo(200_000);
  }

  @Test
  void speechIsPaidByItsCharacters() throws IOException {
    String sound = "ID3".repeat(20_000);
    house.upstream.next(Script.verbatim("audio/mpeg", sound));

    try (HttpResponse answer =
        openai
            .audio()
            .speech()
            .create(
                SpeechCreateParams.builder()
                    .model("fake/voice")
                    .voice("alloy")
                    .input("Grüße 🎉")
                    .build())) {
      assertThat(answer.headers().values("content-type")).containsExactly("audio/mpeg");
      assertThat(new String(answer.body().readAllBytes(), ISO_8859_1)).isEqualTo(sound);
    }
    AiRequestsRecord line = house.books.line();
    assertThat(line.getRequestType()).isEqualTo("SPEECH");
    assertThat(line.getCharacters()).isEqualTo(7);
    assertThat(line.getCostNanos()).isEqualTo(7 * 15_000);
    assertThat(line.getIsOverHold()).isFalse();
  }

  @Test
  void speechThatBreaksOffIsPaidAndDoesNotLookWhole() throws InterruptedException {
    assertThatThrownBy(
            () -> {
              try (HttpResponse answer =
                  openai
                      .audio()
                      .speech()
                      .create(
                          SpeechCreateParams.builder()
                              .model("broken/voice")
                              .voice("alloy")
                              .input("hello")
                              .build())) {
                answer.body().readAllBytes();
              }
            })
        .isInstanceOf(IOException.class);
    Await.until("the call is settled", Duration.ofSeconds(5), () -> house.books.open() == 0);
    assertThat(house.books.line().getStatus()).isEqualTo("FAILED");
    assertThat(house.books.line().getCostNanos()).isEqualTo(5 * 15_000);
  }

  private static byte[] wave(int seconds) {
    int rate = 16_000 * 2;
    ByteBuffer file = ByteBuffer.allocate(44 + rate * seconds).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(ISO_8859_1)).putInt(36 + rate * seconds);
    file.put("WAVEfmt ".getBytes(ISO_8859_1)).putInt(16).putShort((short) 1).putShort((short) 1);
    file.putInt(16_000).putInt(rate).putShort((short) 2).putShort((short) 16);
    file.put("data".getBytes(ISO_8859_1)).putInt(rate * seconds);
    return file.array();
  }

  private static TranscriptionCreateParams heard(String model, int seconds) {
    return TranscriptionCreateParams.builder().model("fake/" + model).file(wave(seconds)).build();
  }

  @Test
  void aTranscriptIsPaidByTheSecond() {
    house.upstream.next(json("{'text':'hello','usage':{'type':'duration','seconds':90}}"));
    house.upstream.next(json("{'text':'hello'}"));

    assertThat(openai.audio().transcriptions().create(heard("ear", 90)).asTranscription().text())
        .isEqualTo("hello");
    openai.audio().transcriptions().create(heard("ear", 30));

    assertThat(asked().path()).isEqualTo("/v1/audio/transcriptions");
    assertThat(asText()).contains("name=\"model\"", "\r\n\r\near\r\n--", "WAVEfmt ");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getCostNanos)
        .containsExactly(9_000_000L, 3_000_000L);
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getUsageSource)
        .containsExactly("REPORTED", "ESTIMATED");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getAudioMillis)
        .containsExactly(90_000L, 30_000L);
    assertThat(house.books.lines()).noneMatch(AiRequestsRecord::getIsOverHold);
  }

  @Test
  void aTranscriptOfTokensIsPaidByThose() {
    house.upstream.next(
        json(
            "{'text':'hello','usage':{'type':'tokens','input_tokens':14,'output_tokens':45,'total_tokens':59,"
                + "'input_token_details':{'text_tokens':4,'audio_tokens':10}}}"));

    openai.audio().transcriptions().create(heard("words", 1));

    assertThat(house.books.line().getCostNanos()).isEqualTo(45 * 10_000);
  }

  @Test
  void partsWithoutASoundAreRefused() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/audio/transcriptions"))
            .header("Authorization", "Bearer " + House.KEY)
            .header("Content-Type", "multipart/form-data; boundary=x")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\near\r\n--x--\r\n"))
            .build();
    java.net.http.HttpResponse<String> answer;
    try (HttpClient client = HttpClient.newHttpClient()) {
      answer = client.send(request, java.net.http.HttpResponse.BodyHandlers.ofString());
    }

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("file is missing");
    assertThat(house.upstream.received()).isEmpty();
  }

  // ---- moderations

  @Test
  void aModerationIsFreeAndInTheLedger() {
    house.upstream.next(
        json(
            "{'id':'modr-1','model':'judge','results':[{'flagged':false,'categories':{},"
                + "'category_scores':{},'category_applied_input_types':{}}]}"));

    assertThat(
            openai
                .moderations()
                .create(ModerationCreateParams.builder().model("fake/judge").input("hello").build())
                .results())
        .hasSize(1);
    assertThat(house.books.line().getRequestType()).isEqualTo("MODERATION");
    assertThat(house.books.line().getCostNanos()).isZero();
  }

  @Test
  void anUpstreamsErrorIsTheClientsOwnType() {
    house.upstream.next(
        Script.error(
            400,
            "application/json",
            "{\"error\":{\"message\":\"too naughty\",\"type\":\"image_generation_user_error\",\"param\":null,\"code\":\"moderation_blocked\"}}"));

    assertThatThrownBy(() -> openai.images().generate(image("picture").build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.code()).hasValue("moderation_blocked"));
    assertThat(house.books.line().getCostNanos()).isZero();
  }
}
