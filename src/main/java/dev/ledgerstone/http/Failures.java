package dev.ledgerstone.http;

import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.lang.System.Logger.Level;
import java.util.List;

/** Answers for a handler that threw. */
final class Failures {
  private static final System.Logger LOG = System.getLogger("dev.ledgerstone.http");

  /** What a handler may have said of a body that is not sent now. */
  private static final List<HeaderName> OF_THE_BODY =
      List.of(
          HeaderNames.CONTENT_LENGTH,
          HeaderNames.CONTENT_ENCODING,
          HeaderNames.TRANSFER_ENCODING,
          HeaderNames.TRAILER,
          HeaderNames.ETAG,
          HeaderNames.CACHE_CONTROL);

  private Failures() {}

  static void answer(
      Exchange exchange, RoutingRequest request, RoutingResponse response, Throwable thrown) {
    if (thrown instanceof CloseConnectionException gone) {
      throw gone;
    }
    Problem problem = problem(exchange, thrown);
    exchange.ended(problem);
    if (response.isSent() || !response.resetStream()) {
      // Nothing can be said any more; without its last chunk the answer shows that it is broken.
      throw new CloseConnectionException("the answer broke off: " + problem.code());
    }
    send(exchange, request, response, problem);
  }

  static void send(
      Exchange exchange, RoutingRequest request, RoutingResponse response, Problem problem) {
    ErrorShape shape = exchange.shape();
    OF_THE_BODY.forEach(response.headers()::remove);
    response.status(Status.create(problem.status()));
    problem.headers().forEach((name, value) -> response.header(HeaderValues.create(name, value)));
    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, shape.contentType()));
    if (Front.mustClose(request)) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    response.send(shape.body(problem, exchange.id()));
  }

  private static Problem problem(Exchange exchange, Throwable thrown) {
    return switch (thrown) {
      case ProblemException e -> {
        if (e.problem().status() >= 500 && e.getCause() != null) {
          LOG.log(Level.WARNING, exchange.id() + " " + e.getMessage(), e.getCause());
        }
        yield e.problem();
      }
      case RequestException e when e.status().code() == 413 ->
          new RequestProblem.TooLarge(exchange.connection().maxBodyBytes());
      case RequestException e when e.status().code() < 500 ->
          new HttpProblem.BadRequest("the body's framing is broken");
      case HttpException e when e.status().code() < 500 ->
          new HttpProblem.BadRequest("the request cannot be read: " + e.status().reasonPhrase());
      default -> {
        LOG.log(Level.ERROR, "request " + exchange.id() + " failed", thrown);
        yield new HttpProblem.Internal(exchange.id());
      }
    };
  }
}
