package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.RESPONSE_RUNS;
import static dev.ledgerstone.db.schema.Tables.RESPONSE_RUN_EVENTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseRetrieveParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Expiry;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Responses with {@code background}, by OpenAI's own client. */
@ParameterizedClass
@EnumSource(Engine.class)
class BackgroundResponsesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String ANNS_KEY = "lsk_test_house_00000003";

  private static final String BODY =
      "{\"model\":\"priced\",\"input\":\"Hi\",\"max_output_tokens\":100,\"background\":true}";

  private final House house;
  private final List<OpenAIClient> clients = new ArrayList<>();

  BackgroundResponsesTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000_000);
    house.database.write(
        sql -> {
          UUID tenant =
              sql.select(TENANTS.ID)
                  .from(TENANTS)
                  .where(TENANTS.SLUG.eq("default"))
                  .fetchSingle(TENANTS.ID);
          UserStore.create(sql, Actor.system(tenant), "ann", null, "OWNER", Instant.now());
          return null;
        });
    house.has("keys", "{ name: anns, key: " + ANNS_KEY + ", user: ann }");
  }

  private OpenAIClient open() {
    return client(house.open().port(), House.KEY);
  }

  private OpenAIClient client(int port, String key) {
    OpenAIClient client =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + port + "/v1")
            .apiKey(key)
            .maxRetries(0)
            .build();
    clients.add(client);
    return client;
  }

  @AfterEach
  void close() throws Exception {
    clients.forEach(OpenAIClient::close);
    // One that was cancelled before its turn may still be on its way to its call.
    Await.until("their jobs have ended", SOON, () -> jobsThatRun() == 0);
    house.books.awaitSettled(Duration.ofSeconds(10));
    house.books.balance();
    house.close();
  }

  private int jobsThatRun() {
    return house.database.<Integer>read(
        sql ->
            sql.fetchCount(
                JOBS,
                JOBS.KIND
                    .eq("responses.run")
                    .and(JOBS.STATE.in("SCHEDULED", "QUEUED", "RUNNING"))));
  }

  private static ResponseCreateParams.Builder asked(String text) {
    return ResponseCreateParams.builder()
        .model("priced")
        .input(text)
        .maxOutputTokens(100)
        .background(true);
  }

  private static Response ended(OpenAIClient openai, String id) throws InterruptedException {
    Await.until(
        "it has ended",
        SOON,
        () -> {
          ResponseStatus status = openai.responses().retrieve(id).status().orElseThrow();
          return !status.equals(ResponseStatus.QUEUED)
              && !status.equals(ResponseStatus.IN_PROGRESS);
        });
    return openai.responses().retrieve(id);
  }

  private static String text(Response response) {
    return response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(part -> part.outputText().stream())
        .map(text -> text.text())
        .collect(Collectors.joining());
  }

  private String sent() {
    return new String(house.upstream.received().getLast().body(), UTF_8);
  }

  // ---- answered

  @Test
  void itIsAnsweredBehindItsRequestAndCanBeContinued() throws Exception {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().delay(Duration.ofMillis(400)));

    Response queued = openai.responses().create(asked("Which city?").build());

    assertThat(queued.status()).hasValue(ResponseStatus.QUEUED);
    assertThat(queued.background()).hasValue(true);
    assertThat(queued.output()).isEmpty();
    Await.until("somebody is asked", SOON, () -> !house.upstream.received().isEmpty());
    assertThat(openai.responses().retrieve(queued.id()).status())
        .hasValue(ResponseStatus.IN_PROGRESS);
    Response whole = ended(openai, queued.id());
    assertThat(whole.status()).hasValue(ResponseStatus.COMPLETED);
    assertThat(whole.background()).hasValue(true);
    assertThat(whole.createdAt()).isCloseTo(queued.createdAt(), within(60.0));
    assertThat(text(whole)).startsWith(" word0");
    assertThat(whole.usage().orElseThrow().outputTokens()).isEqualTo(10);
    assertThat(openai.responses().inputItems().list(whole.id()).data()).hasSize(1);
    AiRequestsRecord line = house.books.line();
    assertThat(line.getStatus()).isEqualTo("COMPLETED");
    assertThat(line.getRequestType()).isEqualTo("RESPONSE");
    assertThat(line.getApiKeyId()).isNotNull();
    assertThat(line.getCostNanos()).isEqualTo(40 * House.TOKEN);

    Response next =
        openai
            .responses()
            .create(asked("And?").background(false).previousResponseId(whole.id()).build());

    assertThat(next.background()).hasValue(false);
    assertThat(sent()).contains("Which city?", "word0", "And?");
  }

  @Test
  void oneThatIsNotAnsweredYetCannotBeContinued() {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));
    Response queued = openai.responses().create(asked("Hi").build());

    assertThatThrownBy(
            () ->
                openai
                    .responses()
                    .create(
                        asked("And?").background(false).previousResponseId(queued.id()).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("completed");
    openai.responses().cancel(queued.id());
  }

  @Test
  void whatCannotBeAnsweredIsRefusedAtOnce() {
    OpenAIClient openai = open();

    assertThatThrownBy(() -> openai.responses().create(asked("Hi").model("nobody").build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> openai.responses().create(asked("Hi").temperature(9.0).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("temperature");
    assertThatThrownBy(() -> openai.responses().create(asked("Hi").store(false).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("store");
    assertThat(house.database.<Integer>read(sql -> sql.fetchCount(RESPONSE_RUNS))).isZero();
  }

  @Test
  void anAnswerThatFailsIsAResponseThatFailed() throws Exception {
    OpenAIClient openai = open();
    house.upstream.on("n", Script.htmlError());
    Response queued = openai.responses().create(asked("Hi").build());

    Response failed = ended(openai, queued.id());

    assertThat(failed.status()).hasValue(ResponseStatus.FAILED);
    assertThat(failed.error().orElseThrow().code().toString()).isEqualTo("server_error");
    assertThat(failed.error().orElseThrow().message()).isNotBlank();
    assertThat(house.books.line().getStatus()).isEqualTo("FAILED");
  }

  // ---- how many there may be

  @Test
  void aTenantHasNoMoreOfThemThanItMayAndIsToldWhatToDo() throws Exception {
    house.set("gateway.background_responses", "3");
    OpenAIClient openai = open();
    for (int i = 0; i < 4; i++) {
      house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));
    }

    List<Object> all =
        Crowd.of(
            8,
            _ -> {
              try {
                return openai.responses().create(asked("Hi").build()).id();
              } catch (RateLimitException e) {
                return e;
              }
            });

    List<String> queued =
        all.stream().filter(String.class::isInstance).map(Object::toString).toList();
    assertThat(queued).as("one at a time is admitted").hasSize(3).doesNotHaveDuplicates();
    RateLimitException refused =
        (RateLimitException)
            all.stream().filter(RateLimitException.class::isInstance).findAny().orElseThrow();
    assertThat(refused.code()).hasValue("rate_limit_exceeded");
    assertThat(refused.headers().values("retry-after")).containsExactly("5");
    assertThat(refused)
        .hasMessageContaining("gateway.background_responses allows 3")
        .hasMessageContaining("/cancel");
    openai.responses().cancel(queued.getFirst());
    String next = openai.responses().create(asked("Hi").build()).id();
    assertThat(queued).doesNotContain(next);
    openai.responses().cancel(queued.get(1));
    openai.responses().cancel(queued.get(2));
    openai.responses().cancel(next);
  }

  @Test
  void aLimitHoldsThoseOfEachKeyAndARefusedOneLeavesNothing() throws Exception {
    house.has("limits", "{ subject: API_KEY, unit: BACKGROUND, quota: 1 }");
    house.upstream.on("n", Script.answer().delay(Duration.ofMinutes(1)));
    Client client = house.client(house.open());
    Reply first = client.post("/v1/responses", BODY);
    assertThat(first.status()).isEqualTo(200);

    Reply refused =
        client.post(
            "/v1/responses", BODY, Map.of("x-conversation-id", "new", "Idempotency-Key", "a"));

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.code()).isEqualTo("rate_limit_exceeded");
    assertThat(refused.headers())
        .containsEntry("ratelimit", "\"api_key-background\";r=0")
        .containsEntry(
            "ratelimit-policy", "\"api_key-background\";q=1;qu=\"background-responses\"");
    assertThat(house.database.<Integer>read(sql -> sql.fetchCount(CONVERSATIONS))).isZero();
    assertThat(client.ask(Ask.of("chat")).isAnswered()).as("calls are not held by it").isTrue();
    Client other = new Client(client.port(), House.OTHER_KEY);
    Reply others = other.post("/v1/responses", BODY);
    assertThat(others.status()).as("another key").isEqualTo(200);
    cancel(client, first);
    Reply again = client.post("/v1/responses", BODY, Map.of("Idempotency-Key", "a"));
    assertThat(again.status()).as("the key of one that was refused is free").isEqualTo(200);
    cancel(other, others);
    cancel(client, again);
  }

  private static void cancel(Client client, Reply queued) throws InterruptedException {
    String id = queued.json().path("id").asText();
    assertThat(client.post("/v1/responses/" + id + "/cancel", "").status()).isEqualTo(200);
  }

  @Test
  void aLimitThatHasNoRoomNowIsWaitedFor() throws Exception {
    house.has("limits", "{ subject: API_KEY, quota: 1, window: 2s }");
    OpenAIClient openai = open();
    String one = openai.responses().create(asked("Hi").build()).id();
    String two = openai.responses().create(asked("Hi").build()).id();

    assertThat(ended(openai, one).status()).hasValue(ResponseStatus.COMPLETED);
    assertThat(ended(openai, two).status()).hasValue(ResponseStatus.COMPLETED);

    assertThat(house.books.lines()).as("nothing was asked for meanwhile").hasSize(2);
  }

  // ---- asked for again

  @Test
  void whoRepeatsItsKeyIsGivenTheSameResponse() throws Exception {
    Client client = house.client(house.open());
    house.upstream.next(Script.answer().delay(Duration.ofMillis(300)));
    Map<String, String> key = Map.of("Idempotency-Key", "once");

    List<Reply> all = Crowd.of(6, _ -> client.post("/v1/responses", BODY, key));

    assertThat(all).allMatch(reply -> reply.status() == 200);
    assertThat(all.stream().map(reply -> reply.json().path("id").asText()).distinct()).hasSize(1);
    assertThat(all.stream().filter(reply -> !reply.headers().containsKey("idempotent-replayed")))
        .as("made once")
        .hasSize(1);
    String id = all.getFirst().json().path("id").asText();
    Await.until(
        "it has ended",
        SOON,
        () -> {
          try {
            return client
                .get("/v1/responses/" + id)
                .json()
                .path("status")
                .asText()
                .equals("completed");
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    Reply later = client.post("/v1/responses", BODY, key);
    assertThat(later.json()).isEqualTo(client.get("/v1/responses/" + id).json());
    assertThat(later.json().path("output")).isNotEmpty();
    assertThat(house.upstream.received()).hasSize(1);
    assertThat(house.books.lines()).hasSize(1);
    Reply other = client.post("/v1/responses", BODY.replace("Hi", "Ho"), key);
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.code()).isEqualTo("idempotency_key_reused");
    Reply whole = client.post("/v1/responses", BODY.replace(",\"background\":true", ""), key);
    assertThat(whole.code()).as("nor is it a call's").isEqualTo("idempotency_key_reused");
    Reply others = new Client(client.port(), House.OTHER_KEY).post("/v1/responses", BODY, key);
    assertThat(others.json().path("id").asText()).as("another key's is its own").isNotEqualTo(id);
    client.delete("/v1/responses/" + id);
    assertThat(client.post("/v1/responses", BODY, key).code()).isEqualTo("answer_not_kept");
  }

  @Test
  void whoRepeatsAStreamSeesItFromItsBeginning() throws Exception {
    Client client = house.client(house.open());
    String body = BODY.replace("}", ",\"stream\":true}");
    Map<String, String> key = Map.of("Idempotency-Key", "once");

    Reply first = client.post("/v1/responses", body, key);
    Reply again = client.post("/v1/responses", body, key);

    assertThat(first.text()).contains("response.created", "response.completed");
    assertThat(again.text()).isEqualTo(first.text());
    assertThat(again.headers()).containsEntry("idempotent-replayed", "true");
    assertThat(house.books.lines()).hasSize(1);
  }

  // ---- cancelled, and gone

  @Test
  void whoCancelsItEndsItsCall() throws Exception {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));
    Response queued = openai.responses().create(asked("Hi").build());
    Await.until("the model is asked", SOON, () -> !house.upstream.received().isEmpty());

    Response cancelled = openai.responses().cancel(queued.id());

    assertThat(cancelled.status()).hasValue(ResponseStatus.CANCELLED);
    assertThat(house.upstream.received().getFirst().outcome(Duration.ofSeconds(5)))
        .isEqualTo(Received.Outcome.CLIENT_LEFT);
    house.books.awaitSettled(Duration.ofSeconds(5));
    assertThat(house.books.line().getStatus()).isEqualTo("CANCELLED");
    assertThat(openai.responses().cancel(queued.id()).status())
        .as("once more")
        .hasValue(ResponseStatus.CANCELLED);
    assertThat(openai.responses().retrieve(queued.id()).status())
        .hasValue(ResponseStatus.CANCELLED);
  }

  @Test
  void itIsItsUsersAloneAndGoneWhenItIsDeleted() throws Exception {
    int port = house.open().port();
    OpenAIClient openai = client(port, House.KEY);
    OpenAIClient anns = client(port, ANNS_KEY);
    Response queued = openai.responses().create(asked("Hi").build());

    assertThatThrownBy(() -> anns.responses().retrieve(queued.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> anns.responses().cancel(queued.id()))
        .isInstanceOf(NotFoundException.class);
    ended(openai, queued.id());
    openai.responses().delete(queued.id());

    assertThatThrownBy(() -> openai.responses().retrieve(queued.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void whatIsLongOverIsForgottenButForItsTurn() throws Exception {
    OpenAIClient openai = open();
    Response queued = openai.responses().create(asked("Hi").build());
    ended(openai, queued.id());

    new Expiry(house.database).run(Instant.now().plus(Duration.ofDays(8)));

    assertThat(house.database.<Integer>read(sql -> sql.fetchCount(RESPONSE_RUNS))).isZero();
    assertThat(text(openai.responses().retrieve(queued.id()))).startsWith(" word0");
  }

  // ---- streams

  private static long number(ResponseStreamEvent event) {
    Object number = event._json().orElseThrow().convert(Map.class).get("sequence_number");
    return ((Number) Objects.requireNonNull(number)).longValue();
  }

  @Test
  void whoLooksOnLaterSeesTheRestAndNothingTwice() throws Exception {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().events(40, Duration.ofMillis(25)));
    List<ResponseStreamEvent> seen = new ArrayList<>();
    try (StreamResponse<ResponseStreamEvent> stream =
        openai.responses().createStreaming(asked("Hi").build())) {
      var events = stream.stream().iterator();
      while (seen.size() < 12) {
        seen.add(events.next());
      }
    }
    assertThat(seen.getFirst().isCreated()).isTrue();
    assertThat(seen.get(1).isQueued()).isTrue();
    assertThat(seen.get(2).isInProgress()).isTrue();
    String id = seen.getFirst().asCreated().response().id();
    long last = number(seen.getLast());

    try (StreamResponse<ResponseStreamEvent> stream =
        openai
            .responses()
            .retrieveStreaming(id, ResponseRetrieveParams.builder().startingAfter(last).build())) {
      stream.stream().forEach(seen::add);
    }

    assertThat(seen.stream().map(BackgroundResponsesTest::number))
        .containsExactlyElementsOf(
            IntStream.range(0, seen.size()).mapToObj(each -> (Long) (long) each).toList());
    Response whole = seen.getLast().asCompleted().response();
    assertThat(whole.id()).isEqualTo(id);
    assertThat(
            seen.stream()
                .flatMap(event -> event.outputTextDelta().stream())
                .map(delta -> delta.delta())
                .collect(Collectors.joining()))
        .isEqualTo(text(whole))
        .contains("word39");
    assertThat(openai.responses().retrieve(id).output()).isEqualTo(whole.output());
    assertThat(house.books.line().getStatus()).isEqualTo("COMPLETED");
    try (StreamResponse<ResponseStreamEvent> stream =
        openai
            .responses()
            .retrieveStreaming(
                id,
                ResponseRetrieveParams.builder().startingAfter(number(seen.getLast())).build())) {
      assertThat(stream.stream()).as("nothing follows the end").isEmpty();
    }
  }

  @Test
  void aStreamThatIsCancelledEnds() throws Exception {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().events(4_000, Duration.ofMillis(20)));
    List<ResponseStreamEvent> seen = new ArrayList<>();
    try (StreamResponse<ResponseStreamEvent> stream =
        openai.responses().createStreaming(asked("Hi").build())) {
      stream.stream()
          .forEach(
              event -> {
                seen.add(event);
                if (seen.size() == 8) {
                  openai.responses().cancel(seen.getFirst().asCreated().response().id());
                }
              });
    }

    assertThat(seen).hasSizeLessThan(200);
    house.books.awaitSettled(Duration.ofSeconds(5));
    assertThat(house.books.line().getStatus()).isEqualTo("CANCELLED");
    assertThat(house.books.line().getOutputTokens()).isPositive();
  }

  @Test
  void aStreamWhoseAnswerBreaksEndsInItsFailure() throws Exception {
    OpenAIClient openai = open();
    house.upstream.next(Script.answer().fault(Fault.RESET, 5));
    List<ResponseStreamEvent> seen;
    try (StreamResponse<ResponseStreamEvent> stream =
        openai.responses().createStreaming(asked("Hi").build())) {
      seen = stream.stream().toList();
    }

    assertThat(seen.getLast().isFailed()).isTrue();
    Response failed = openai.responses().retrieve(seen.getFirst().asCreated().response().id());
    assertThat(failed.status()).hasValue(ResponseStatus.FAILED);
    assertThat(failed.error().orElseThrow().message()).contains("broke");
  }

  @Test
  void oneThatWasNotAskedForAsAStreamIsNone() throws Exception {
    OpenAIClient openai = open();
    Response queued = openai.responses().create(asked("Hi").build());
    ended(openai, queued.id());

    assertThatThrownBy(
            () -> {
              try (var stream = openai.responses().retrieveStreaming(queued.id())) {
                stream.stream().count();
              }
            })
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("stream");
    assertThat(house.database.<Integer>read(sql -> sql.fetchCount(RESPONSE_RUN_EVENTS))).isZero();
  }

  // ---- nodes that die

  @Test
  void aResponseOutlivesTheNodeThatAnswersIt() throws Exception {
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(5)));
    Response queued;
    try (ChildServer node = house.child("node")) {
      queued = client(node.port(), House.KEY).responses().create(asked("Hi").build());
      Await.until("the model is asked", SOON, () -> !house.upstream.received().isEmpty());
      node.kill();
    }
    ChildServer again = house.child("node");

    Response whole = ended(client(again.port(), House.KEY), queued.id());

    assertThat(whole.status()).hasValue(ResponseStatus.COMPLETED);
    assertThat(text(whole)).startsWith(" word0");
    assertThat(house.upstream.received()).hasSize(2);
    house.books.awaitSettled(Duration.ofSeconds(10));
    assertThat(house.books.lines()).hasSize(2);
  }
}
