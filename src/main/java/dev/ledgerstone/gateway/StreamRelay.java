package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.wire.ChatStream;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageReader;
import dev.ledgerstone.ledger.UsageSource;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Hands a stream on, event by event, and reads its usage on the way.
 *
 * <p>The end is held back until the settlement is on disk: a client that saw {@code [DONE]} has its
 * call in the ledger, and one whose call could not be settled sees an error event in its place.
 */
final class StreamRelay {
  private static final Logger LOG = System.getLogger(StreamRelay.class.getName());
  private static final int MOST_AFTER_DONE = 1024;
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(UTF_8);

  private final Parts parts;
  private final Call call;
  private final Attempt attempt;
  private final Watch.Running running;
  private final ServerResponse response;
  private final ChatStream stream = new ChatStream();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
  private final ByteArrayOutputStream cached = new ByteArrayOutputStream(0);
  private boolean isKept;
  private boolean isCached;

  StreamRelay(
      Parts parts, Call call, Attempt attempt, Watch.Running running, ServerResponse response) {
    this.parts = parts;
    this.call = call;
    this.attempt = attempt;
    this.running = running;
    this.response = response;
    this.isKept = call.idempotency != null;
    this.isCached = call.keeps(attempt.candidate());
  }

  /**
   * Relays the answer.
   *
   * @return why the client got nothing; null: it was answered, or at least the answer was begun
   */
  @Nullable Failure relay(UpstreamAnswer answer) throws IOException {
    SseReader events = new SseReader(answer.body());
    // Until the first event has come the client has seen nothing, and another attempt may still be
    // made.
    ChatStream.Event event = next(events);
    if (event == null || event == ChatStream.Event.ERROR) {
      byte[] error = stream.error();
      attempt.settle(
          RequestStatus.FAILED,
          event == null ? attempt.estimated("", 0) : Attempt.nothing(),
          "upstream_bad_answer",
          error == null ? "the stream ended before it began" : "the stream began with an error",
          null);
      Problem problem =
          new GatewayProblem.BadAnswer(
              attempt.candidate().provider().name(), "ended its stream before it began");
      return error == null
          ? new Failure.Broken(problem, true)
          : new Failure.Answered(
              502, "{\"error\":%s}".formatted(new String(error, UTF_8)).getBytes(UTF_8), null);
    }
    attempt.begun();
    running.begun();
    parts.headers(call, attempt.candidate(), response);
    try (SseWriter out = SseWriter.open(response)) {
      try {
        pump(events, event, out);
      } catch (IOException e) {
        attempt.broke(e);
        broken(out);
        return null;
      }
      end(out);
      readToTheEnd(answer);
    } catch (ClientGone e) {
      attempt.cancellation().cancel(Cancellation.Reason.CLIENT_LEFT);
      if (!isEnded) {
        settle(RequestStatus.CANCELLED, "client_left", null);
      }
      throw e;
    }
    return null;
  }

  /**
   * To the body's very end, past [DONE]: only then can the connection serve the next call. The call
   * is settled and the client has its answer; an upstream that breaks now, or a client that leaves,
   * costs the connection and nothing else.
   */
  private static void readToTheEnd(UpstreamAnswer answer) {
    try {
      answer.body().skip(MOST_AFTER_DONE);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a connection broke after its stream''s end: {0}", e.getMessage());
    }
  }

  private ChatStream.@Nullable Event next(SseReader events) throws IOException {
    while (events.next()) {
      if (events.dataTo() > events.dataFrom()) {
        return stream.inspect(events.dataBuffer(), events.dataFrom(), events.dataTo());
      }
    }
    return null;
  }

  private void pump(SseReader events, ChatStream.Event first, SseWriter out) throws IOException {
    ChatStream.Event event = first;
    while (event != null && event != ChatStream.Event.DONE && event != ChatStream.Event.ERROR) {
      if (event == ChatStream.Event.DATA || call.request.wantsUsage()) {
        out.write(events.buffer(), events.from(), events.length());
        keep(events.buffer(), events.from(), events.length());
      }
      if (isCached) {
        isCached = cached.size() + events.length() <= Parts.MOST_KEPT_BYTES;
        cached.write(events.buffer(), events.from(), isCached ? events.length() : 0);
      }
      event = next(events);
    }
  }

  private void keep(byte[] bytes, int from, int length) {
    if (isKept) {
      isKept = kept.size() + length <= Parts.MOST_KEPT_BYTES;
      if (isKept) {
        kept.write(bytes, from, length);
      } else {
        kept.reset();
      }
    }
  }

  private boolean isEnded;

  /** The upstream's stream ended, well or with an error event. */
  private void end(SseWriter out) {
    byte[] error = stream.error();
    boolean isWhole = stream.isDone() || stream.finishReason() != null;
    if (error != null || !isWhole) {
      isEnded = true;
      settled(
          out,
          RequestStatus.FAILED,
          "upstream_bad_answer",
          error == null ? "the stream was cut" : "the stream broke off");
      out.event(
          error == null
              ? error(
                  new GatewayProblem.BadAnswer(
                      attempt.candidate().provider().name(), "cut its stream off"))
              : "{\"error\":" + new String(error, UTF_8) + "}");
      return;
    }
    isEnded = true;
    if (settled(out, RequestStatus.COMPLETED, null, null)) {
      out.comment("cost " + call.costNanos + " x-cost-nanos=" + call.costNanos);
      out.write(DONE);
    }
  }

  /** Reading failed: the upstream broke, or somebody ended the call. */
  private void broken(SseWriter out) {
    isEnded = true;
    Cancellation.Reason reason = attempt.cancellation().reason();
    String provider = attempt.candidate().provider().name();
    if (reason == null) {
      settled(out, RequestStatus.FAILED, "upstream_unreachable", "the stream broke");
      out.event(error(new GatewayProblem.BadAnswer(provider, "broke its stream off")));
      return;
    }
    switch (reason) {
      case CLIENT_LEFT -> {
        settle(RequestStatus.CANCELLED, "client_left", null);
        throw new ClientGone(ClientGone.Reason.LEFT, null);
      }
      case FIRST_TOKEN_TIMEOUT, TOTAL_TIMEOUT -> {
        settled(out, RequestStatus.TIMEOUT, "upstream_timeout", null);
        out.event(error(new GatewayProblem.TimedOut(provider, false)));
      }
      // An answer that has begun is overtaken by none.
      case SHUTDOWN, OVERTAKEN -> {
        settled(out, RequestStatus.CANCELLED, "server_stopping", null);
        out.event(error(new GatewayProblem.Stopping()));
      }
    }
  }

  /** Settles; false if that failed: then the client was told by an error event. */
  private boolean settled(
      SseWriter out, RequestStatus status, @Nullable String code, @Nullable String message) {
    try {
      settle(status, code, message);
      return true;
    } catch (ProblemException e) {
      out.event(error(e.problem()));
      call.exchange.failed(e.problem());
      return false;
    }
  }

  private void settle(RequestStatus status, @Nullable String code, @Nullable String message) {
    isEnded = true;
    attempt.upstreamSaid(stream.id(), stream.finishReason());
    TokenUsage usage =
        UsageReader.read(stream.usage())
            .orElseGet(() -> attempt.estimated(stream.outputText(), stream.droppedOutputBytes()));
    if (status != RequestStatus.COMPLETED
        && usage.source() == UsageSource.REPORTED
        && !stream.isDone()) {
      // A count that came in the middle says nothing of what followed it.
      TokenUsage seen = attempt.estimated(stream.outputText(), stream.droppedOutputBytes());
      usage = seen.outputTokens() > usage.outputTokens() ? seen : usage;
    }
    if (isKept) {
      kept.writeBytes(DONE);
    }
    attempt.settle(
        status,
        usage,
        code,
        message,
        new Attempt.Said(
            isKept ? kept.toByteArray() : null,
            stream.outputText(),
            "text/event-stream",
            isCached ? cached.toByteArray() : null));
  }

  private String error(Problem problem) {
    return new String(ErrorShape.OPENAI.body(problem, call.exchange.id()), UTF_8);
  }
}
