package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Storms on real sockets: load leaves what fails within a second, and comes back. */
@ParameterizedClass
@EnumSource(Engine.class)
class RoutingTest {
  private final House house;
  private final FakeUpstream spare = FakeUpstream.start();
  private Client client;

  RoutingTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 100_000 * House.CALL);
    house.has(
        "providers",
        "{ name: spare, provider: CUSTOM, base_url: \"%s\", api_key: sk-spare }"
            .formatted(spare.baseUrl()));
    house.has("prices", "{ provider: spare, model: s, input: 1, output: 2 }");
    house.has("services", "{ name: backup, provider: spare, model: s, retries: 0 }");
    house.has(
        "services",
        "{ name: main, provider: fake, model: n, retries: 1, fallbacks: [backup], task_types: [SUMMARIZATION] }");
    house.has(
        "services", "{ name: quick, provider: slow, model: n, retries: 0, fallbacks: [backup] }");
  }

  private void open() {
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
    spare.close();
  }

  // ---- storms

  @Test
  void aProviderThatLimitsTheRateLosesItsLoadWithinASecondAndGetsItBack() throws Exception {
    open();
    house.upstream.on("n", Script.rateLimited(Duration.ofSeconds(2)));

    Storm storm = storm(() -> Ask.of("main").streamed(), _ -> true, 1);

    assertThat(storm.replies()).allMatch(Reply::isAnswered);
    Instant moved = ended(storm, 1);
    assertThat(later(house.upstream, moved.plusMillis(500)))
        .as("it asked for a longer time")
        .allMatch(request -> request.at().isAfter(moved.plusMillis(1_000)));
    assertThat(later(spare, moved)).isNotEmpty();

    house.upstream.on("n", Script.answer());
    assertComesBack("main");
    everyAttemptIsALineAndNobodyIsAnsweredTwice(storm);
  }

  @Test
  void aProviderThatHangsLosesItsLoadWithinASecondOfItsFirstTimeouts() throws Exception {
    open();
    house.upstream.on("n", Script.answer().fault(Fault.HANG_BEFORE_HEAD));

    // It is given 400 ms to begin: the first time-outs come then, and five are enough.
    Storm storm = storm(() -> Ask.of("quick").streamed(), _ -> true, 5);

    assertThat(storm.replies()).allMatch(Reply::isAnswered);
    Instant moved = ended(storm, 5).plusSeconds(1);
    assertThat(later(house.upstream, moved)).as("trials alone").hasSizeLessThanOrEqualTo(2);
    assertThat(later(spare, moved)).hasSizeGreaterThan(20);

    house.upstream.on("n", Script.answer());
    assertComesBack("quick");
    everyAttemptIsALineAndNobodyIsAnsweredTwice(storm);
  }

  @Test
  void aProviderThatBreaksHalfItsStreamsLosesItsLoadWithinASecondAndGetsItBack() throws Exception {
    open();
    AtomicBoolean isOdd = new AtomicBoolean();

    Storm storm =
        storm(
            () -> {
              boolean breaks = isOdd.getAndSet(!isOdd.get());
              house.upstream.first(
                  "n", breaks ? Script.answer().fault(Fault.RESET, 3) : Script.answer());
              return Ask.of("main").streamed();
            },
            reply -> !reply.isAnswered(),
            5);

    List<Instant> broken =
        storm.ends.stream().filter(end -> !end.reply.isAnswered()).map(End::at).sorted().toList();
    assertThat(broken)
        .as("streams that had begun when they broke")
        .hasSizeBetween(5, storm.ends.size() / 2);
    // A client sees a stream break when the breaker does: five of them are its evidence.
    Instant moved = broken.get(4).plusSeconds(1);
    assertThat(later(house.upstream, moved)).as("trials alone").hasSizeLessThanOrEqualTo(8);
    assertThat(later(spare, moved)).hasSizeGreaterThan(20);

    house.upstream.on("n", Script.answer());
    Script sound = Script.answer();
    for (int i = 0; i < 200; i++) {
      house.upstream.next(sound);
    }
    assertComesBack("main");
    everyAttemptIsALineAndNobodyIsAnsweredTwice(storm);
  }

  @Test
  void whereEverythingFailsTheUpstreamIsStillAskedAndNobodyWaitsForNothing() throws Exception {
    open();
    house.upstream.on("n", Script.htmlError());
    spare.on("s", Script.htmlError());

    List<Reply> replies = Crowd.of(40, _ -> client.ask(Ask.of("main")));
    assertThat(replies).allMatch(reply -> reply.status() == 500);

    house.upstream.on("n", Script.answer());
    assertThat(client.ask(Ask.of("main")).isAnswered())
        .as("both breakers are open, and the call has nowhere else to go")
        .isTrue();
  }

  @Test
  void aTimeThatTheOnlyProviderAskedForIsKept() throws Exception {
    open();
    house.upstream.on("n", Script.rateLimited(Duration.ofSeconds(60)));
    assertThat(client.ask(Ask.of("priced")).status()).isEqualTo(429);

    Reply reply = client.ask(Ask.of("priced"));

    assertThat(reply.status()).isEqualTo(429);
    assertThat(reply.code()).isEqualTo("provider_resting");
    assertThat(Integer.parseInt(reply.headers().get("retry-after"))).isBetween(50, 60);
    assertThat(house.upstream.received()).as("not asked again").hasSize(1);
    assertThat(house.books.lines()).hasSize(1);
  }

  // ---- keys

  @Test
  void aKeyThatIsRefusedOrLimitedGivesItsCallsToTheOthers() throws Exception {
    house.has(
        "providers",
        "{ name: many, provider: CUSTOM, base_url: \"%s\", api_keys: [{ name: a, key: sk-a }, { name: b, key: sk-b }] }"
            .formatted(house.upstream.baseUrl()));
    house.has("prices", "{ provider: many, model: k, input: 1, output: 2 }");
    house.has("services", "{ name: keyed, provider: many, model: k, retries: 0 }");
    open();

    house.upstream.first("k", Script.unauthorized());
    for (int i = 0; i < 11; i++) {
      assertThat(client.ask(Ask.of("keyed")).isAnswered()).isTrue();
    }

    List<String> sent =
        house.upstream.received().stream()
            .map(request -> request.headers().get("authorization"))
            .toList();
    assertThat(sent).hasSize(12);
    assertThat(Set.copyOf(sent.subList(1, 12))).as("the refused key rests").hasSize(1);
    assertThat(sent.getFirst()).isNotEqualTo(sent.get(1));
    assertThat(house.books.lines().getFirst().getErrorCode()).isEqualTo("upstream_401");
  }

  // ---- queues

  @Test
  void moreCallsThanMayRunWaitTheirTurnAndThatIsInTheLedger() throws Exception {
    house.has(
        "services",
        "{ name: narrow, provider: fake, model: n, retries: 0, max_concurrency: 2, queue: { length: 4, wait: 20s } }");
    open();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(300)));

    List<Reply> replies = Crowd.of(8, _ -> client.ask(Ask.of("narrow")));

    Map<Integer, Long> byStatus =
        replies.stream().collect(Collectors.groupingBy(Reply::status, Collectors.counting()));
    assertThat(byStatus).containsExactlyInAnyOrderEntriesOf(Map.of(200, 6L, 429, 2L));
    assertThat(replies.stream().filter(reply -> reply.status() == 429))
        .allMatch(reply -> reply.code().equals("service_busy"))
        .allMatch(reply -> reply.headers().containsKey("retry-after"));
    assertThat(house.books.lines())
        .hasSize(6)
        .filteredOn(line -> line.getQueueMicros() > 250_000)
        .hasSize(4);
  }

  @Test
  void aFullQueueSendsTheCallToTheFallback() throws Exception {
    house.has(
        "services",
        "{ name: narrow, provider: fake, model: n, retries: 0, max_concurrency: 1, queue: { length: 0 }, fallbacks: [backup] }");
    open();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(300)));

    List<Reply> replies = Crowd.of(4, _ -> client.ask(Ask.of("narrow")));

    assertThat(replies).allMatch(Reply::isAnswered);
    assertThat(replies.stream().map(reply -> reply.headers().get("x-served-by")))
        .containsExactlyInAnyOrder("narrow", "backup", "backup", "backup");
  }

  // ---- hedging

  @Test
  void aSlowAnswerIsOvertakenByTheNextCandidateAndBothAreLines() throws Exception {
    hedged();
    house.upstream.on("n", Script.answer().delay(Duration.ofSeconds(20)));

    for (boolean isStream : new boolean[] {true, false}) {
      Reply reply = client.ask(Ask.of("hedged").streamed(isStream));
      assertThat(reply.isAnswered()).isTrue();
      assertThat(reply.headers().get("x-served-by")).isEqualTo("backup");
    }

    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines)
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("CANCELLED", "COMPLETED", "CANCELLED", "COMPLETED");
    assertThat(lines.getFirst().getErrorCode()).isEqualTo("overtaken");
    assertThat(lines.get(1).getParentId()).isEqualTo(lines.getFirst().getId());
    for (Received slow : house.upstream.received()) {
      assertThat(slow.outcome(Duration.ofSeconds(2))).isEqualTo(Received.Outcome.CLIENT_LEFT);
    }
  }

  @Test
  void aFirstAnswerThatBeginsAfterAllEndsTheSecondAttempt() throws Exception {
    hedged();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(600)));
    spare.on("s", Script.answer().delay(Duration.ofSeconds(20)));

    Reply reply = client.ask(Ask.of("hedged").streamed());

    assertThat(reply.isAnswered()).isTrue();
    assertThat(reply.headers().get("x-served-by")).isEqualTo("hedged");
    house.books.awaitSettled(Duration.ofSeconds(2));
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("COMPLETED", "CANCELLED");
    assertThat(spare.received().getFirst().outcome(Duration.ofSeconds(2)))
        .isEqualTo(Received.Outcome.CLIENT_LEFT);
  }

  @Test
  void aQuickAnswerHasNoSecondAttempt() throws Exception {
    hedged();

    assertThat(client.ask(Ask.of("hedged").streamed()).isAnswered()).isTrue();
    assertThat(house.books.lines()).hasSize(1);
    assertThat(spare.received()).isEmpty();
  }

  @Test
  void aSecondAttemptThatFailsLeavesTheFirstOneToAnswer() throws Exception {
    hedged();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(700)));
    spare.on("s", Script.htmlError());

    Reply reply = client.ask(Ask.of("hedged"));

    assertThat(reply.isAnswered()).isTrue();
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("COMPLETED", "FAILED");
  }

  @Test
  void aFirstAttemptThatFailsLateLeavesTheSecondOneToAnswer() throws Exception {
    hedged();
    house.upstream.on("n", Script.htmlError().delay(Duration.ofMillis(500)));
    spare.on("s", Script.answer().delay(Duration.ofMillis(700)));

    Reply reply = client.ask(Ask.of("hedged").streamed());

    assertThat(reply.isAnswered()).isTrue();
    assertThat(reply.headers().get("x-served-by")).isEqualTo("backup");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("FAILED", "COMPLETED");
  }

  @Test
  void manyHedgedCallsAreEachAnsweredOnce() throws Exception {
    hedged();
    house.upstream.on("n", Script.answer().delay(Duration.ofMillis(190)));
    spare.on("s", Script.answer().delay(Duration.ofMillis(10)));

    List<Reply> replies = Crowd.of(60, i -> client.ask(Ask.of("hedged").streamed(i % 2 == 0)));

    assertThat(replies).allMatch(Reply::isAnswered);
    house.books.awaitSettled(Duration.ofSeconds(5));
    Map<UUID, Long> answered = answersByCall();
    assertThat(answered).hasSize(60).allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
    for (Reply reply : replies) {
      if (reply.isStream()) {
        assertThat(reply.text().split("\\[DONE\\]", -1)).hasSize(2);
        assertThat(reply.text().split("word0", -1)).hasSize(2);
      }
    }
  }

  private void hedged() {
    house.has(
        "services",
        "{ name: hedged, provider: fake, model: n, retries: 0, fallbacks: [backup], hedge_after: 150ms }");
    open();
  }

  // ---- auto

  @Test
  void autoFindsTheTaskAndWhatItFoundIsInTheLedger() throws Exception {
    open();

    Reply found = client.post("/v1/chat/completions", chat("Summarize this: it rained."));
    Reply told = client.ask(Ask.of("auto").with("x-task-type", "SUMMARIZATION").streamed());

    assertThat(found.headers().get("x-served-by")).isEqualTo("main");
    assertThat(told.headers().get("x-served-by")).isEqualTo("main");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getTaskType)
        .containsOnly("SUMMARIZATION");
  }

  private static String chat(String said) {
    return """
        {"model":"auto","max_tokens":10,"messages":[{"role":"user","content":"%s"}]}"""
        .formatted(said);
  }

  // ---- what storms are made of

  private record End(Reply reply, Instant at) {}

  private record Storm(List<End> ends) {
    List<Reply> replies() {
      return ends.stream().map(End::reply).toList();
    }
  }

  /**
   * Fifty calls a second, until forty of them were begun a second after so many replies were the
   * evidence: a slow machine has a longer storm.
   */
  private Storm storm(Supplier<Ask> ask, Predicate<Reply> isEvidence, int many) throws Exception {
    for (Reply warm : Crowd.of(20, _ -> client.ask(Ask.of("backup").streamed()))) {
      assertThat(warm.isAnswered()).isTrue();
    }
    Queue<End> ends = new ConcurrentLinkedQueue<>();
    AtomicInteger evidence = new AtomicInteger();
    AtomicReference<Instant> found = new AtomicReference<>();
    CountDownLatch behind = new CountDownLatch(40);
    // Each waits for what it was given before it closes: the beat first, then the calls.
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        ScheduledExecutorService beat = Executors.newSingleThreadScheduledExecutor()) {
      Future<?> beating =
          beat.scheduleAtFixedRate(
              () -> {
                Instant since = found.get();
                if (since != null && Instant.now().isAfter(since.plusSeconds(1))) {
                  behind.countDown();
                }
                Ask next = ask.get();
                threads.execute(
                    () -> {
                      Reply reply = answer(next);
                      Instant now = Instant.now();
                      ends.add(new End(reply, now));
                      if (isEvidence.test(reply) && evidence.incrementAndGet() == many) {
                        found.set(now);
                      }
                    });
              },
              0,
              20,
              TimeUnit.MILLISECONDS);
      assertThat(behind.await(60, TimeUnit.SECONDS)).as("there was evidence").isTrue();
      beating.cancel(false);
    }
    return new Storm(List.copyOf(ends));
  }

  private Reply answer(Ask ask) {
    try {
      return client.ask(ask);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** When so many calls had their answers. */
  private static Instant ended(Storm storm, int calls) {
    return storm.ends.stream().map(End::at).sorted().toList().get(calls - 1);
  }

  private static List<Received> later(FakeUpstream upstream, Instant than) {
    return upstream.received().stream().filter(request -> request.at().isAfter(than)).toList();
  }

  /** Calls one at a time until the service itself answers, and goes on doing so. */
  private void assertComesBack(String service) throws Exception {
    Instant end = Instant.now().plusSeconds(15);
    int inARow = 0;
    while (inARow < 5) {
      assertThat(Instant.now()).as(service + " has its load back").isBefore(end);
      Reply reply = client.ask(Ask.of(service));
      inARow = service.equals(reply.headers().get("x-served-by")) ? inARow + 1 : 0;
    }
  }

  private void everyAttemptIsALineAndNobodyIsAnsweredTwice(Storm storm) throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    int asked = house.upstream.received().size() + spare.received().size();
    int lines = house.database.read(sql -> sql.fetchCount(AI_REQUESTS));
    assertThat(lines).isEqualTo(asked);
    Map<UUID, Long> answers = answersByCall();
    assertThat(answers.values()).allMatch(times -> times == 1);
    for (Reply reply : storm.replies()) {
      if (reply.isAnswered()) {
        assertThat(answers).containsKey(reply.id());
        assertThat(reply.text().split("\\[DONE\\]", -1)).hasSize(2);
        assertThat(reply.text().split("word0", -1)).hasSize(2);
      } else {
        assertThat(answers).doesNotContainKey(reply.id());
      }
    }
  }

  /** How many attempts of each call, by its first line, gave an answer. */
  private Map<UUID, Long> answersByCall() {
    return house.books.lines().stream()
        .filter(line -> line.getStatus().equals("COMPLETED"))
        .collect(
            Collectors.groupingBy(
                line -> line.getParentId() == null ? line.getId() : line.getParentId(),
                Collectors.counting()));
  }
}
