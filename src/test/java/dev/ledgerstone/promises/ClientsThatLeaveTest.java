package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that leaves: the upstream is cancelled within a second, what was used is settled. */
@ParameterizedClass
@EnumSource(Engine.class)
class ClientsThatLeaveTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  private final House house;
  private final Client client;

  ClientsThatLeaveTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000 * House.CALL);
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  void beforeAnAnswerInOnePiece() throws Exception {
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));

    leavesBeforeTheAnswer(Ask.of("priced"));
  }

  @Test
  void beforeAStream() throws Exception {
    house.upstream.next(Script.answer().delay(Duration.ofMinutes(1)));

    leavesBeforeTheAnswer(Ask.of("priced").streamed());
  }

  @Test
  void whileTheUpstreamHangs() throws Exception {
    house.upstream.next(Script.answer().fault(Script.Fault.HANG_BEFORE_HEAD));

    leavesBeforeTheAnswer(Ask.of("priced").streamed());
  }

  private void leavesBeforeTheAnswer(Ask ask) throws Exception {
    try (Socket socket = client.begin(ask)) {
      FakeUpstream.await(() -> !house.upstream.received().isEmpty());
      assertThat(socket.isConnected()).isTrue();
    }

    AiRequestsRecord line = cancelled();
    assertThat(line.getOutputTokens()).isZero();
    assertThat(line.getCostNanos()).isEqualTo(line.getInputTokens() * House.TOKEN);
  }

  @Test
  void inTheMidstOfAStream() throws Exception {
    house.upstream.next(Script.answer().events(1_000, Duration.ofMillis(20)));

    leavesInTheStream("word5");
  }

  @Test
  void whileAStreamHangs() throws Exception {
    house.upstream.next(Script.answer().fault(Script.Fault.HANG, 6));

    leavesInTheStream("word5");
  }

  private void leavesInTheStream(String seen) throws Exception {
    try (Socket socket = client.begin(Ask.of("priced").streamed())) {
      assertThat(Client.readUntil(socket, seen)).startsWith("HTTP/1.1 200");
    }

    AiRequestsRecord line = cancelled();
    assertThat(line.getOutputTokens()).as("what had come").isGreaterThanOrEqualTo(6);
    assertThat(line.getCostNanos())
        .isEqualTo(line.getInputTokens() * House.TOKEN + line.getOutputTokens() * 2 * House.TOKEN);
  }

  /** The upstream lost its caller in time, and the line tells what was used. */
  private AiRequestsRecord cancelled() throws Exception {
    Received call = house.upstream.received().getFirst();
    assertThat(call.outcome(SOON)).isEqualTo(Received.Outcome.CLIENT_LEFT);
    house.books.awaitSettled(Duration.ofSeconds(5));
    AiRequestsRecord line = house.books.line();
    assertThat(line.getStatus()).isEqualTo("CANCELLED");
    assertThat(line.getErrorCode()).isEqualTo("client_left");
    assertThat(line.getUsageSource()).isEqualTo("ESTIMATED");
    assertThat(line.getInputTokens()).isPositive();
    house.books.balance();
    return line;
  }

  @Test
  void betweenTwoAttemptsNoOtherIsMade() throws Exception {
    house.upstream.on("n", Script.rateLimited(Duration.ofSeconds(2)));
    try (Socket socket = client.begin(Ask.of("steady"))) {
      FakeUpstream.await(() -> house.upstream.received().size() == 1);
      socket.shutdownOutput();

      // The server closes when the call is over.
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
    assertThat(house.upstream.received()).hasSize(1);
    assertThat(house.books.line().getCostNanos()).isZero();
    house.books.balance();
  }
}
