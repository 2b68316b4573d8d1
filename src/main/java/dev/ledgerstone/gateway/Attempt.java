package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.wire.ChatAnswer;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.ledger.Cost;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageReader;
import dev.ledgerstone.ledger.UsageSource;
import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a call, from its reservation to its settlement. Exactly one settlement, whatever
 * happens: every way out of {@link #run} passes through {@link #settle}.
 */
final class Attempt {
  private static final int MOST_ERROR_BYTES = 1 << 16;
  private static final int MOST_ANSWER_BYTES = 64 << 20;

  private final Parts parts;
  private final Call call;
  private final Candidate candidate;
  private final Dialects.Dialect dialect;
  private final ClientRequest asked;
  private final Losses losses;
  private final Reservation reservation;
  private final @Nullable Integer mostOutput;

  private final Cancellation cancellation;
  private final long startedNanos = System.nanoTime();

  private @Nullable Long firstTokenMicros;
  private @Nullable Integer httpStatus;
  private @Nullable String upstreamId;
  private @Nullable String finishReason;
  private boolean isSettled;

  /**
   * @param mostOutput tokens of each output that the call's agent affords; null: as many as were
   *     asked for
   */
  Attempt(
      Parts parts,
      Call call,
      Candidate candidate,
      ClientRequest asked,
      Reservation reservation,
      @Nullable Integer mostOutput) {
    this.dialect = parts.dialect(candidate, call.request.endpoint());
    this.asked = asked;
    this.losses = asked instanceof Converted converted ? converted.losses() : new Losses();
    this.parts = parts;
    this.call = call;
    this.candidate = candidate;
    this.reservation = reservation;
    this.mostOutput = mostOutput;

    this.cancellation = call.begin();
  }

  /** What the admission of the call brings with it; if that fails nothing was used. */
  void admit() {
    call.held(reservation.heldNanos());
    try {
      parts.admitted(call);
    } catch (RuntimeException e) {
      settle(RequestStatus.FAILED, nothing(), "internal_error", null, null);
      throw e;
    }
  }

  /**
   * Makes the attempt.
   *
   * @return why the client got nothing; null: it was answered
   */
  @Nullable Failure run() {
    return run(dialect.provider());
  }

  /**
   * Makes the attempt through somebody who may know more than the candidate's provider: who waits
   * for two at once, or has the answer already.
   */
  @Nullable Failure run(Provider provider) {
    Target target = parts.target(candidate, call.request.isStream());
    try (Watch.Running running =
        parts.watch().over(cancellation, target.firstTokenTimeout(), target.totalTimeout())) {
      UpstreamAnswer answer;
      try {
        answer = provider.send(upstreamCall(target));
      } catch (UpstreamFailure e) {
        return unanswered(e.kind());
      }
      try (answer) {
        return answered(answer, running);
      } catch (IOException e) {
        broke(e);
        return unanswered(UpstreamFailure.Kind.BROKEN);
      }
    } catch (ClientGone e) {
      if (!isSettled) {
        settle(RequestStatus.CANCELLED, estimated("", 0), "client_left", null, null);
      }
      throw e;
    } finally {
      if (!isSettled) {
        // A fault of our own on the way: the upstream may have worked.
        settle(RequestStatus.FAILED, estimated("", 0), "internal_error", null, null);
      }
    }
  }

  /** What is sent. */
  UpstreamCall upstreamCall(Target target) {
    return new UpstreamCall(
        reservation.intent().id(),
        call.request.endpoint(),
        candidate.model(),
        target,
        isConverted() ? Map.of() : call.carried,
        isConverted() ? "application/json" : call.request.contentType(),
        body(),
        call.request.isStream(),
        cancellation);
  }

  private byte[] body() {
    return asked.passed(
        new Destination(
            candidate.provider().kind(),
            candidate.model(),
            limit(),
            tokens(candidate.maxOutputTokens())));
  }

  /** What a budget or the agent affords, else what the client wants; null: as the model likes. */
  private @Nullable Integer limit() {
    return reservation.isClamped()
        ? Integer.valueOf(tokens(reservation.outputTokens()))
        : mostOutput == null ? asked.maxOutputTokens() : mostOutput;
  }

  private static int tokens(long count) {
    return (int) Math.min(Integer.MAX_VALUE, count);
  }

  private boolean isConverted() {
    return asked instanceof Converted;
  }

  /** Whether it is OpenAI's format on both sides: the path that was measured. */
  private boolean isChat() {
    return !isConverted() && asked instanceof OpenAiRequest;
  }

  private @Nullable Failure answered(UpstreamAnswer answer, Watch.Running running)
      throws IOException {
    call.losses = losses; // of two attempts at once, the one that answers
    httpStatus = answer.status();
    upstreamId = answer.header("x-request-id").orElse(null);
    answer.header(Losses.HEADER).ifPresent(losses::dropped);
    String contentType = answer.header("content-type").orElse("application/json");
    if (answer.status() >= 300 || answer.status() < 200) {
      byte[] body = answer.body().readNBytes(MOST_ERROR_BYTES);
      Failure failure =
          new Failure.Answered(
              answer.status() < 400 ? 502 : call.format.status(answer.status()),
              call.format.writeError(
                  dialect.format().error(answer.status(), contentType, body),
                  call.frame(parts.clock())),
              retryAfter(answer.header("retry-after").orElse(null)));
      settle(
          RequestStatus.FAILED,
          nothing(),
          failure.code(),
          "the upstream answered with status " + answer.status(),
          null);
      return failure;
    }
    if (call.request instanceof MediaRequest media) {
      return new MediaAnswer(parts, call, this, media, running).hand(answer, contentType);
    }
    if (contentType.startsWith("text/event-stream")) {
      return new StreamRelay(parts, call, this, flow(), running).relay(answer);
    }
    return whole(answer.body(), contentType);
  }

  private Flow flow() {
    if (isChat()) {
      return new ChatFlow(call.request.wantsUsage());
    }
    Frame frame = call.frame(parts.clock());
    return new DialogueFlow(
        dialect.format().events(),
        isConverted() ? call.format.events(frame, call.losses) : null,
        call.format,
        frame);
  }

  // ---- an answer in one piece

  private @Nullable Failure whole(InputStream in, String contentType) throws IOException {
    byte[] body = in.readNBytes(MOST_ANSWER_BYTES);
    begun();
    if (body.length == MOST_ANSWER_BYTES || !isJsonObject(body)) {
      String what =
          body.length == MOST_ANSWER_BYTES
              ? "answered with more than 64 MB"
              : "answered with what is not JSON";
      settle(RequestStatus.FAILED, estimated("", 0), "upstream_bad_answer", what, null);
      return new Failure.Broken(
          new GatewayProblem.BadAnswer(candidate.provider().name(), what), false);
    }
    if (!isChat()) {
      return read(body);
    }
    ChatAnswer read = ChatAnswer.inspect(body);
    upstreamId = read.id() == null ? upstreamId : read.id();
    finishReason = read.finishReason();
    TokenUsage usage =
        UsageReader.read(read.usage())
            .orElseGet(() -> estimated(read.outputText(), read.droppedOutputBytes()));
    settle(
        RequestStatus.COMPLETED,
        usage,
        null,
        null,
        new Said(body, read::outputText, contentType, body, null));
    send(body, contentType);
    return null;
  }

  /** An answer of another format than OpenAI's, or for a client of another. */
  private @Nullable Failure read(byte[] body) {
    Optional<Reply> read = reply(body);
    if (read.isEmpty()) {
      String what = "answered with what is not its format";
      settle(RequestStatus.FAILED, estimated("", 0), "upstream_bad_answer", what, null);
      return new Failure.Broken(
          new GatewayProblem.BadAnswer(candidate.provider().name(), what), false);
    }
    Reply reply = read.get();
    upstreamId = reply.id().isEmpty() ? upstreamId : reply.id();
    finishReason = reply.finish() == null ? null : reply.finish().name().toLowerCase(Locale.ROOT);
    TokenUsage usage = reply.usage() == null ? estimated(reply.text(), 0) : reply.usage();
    byte[] answer =
        isConverted()
            ? call.format.write(reply.withUsage(usage), call.frame(parts.clock()), call.losses)
            : body;
    settle(
        RequestStatus.COMPLETED,
        usage,
        null,
        null,
        new Said(answer, reply::text, "application/json", body, reply));
    send(answer, "application/json");
    return null;
  }

  private Optional<Reply> reply(byte[] body) {
    try {
      return dialect
          .format()
          .read(WireJson.MAPPER.readTree(body), isConverted() ? call.losses : new Losses());
    } catch (IOException e) {
      return Optional.empty(); // no JSON after all, or nested deeper than anything that was seen
    }
  }

  private void send(byte[] body, String contentType) {
    parts.headers(call, candidate);
    call.outlet.header("x-cost-nanos", Long.toString(call.costNanos));
    call.outlet.header("content-type", contentType);
    call.outlet.send(body);
  }

  private static boolean isJsonObject(byte[] body) {
    int from = 0;
    int to = body.length;
    while (from < to && body[from] <= ' ') {
      from++;
    }
    while (to > from && body[to - 1] <= ' ') {
      to--;
    }
    return from < to && body[from] == '{' && body[to - 1] == '}';
  }

  // ---- no answer

  private Failure unanswered(UpstreamFailure.Kind kind) {
    String provider = candidate.provider().name();
    Cancellation.Reason reason = cancellation.reason();
    if (reason != null) {
      boolean isFirst = reason == Cancellation.Reason.FIRST_TOKEN_TIMEOUT;
      return switch (reason) {
        case CLIENT_LEFT -> {
          settle(RequestStatus.CANCELLED, estimated("", 0), "client_left", null, null);
          throw new ClientGone(ClientGone.Reason.LEFT, null);
        }
        case FIRST_TOKEN_TIMEOUT, TOTAL_TIMEOUT -> {
          settle(RequestStatus.TIMEOUT, estimated("", 0), "upstream_timeout", null, null);
          yield new Failure.Broken(new GatewayProblem.TimedOut(provider, isFirst), isFirst);
        }
        case OVERTAKEN -> {
          settle(RequestStatus.CANCELLED, estimated("", 0), "overtaken", null, null);
          yield new Failure.Broken(new GatewayProblem.Unreachable(provider), true);
        }
        case SHUTDOWN -> {
          settle(RequestStatus.CANCELLED, estimated("", 0), "server_stopping", null, null);
          yield new Failure.Broken(new GatewayProblem.Stopping(), false);
        }
      };
    }
    return switch (kind) {
      case NOT_SENT -> {
        settle(RequestStatus.FAILED, nothing(), "upstream_unreachable", null, null);
        yield new Failure.Broken(new GatewayProblem.Unreachable(provider), true);
      }
      case BROKEN, CANCELLED -> {
        settle(
            RequestStatus.FAILED,
            estimated("", 0),
            "upstream_unreachable",
            "the connection broke",
            null);
        yield new Failure.Broken(new GatewayProblem.Unreachable(provider), true);
      }
      case TIMEOUT -> {
        settle(RequestStatus.TIMEOUT, estimated("", 0), "upstream_timeout", null, null);
        yield new Failure.Broken(new GatewayProblem.TimedOut(provider, true), true);
      }
    };
  }

  private static @Nullable Duration retryAfter(@Nullable String header) {
    if (header == null) {
      return null;
    }
    try {
      return Duration.ofMillis((long) (Double.parseDouble(header.strip()) * 1000));
    } catch (NumberFormatException e) {
      return null; // a date: providers do not send one, and our clock need not be theirs
    }
  }

  // ---- what the relay shares

  /** Who is asked. */
  Provider provider() {
    return dialect.provider();
  }

  Candidate candidate() {
    return candidate;
  }

  Reservation reservation() {
    return reservation;
  }

  Cancellation cancellation() {
    return cancellation;
  }

  /**
   * Reading the answer failed. The upstream client has the same deadline as our watch: whichever
   * sees it first, it is a time-out.
   */
  void broke(IOException e) {
    if (e instanceof SocketTimeoutException) {
      cancellation.cancel(Cancellation.Reason.TOTAL_TIMEOUT);
    }
  }

  void begun() {
    if (firstTokenMicros == null) {
      firstTokenMicros = micros(startedNanos);
    }
  }

  void upstreamSaid(@Nullable String id, @Nullable String finished) {
    upstreamId = id == null ? upstreamId : id;
    finishReason = finished;
  }

  /** What a call that no upstream worked on used. */
  static TokenUsage nothing() {
    return TokenUsage.of(0, 0, UsageSource.REPORTED);
  }

  /** What our own tokenizer makes of the input and of the output that came. */
  TokenUsage estimated(String output, long droppedBytes) {
    if (call.request instanceof MediaRequest media) {
      return media.estimated();
    }
    return TokenUsage.of(
        parts.counter().countInput(candidate.model(), call.format, call.request),
        output.isEmpty() && droppedBytes == 0
            ? 0
            : parts.counter().countOutput(candidate.model(), output, droppedBytes),
        UsageSource.ESTIMATED);
  }

  /**
   * What went to the client, for the bodies that are kept and for repeats.
   *
   * @param words its text, which is put together only where somebody keeps it
   * @param whole for the cache, as the provider said it: of a stream also the usage that the client
   *     did not want, and not its end; null: it is not kept
   * @param reply the same, where it was read; null: it was not
   */
  record Said(
      byte @Nullable [] answer,
      Supplier<String> words,
      String contentType,
      byte @Nullable [] whole,
      @Nullable Reply reply) {
    String text() {
      return words.get();
    }

    boolean isStream() {
      return contentType.startsWith("text/event-stream");
    }
  }

  /** Writes the attempt's end; throws if it is not on disk. */
  void settle(
      RequestStatus status,
      TokenUsage usage,
      @Nullable String errorCode,
      @Nullable String errorMessage,
      @Nullable Said said) {
    isSettled = true;
    boolean isWell = status == RequestStatus.COMPLETED;
    Price price = parts.price(call, candidate, usage, reservation);
    Cost cost = price.cost(usage);
    Outcome outcome =
        new Outcome(
            status,
            usage,
            price.id(),
            cost,
            httpStatus,
            errorCode,
            errorMessage,
            upstreamId,
            finishReason,
            (startedNanos - reservation.intent().arrivedAt()) / 1000,
            firstTokenMicros,
            micros(startedNanos),
            parts.clock().instant(),
            parts.bodies(call, said),
            isWell ? parts.answer(call, said) : null,
            false,
            isWell ? parts.scores(call, candidate, asked, said) : List.of());
    try {
      parts.ledger().settle(reservation, outcome);
    } catch (ProblemException e) {
      call.isUnsettled |= outcome.answer() != null;
      throw e;
    }
    parts.converse(call, candidate, reservation.intent().id(), said, usage, cost.totalNanos());
    call.settled(isWell, usage, cost.totalNanos(), reservation.heldNanos());
    call.grant.ended(status == RequestStatus.FAILED || status == RequestStatus.TIMEOUT);
    byte[] whole = said == null ? null : said.whole();
    if (isWell && said != null && whole != null && call.keeps(candidate)) {
      boolean isClamped = reservation.isClamped() || mostOutput != null;
      parts.cached().keep(call, candidate, isClamped, said, finishReason, cost.totalNanos());
    }
    parts.meters(
        call,
        candidate,
        status,
        errorCode,
        usage,
        System.nanoTime() - startedNanos,
        firstTokenMicros);
  }

  private static long micros(long since) {
    return (System.nanoTime() - since) / 1000;
  }
}
