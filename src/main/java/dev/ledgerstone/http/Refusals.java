package dev.ledgerstone.http;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Answers what the web server refuses before it is a request: bad heads, and bodies too large. */
final class Refusals implements DirectHandler {
  static final int MAX_LINE_BYTES = 8 << 10;
  static final int MAX_HEADER_BYTES = 32 << 10;

  private final Routes routes;
  private final RequestLog log;
  private final Metrics metrics;
  private final int maxBodyBytes;

  Refusals(Routes routes, RequestLog log, Metrics metrics, int maxBodyBytes) {
    this.routes = routes;
    this.log = log;
    this.metrics = metrics;
    this.maxBodyBytes = maxBodyBytes;
  }

  DirectHandlers everywhere() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(type, this);
    }
    return handlers.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType event,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    UUID id = Ids.next();
    Problem problem = problem(status, message, id);
    Connection.current().lingerAtEnd();
    long now = System.currentTimeMillis();
    log.add(
        new RequestLine(
            now,
            id,
            RequestMeter.known(request.method()),
            null,
            problem.status(),
            0,
            0,
            0,
            0,
            null,
            null,
            null,
            problem.code()));
    metrics.unmatched(request.method()).record(problem.status(), 0);
    ErrorShape shape = routes.shape(request.path());
    headers.set(HeaderValues.create(HeaderNames.CONTENT_TYPE, shape.contentType()));
    headers.set(HeaderValues.create(Exchange.REQUEST_ID, id.toString()));
    return TransportResponse.builder()
        .status(Status.create(problem.status()))
        .headers(headers)
        .keepAlive(false)
        .entity(shape.body(problem, id))
        .build();
  }

  /** The web server's message may quote the request, so only its kind is taken from it. */
  private Problem problem(Status status, @Nullable String message, UUID id) {
    String said = message == null ? "" : message;
    return switch (status.code()) {
      case 413 -> new RequestProblem.TooLarge(maxBodyBytes);
      case 414 -> new HttpProblem.UriTooLong(MAX_LINE_BYTES);
      case 505 -> new HttpProblem.UnsupportedVersion();
      case 503 -> new RequestProblem.Unavailable("the server", 2);
      case 500 -> new HttpProblem.Internal(id);
      default -> {
        if (said.startsWith("Header size exceeded")) {
          yield new HttpProblem.HeadersTooLarge(MAX_HEADER_BYTES);
        }
        yield new HttpProblem.BadRequest("the request's head is not valid HTTP/1.1");
      }
    };
  }
}
