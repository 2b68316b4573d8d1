package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import dev.ledgerstone.testkit.Script.UsageIn;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever an upstream does, the books tell it once, and a broken answer never looks whole. */
@ParameterizedClass
@EnumSource(Engine.class)
class UpstreamsThatFailTest {
  private final House house;
  private final Client client;

  UpstreamsThatFailTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 100_000 * House.CALL);
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  // ---- time-outs

  @Test
  void aFirstTokenThatDoesNotComeInTimeIsATimeout() throws Exception {
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));

    Reply reply = client.ask(Ask.of("hasty").streamed());

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.code()).isEqualTo("upstream_timeout");
    assertThat(house.books.line().getStatus()).isEqualTo("TIMEOUT");
    assertThat(only().outcome(Duration.ofSeconds(1))).isEqualTo(Received.Outcome.CLIENT_LEFT);
  }

  @Test
  void anAnswerInOnePieceThatTakesTooLongIsATimeout() throws Exception {
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));

    Reply reply = client.ask(Ask.of("hasty"));

    assertThat(reply.status()).isEqualTo(504);
    assertThat(house.books.line().getStatus()).isEqualTo("TIMEOUT");
    assertThat(only().outcome(Duration.ofSeconds(1))).isEqualTo(Received.Outcome.CLIENT_LEFT);
  }

  @Test
  void aStreamThatTakesTooLongEndsInAnErrorEventAndCostsWhatCame() throws Exception {
    house.upstream.next(Script.answer().events(1_000, Duration.ofMillis(20)));

    Reply reply = client.ask(Ask.of("hasty").streamed());

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.isDone()).isFalse();
    assertThat(reply.code()).isEqualTo("upstream_timeout");
    AiRequestsRecord line = house.books.line();
    assertThat(line.getStatus()).isEqualTo("TIMEOUT");
    assertThat(line.getOutputTokens()).isGreaterThan(5);
    assertThat(only().outcome(Duration.ofSeconds(1))).isEqualTo(Received.Outcome.CLIENT_LEFT);
  }

  // ---- connections that break

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"RESET_BEFORE_HEAD", "CLOSE_BEFORE_HEAD", "CLOSE_IN_HEAD", "RESET", "CLOSE"})
  void anAnswerThatBreaksIsTriedAgainUnderTheSameRoot(Fault fault) throws Exception {
    house.upstream.next(Script.answer().fault(fault));

    Reply reply = client.ask(Ask.of("steady"));

    assertThat(reply.isAnswered()).isTrue();
    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines)
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("FAILED", "COMPLETED");
    assertThat(lines).extracting(AiRequestsRecord::getAttempt).containsExactly(1, 2);
    assertThat(lines.get(0).getId()).isEqualTo(reply.id());
    assertThat(lines.get(1).getParentId()).isEqualTo(reply.id());
    assertThat(lines.get(0).getOutputTokens()).isZero();
    assertThat(lines.get(1).getCostNanos()).isEqualTo((20 + 2 * 10) * House.TOKEN);
    assertThat(reply.headers().get("x-cost-nanos"))
        .isEqualTo(Long.toString(lines.get(0).getCostNanos() + lines.get(1).getCostNanos()));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"RESET", "CLOSE", "MALFORMED_CHUNK"})
  void aStreamThatBreaksEndsInAnErrorEventAndCostsWhatCame(Fault fault) throws Exception {
    house.upstream.next(Script.answer().fault(fault, 5));

    Reply reply = client.ask(Ask.of("steady").streamed());

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).contains("word4").doesNotContain("word5").doesNotContain("[DONE]");
    assertThat(reply.code()).isEqualTo("upstream_bad_answer");
    AiRequestsRecord line = house.books.line();
    assertThat(line.getStatus()).isEqualTo("FAILED");
    assertThat(line.getUsageSource()).isEqualTo("ESTIMATED");
    assertThat(line.getOutputTokens()).isBetween(5L, 15L);
  }

  @Test
  void anEventThatIsNotJsonDoesNotHideTheUsageThatFollows() throws Exception {
    house.upstream.next(Script.answer().fault(Fault.MALFORMED_EVENT, 5));

    Reply reply = client.ask(Ask.of("steady").streamed());

    AiRequestsRecord line = house.books.line();
    assertThat(line.getStatus()).isEqualTo(reply.isDone() ? "COMPLETED" : "FAILED");
    assertThat(line.getCostNanos()).isPositive();
    assertThat(house.upstream.received()).hasSize(1);
  }

  @Test
  void aStreamThatBreaksBeforeItsFirstEventIsTriedAgain() throws Exception {
    house.upstream.next(Script.answer().fault(Fault.CLOSE, 0));

    Reply reply = client.ask(Ask.of("steady").streamed());

    assertThat(reply.isAnswered()).isTrue();
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("FAILED", "COMPLETED");
  }

  // ---- upstreams that refuse

  @Test
  void aRateLimitedAttemptIsRepeatedAfterTheTimeThatTheUpstreamNamed() throws Exception {
    house.upstream.next(Script.rateLimited(Duration.ofSeconds(1)));
    long start = System.nanoTime();

    Reply reply = client.ask(Ask.of("steady").streamed());

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(reply.isAnswered()).isTrue();
    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines)
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("FAILED", "COMPLETED");
    assertThat(lines.getFirst().getHttpStatus()).isEqualTo(429);
    assertThat(lines.getFirst().getErrorCode()).isEqualTo("upstream_429");
    assertThat(lines.getFirst().getCostNanos()).isZero();
  }

  @Test
  void aRateLimitThatOutlastsTheRetriesIsTheClients() throws Exception {
    house.upstream.on("n", Script.rateLimited(Duration.ofSeconds(60)));

    Reply reply = client.ask(Ask.of("steady"));

    assertThat(reply.status()).isEqualTo(429);
    assertThat(reply.headers().get("retry-after")).isEqualTo("60");
    assertThat(reply.code()).isEqualTo("rate_limit_exceeded");
    assertThat(house.upstream.received()).as("not asked again before its time").hasSize(1);
    assertThat(house.books.line().getCostNanos()).isZero();
  }

  @Test
  void aStormOfErrorsCostsNothingAndEveryAttemptIsALine() throws Exception {
    house.upstream.on("n", Script.htmlError());

    List<Reply> replies = Crowd.of(20, i -> client.ask(Ask.of("steady").streamed(i % 2 == 0)));

    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).isEqualTo(500);
              assertThat(reply.error().path("message").asText()).isNotEmpty();
              assertThat(reply.error().has("type")).isTrue();
            });
    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines).hasSize(60).hasSameSizeAs(house.upstream.received());
    assertThat(lines).extracting(AiRequestsRecord::getCostNanos).containsOnly(0L);
    assertThat(lines).extracting(AiRequestsRecord::getStatus).containsOnly("FAILED");
    for (Reply reply : replies) {
      assertThat(lines.stream().filter(line -> reply.id().equals(line.getParentId())))
          .as("later attempts of one call")
          .extracting(AiRequestsRecord::getAttempt)
          .containsExactly(2, 3);
    }
  }

  @Test
  void anErrorOfTheCallersOwnIsNotTriedAgain() throws Exception {
    house.upstream.next(Script.unauthorized());

    Reply reply = client.ask(Ask.of("steady"));

    assertThat(reply.status()).isEqualTo(401);
    assertThat(house.upstream.received()).hasSize(1);
    assertThat(house.books.line().getErrorCode()).isEqualTo("upstream_401");
  }

  // ---- usage

  @ParameterizedTest
  @EnumSource(UsageIn.class)
  void everyWayOfTellingUsageIsReadInStreamsAndInAnswers(UsageIn usage) throws Exception {
    house.upstream.on("n", Script.answer().usage(usage));

    for (boolean isStream : new boolean[] {false, true}) {
      Reply reply = client.ask(Ask.of("priced").streamed(isStream));

      assertThat(reply.isAnswered()).isTrue();
      AiRequestsRecord line = house.books.line(reply.id());
      switch (usage) {
        case AS_ASKED, LAST_CHUNK, EVERY_CHUNK -> {
          assertThat(line.getUsageSource()).isEqualTo("REPORTED");
          assertThat(line.getInputTokens()).isEqualTo(20);
          assertThat(line.getOutputTokens()).isEqualTo(10);
        }
        case ZERO -> {
          assertThat(line.getUsageSource()).isEqualTo("REPORTED");
          assertThat(line.getCostNanos()).isZero();
        }
        case MISSING -> {
          assertThat(line.getUsageSource()).isEqualTo("ESTIMATED");
          assertThat(line.getInputTokens()).isPositive();
          assertThat(line.getOutputTokens()).isBetween(10L, 30L);
        }
      }
      assertThat(line.getCostNanos())
          .isEqualTo((line.getInputTokens() + 2 * line.getOutputTokens()) * House.TOKEN);
      if (isStream) {
        assertThat(reply.text()).contains("x-cost-nanos=" + line.getCostNanos());
      } else {
        assertThat(reply.headers().get("x-cost-nanos")).isEqualTo("" + line.getCostNanos());
      }
    }
  }

  private Received only() {
    assertThat(house.upstream.received()).hasSize(1);
    return house.upstream.received().getFirst();
  }
}
