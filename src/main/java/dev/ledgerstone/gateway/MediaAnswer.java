package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hands an answer on that is no dialogue: JSON and text in one piece, sound as it comes.
 *
 * <p>Of sound the last piece is held back until the settlement is on disk. If that fails, or the
 * upstream breaks, the connection ends without it, which tells every client.
 */
final class MediaAnswer {
  private static final int MOST_WHOLE_BYTES = 64 << 20;
  private static final int PIECE = 16 << 10;

  private final Parts parts;
  private final Call call;
  private final Attempt attempt;
  private final MediaRequest request;
  private final Watch.Running running;

  MediaAnswer(
      Parts parts, Call call, Attempt attempt, MediaRequest request, Watch.Running running) {
    this.parts = parts;
    this.call = call;
    this.attempt = attempt;
    this.request = request;
    this.running = running;
  }

  /**
   * Hands it on.
   *
   * @return why the client got nothing; null: it was answered
   */
  @Nullable Failure hand(UpstreamAnswer answer, String contentType) throws IOException {
    if (contentType.startsWith("text/event-stream")) {
      return new StreamRelay(parts, call, attempt, new MediaFlow(request), running).relay(answer);
    }
    boolean isJson = contentType.startsWith("application/json");
    return isJson || contentType.startsWith("text/")
        ? whole(answer.body(), contentType, isJson)
        : pass(answer.body(), contentType);
  }

  private @Nullable Failure whole(InputStream in, String contentType, boolean isJson)
      throws IOException {
    byte[] body = in.readNBytes(MOST_WHOLE_BYTES);
    attempt.begun();
    JsonNode said = isJson ? read(body) : null;
    if (body.length == MOST_WHOLE_BYTES || (isJson && said == null)) {
      return bad(isJson ? "answered with what is not JSON" : "answered with more than 64 MB");
    }
    attempt.settle(
        RequestStatus.COMPLETED,
        request.used(said),
        null,
        null,
        new Attempt.Said(body, () -> new String(body, UTF_8), contentType, null, null));
    headers(contentType);
    call.outlet.header("x-cost-nanos", Long.toString(call.costNanos));
    call.outlet.send(body);
    return null;
  }

  private Failure bad(String what) {
    attempt.settle(RequestStatus.FAILED, request.estimated(), "upstream_bad_answer", what, null);
    return new Failure.Broken(
        new GatewayProblem.BadAnswer(attempt.candidate().provider().name(), what), false);
  }

  private static @Nullable JsonNode read(byte[] body) {
    try {
      JsonNode said = WireJson.MAPPER.readTree(body);
      return said.isObject() ? said : null;
    } catch (IOException e) {
      return null;
    }
  }

  private void headers(String contentType) {
    parts.headers(call, attempt.candidate());
    call.outlet.header("content-type", contentType);
  }

  // ---- sound

  private @Nullable Failure pass(InputStream in, String contentType) throws IOException {
    byte[] piece = new byte[PIECE];
    int length = in.read(piece);
    if (length < 0) {
      return bad("answered with nothing");
    }
    attempt.begun();
    running.begun();
    headers(contentType);
    ByteArrayOutputStream kept = new ByteArrayOutputStream(0);
    try (OutputStream out = call.outlet.outputStream()) {
      byte[] held = Arrays.copyOf(piece, length);
      while ((length = read(in, piece)) >= 0) {
        keep(kept, held);
        write(out, held);
        held = Arrays.copyOf(piece, length);
      }
      keep(kept, held);
      attempt.settle(
          RequestStatus.COMPLETED,
          request.used(null),
          null,
          null,
          new Attempt.Said(
              kept.size() > Parts.MOST_KEPT_BYTES ? null : kept.toByteArray(),
              () -> "",
              contentType,
              null,
              null));
      write(out, held);
    }
    return null;
  }

  private void keep(ByteArrayOutputStream kept, byte[] bytes) {
    if (call.idempotency != null && kept.size() <= Parts.MOST_KEPT_BYTES) {
      kept.writeBytes(bytes);
    }
  }

  private int read(InputStream in, byte[] piece) {
    try {
      return in.read(piece);
    } catch (IOException e) {
      attempt.broke(e);
      throw broken();
    }
  }

  private static void write(OutputStream out, byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The upstream broke, or somebody ended the call: settles, and says what ends the connection. */
  private RuntimeException broken() {
    String provider = attempt.candidate().provider().name();
    Cancellation.Reason reason = attempt.cancellation().reason();
    if (reason == null) {
      return ended(
          RequestStatus.FAILED,
          "upstream_unreachable",
          new GatewayProblem.BadAnswer(provider, "broke its answer off"));
    }
    return switch (reason) {
      case CLIENT_LEFT -> {
        attempt.settle(RequestStatus.CANCELLED, request.estimated(), "client_left", null, null);
        yield new ClientGone(ClientGone.Reason.LEFT, null);
      }
      case FIRST_TOKEN_TIMEOUT, TOTAL_TIMEOUT ->
          ended(
              RequestStatus.TIMEOUT,
              "upstream_timeout",
              new GatewayProblem.TimedOut(provider, false));
      // An answer that has begun is overtaken by none.
      case SHUTDOWN, OVERTAKEN ->
          ended(RequestStatus.CANCELLED, "server_stopping", new GatewayProblem.Stopping());
    };
  }

  private RuntimeException ended(RequestStatus status, String code, Problem problem) {
    attempt.settle(status, request.estimated(), code, null, null);
    call.outlet.failed(problem);
    return problem.exception();
  }
}
