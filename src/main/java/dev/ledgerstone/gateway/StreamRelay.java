package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.http.EventSink;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageSource;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Hands a stream on, event by event, and reads its usage on the way.
 *
 * <p>The end is held back until the settlement is on disk: a client that saw {@code [DONE]}, or
 * {@code message_stop}, has its call in the ledger, and one whose call could not be settled sees an
 * error event in its place.
 */
final class StreamRelay {
  private static final Logger LOG = System.getLogger(StreamRelay.class.getName());
  private static final int MOST_AFTER_DONE = 1024;

  private final Parts parts;
  private final Call call;
  private final Attempt attempt;
  private final Watch.Running running;
  private final Flow flow;
  private final ByteArrayOutputStream opening = new ByteArrayOutputStream(0);
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
  private final ByteArrayOutputStream cached = new ByteArrayOutputStream(0);
  private boolean isKept;
  private boolean isCached;

  StreamRelay(Parts parts, Call call, Attempt attempt, Flow flow, Watch.Running running) {
    this.flow = flow;
    this.parts = parts;
    this.call = call;
    this.attempt = attempt;
    this.running = running;
    this.isKept = call.idempotency != null;
    this.isCached = Parts.keepsWhole(call, attempt.candidate());
  }

  /**
   * Relays the answer.
   *
   * @return why the client got nothing; null: it was answered, or at least the answer was begun
   */
  @Nullable Failure relay(UpstreamAnswer answer) throws IOException {
    SseReader events = new SseReader(answer.body(), flow.mostEventBytes());
    // Until the first part of the answer has come the client has seen nothing, and another attempt
    // may still be made.
    Flow.@Nullable Sign event = next(events);
    while (event == Flow.Sign.OPENING || event == Flow.Sign.SILENT) {
      running.begun();
      if (event == Flow.Sign.OPENING) {
        flow.hand(events, opening::write);
      }
      event = next(events);
    }
    if ((event == null && !flow.isWhole()) || event == Flow.Sign.BROKEN) {
      byte[] error = flow.error();
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
          : new Failure.Answered(502, error, null);
    }
    attempt.begun();
    running.begun();
    parts.headers(call, attempt.candidate());
    droppedAtBegin = call.losses.header();
    try (EventSink out = call.outlet.events()) {
      try {
        if (opening.size() > 0) {
          byte[] begin = opening.toByteArray();
          out.write(begin);
          keep(begin, 0, begin.length);
        }
        pump(events, event, out);
      } catch (IOException e) {
        attempt.broke(e);
        if (!isAllSaid()) {
          broken(out);
          return null;
        }
      }
      end(out);
      readToTheEnd(answer);
    } catch (ClientGone e) {
      attempt.cancellation().cancel(Cancellation.Reason.CLIENT_LEFT);
      if (!isEnded) {
        settle(RequestStatus.CANCELLED, used(RequestStatus.CANCELLED), "client_left", null);
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

  /**
   * Whether a stream that broke had said everything, its usage too: some formats mark no end, and
   * of the others the mark alone is missing.
   */
  private boolean isAllSaid() {
    return attempt.cancellation().reason() == null
        && flow.isWhole()
        && flow.usage().isPresent()
        && (flow.isUsageFinal() || isChat());
  }

  private Flow.@Nullable Sign next(SseReader events) throws IOException {
    while (events.next()) {
      if (events.dataTo() > events.dataFrom()) {
        Flow.Sign sign = flow.look(events);
        if (isCached && !flow.isBareEnd()) {
          isCached = cached.size() + events.length() <= Parts.MOST_KEPT_BYTES;
          cached.write(events.buffer(), events.from(), isCached ? events.length() : 0);
        }
        return sign;
      }
    }
    return null;
  }

  private void pump(SseReader events, Flow.@Nullable Sign first, EventSink out) throws IOException {
    Flow.Sink sink =
        (bytes, from, length) -> {
          out.write(bytes, from, length);
          keep(bytes, from, length);
        };
    Flow.@Nullable Sign event = first;
    while (event != null && event != Flow.Sign.DONE && event != Flow.Sign.BROKEN) {
      if (event != Flow.Sign.SILENT) {
        flow.hand(events, sink);
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
  private String droppedAtBegin = "";

  /** The upstream's stream ended, well or with an error event. */
  private void end(EventSink out) {
    byte[] error = flow.error();
    if (error != null || !flow.isWhole()) {
      isEnded = true;
      settled(
          out,
          RequestStatus.FAILED,
          "upstream_bad_answer",
          error == null ? "the stream was cut" : "the stream broke off");
      out.write(
          error == null
              ? error(
                  new GatewayProblem.BadAnswer(
                      attempt.candidate().provider().name(), "cut its stream off"))
              : call.format.streamError(error));
      return;
    }
    TokenUsage usage = used(RequestStatus.COMPLETED);
    byte[] tail = flow.tail(usage);
    // Where no mark of an end follows, what is said last is the end.
    boolean isTheEnd = call.format.streamEnd().length == 0;
    if (!isTheEnd) {
      out.write(tail);
    }
    keep(tail, 0, tail.length);
    isEnded = true;
    if (settled(out, RequestStatus.COMPLETED, usage, null, null)) {
      String lost = call.losses.header();
      if (!lost.equals(droppedAtBegin)) {
        out.comment("x-dropped=" + lost);
      }
      out.comment("cost " + call.costNanos + " x-cost-nanos=" + call.costNanos);
      out.write(isTheEnd ? tail : call.format.streamEnd());
    }
  }

  /** Reading failed: the upstream broke, or somebody ended the call. */
  private void broken(EventSink out) {
    isEnded = true;
    Cancellation.Reason reason = attempt.cancellation().reason();
    String provider = attempt.candidate().provider().name();
    if (reason == null) {
      settled(out, RequestStatus.FAILED, "upstream_unreachable", "the stream broke");
      out.write(error(new GatewayProblem.BadAnswer(provider, "broke its stream off")));
      return;
    }
    switch (reason) {
      case CLIENT_LEFT -> {
        settle(RequestStatus.CANCELLED, used(RequestStatus.CANCELLED), "client_left", null);
        throw new ClientGone(ClientGone.Reason.LEFT, null);
      }
      case FIRST_TOKEN_TIMEOUT, TOTAL_TIMEOUT -> {
        settled(out, RequestStatus.TIMEOUT, "upstream_timeout", null);
        out.write(error(new GatewayProblem.TimedOut(provider, false)));
      }
      // An answer that has begun is overtaken by none.
      case SHUTDOWN, OVERTAKEN -> {
        settled(out, RequestStatus.CANCELLED, "server_stopping", null);
        out.write(error(new GatewayProblem.Stopping()));
      }
    }
  }

  /** Settles; false if that failed: then the client was told by an error event. */
  private boolean settled(
      EventSink out, RequestStatus status, @Nullable String code, @Nullable String message) {
    return settled(out, status, used(status), code, message);
  }

  private boolean settled(
      EventSink out,
      RequestStatus status,
      TokenUsage usage,
      @Nullable String code,
      @Nullable String message) {
    try {
      settle(status, usage, code, message);
      return true;
    } catch (ProblemException e) {
      out.write(error(e.problem()));
      call.outlet.failed(e.problem());
      return false;
    }
  }

  /** What was used, as far as that is known now. */
  private TokenUsage used(RequestStatus status) {
    Optional<TokenUsage> reported = flow.usage();
    boolean isFinal = flow.isUsageFinal() || (status == RequestStatus.COMPLETED && isChat());
    if (reported.isPresent() && isFinal) {
      return reported.get();
    }
    TokenUsage seen = attempt.estimated(flow.outputText(), flow.droppedOutputBytes());
    if (reported.isEmpty()) {
      return seen;
    }
    // A count that came in the middle says nothing of what followed it; of the input it says all.
    TokenUsage usage = reported.get();
    return seen.outputTokens() > usage.outputTokens()
        ? usage.withOutput(seen.outputTokens(), UsageSource.ESTIMATED)
        : usage;
  }

  /** OpenAI's chunks have one usage, wherever it comes. */
  private boolean isChat() {
    return flow instanceof ChatFlow;
  }

  private void settle(
      RequestStatus status, TokenUsage usage, @Nullable String code, @Nullable String message) {
    isEnded = true;
    attempt.upstreamSaid(flow.id(), flow.finishReason());
    if (isKept) {
      kept.writeBytes(call.format.streamEnd());
    }
    attempt.settle(
        status,
        usage,
        code,
        message,
        new Attempt.Said(
            isKept ? kept.toByteArray() : null,
            flow::outputText,
            "text/event-stream",
            isCached ? cached.toByteArray() : null,
            null));
  }

  private byte[] error(Problem problem) {
    return call.format.streamError(call.outlet.shape().body(problem, call.outlet.id()));
  }
}
