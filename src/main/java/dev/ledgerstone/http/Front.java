package dev.ledgerstone.http;

import dev.ledgerstone.problem.Problem;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import org.jspecify.annotations.Nullable;

/** Where every request enters and leaves: opens its exchange, logs and measures it at its end. */
final class Front implements Filter {
  /** An unread body up to this size is read and thrown away, so that the connection lives on. */
  private static final int WORTH_READING = 64 << 10;

  private static final int RETRY_AFTER_SECONDS = 2;
  private static final int CLIENT_LEFT = 499;

  private final Routes routes;
  private final ClientAddress addresses;
  private final RequestLog log;
  private final Metrics metrics;

  Front(Routes routes, ClientAddress addresses, RequestLog log, Metrics metrics) {
    this.routes = routes;
    this.addresses = addresses;
    this.log = log;
    this.metrics = metrics;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse answer) {
    Connection connection = Connection.current();
    Exchange exchange = new Exchange(this, connection, request, answer);
    connection.begin(exchange);
    int status = CLIENT_LEFT;
    try {
      Problem refusal = refusal(connection, request.headers());
      if (refusal == null) {
        chain.proceed();
      } else {
        connection.lingerAtEnd();
        exchange.code(refusal.code());
        answer.header(HeaderValues.CONNECTION_CLOSE);
        Failures.send(exchange, request, answer, refusal);
      }
      status = answer.status().code();
    } catch (ClientGone e) {
      exchange.code("client_gone");
      if (answer.hasEntity() || answer.isSent()) {
        status = answer.status().code();
      }
      throw e;
    } catch (CloseConnectionException e) {
      status = answer.status().code();
      throw e;
    } finally {
      exchange.end();
      connection.end();
      finished(exchange, request, status);
    }
    closeIfPromised(connection, request, answer);
  }

  ErrorShape shape(String path) {
    return routes.shape(path);
  }

  String clientIp(ServerRequest request) {
    return addresses.of(request);
  }

  boolean isFromProxy(ServerRequest request) {
    return addresses.isProxy(request);
  }

  /** Whether so much of the body is unread that the connection is not worth keeping. */
  static boolean mustClose(ServerRequest request) {
    if (request.content().consumed()) {
      return false;
    }
    ServerRequestHeaders headers = request.headers();
    if (headers.contains(HeaderNames.TRANSFER_ENCODING)
        || headers.contains(HeaderValues.EXPECT_100)) {
      return true;
    }
    return Bodies.sentLength(headers) > WORTH_READING;
  }

  private void finished(Exchange exchange, ServerRequest request, int status) {
    long nanos = System.nanoTime() - exchange.arrivedNanos();
    Route route = exchange.route();
    RequestMeter meter =
        route == null ? metrics.unmatched(request.prologue().method().text()) : route.meter();
    meter.record(status, nanos);
    log.add(exchange.line(status, nanos));
  }

  /** The web server goes on reading after an answer that said it would close. */
  private static void closeIfPromised(
      Connection connection, RoutingRequest request, RoutingResponse answer) {
    if (mustClose(request)) {
      connection.lingerAtEnd();
      throw new CloseConnectionException("the body was not read");
    }
    if (answer.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      throw new CloseConnectionException("the answer said close");
    }
  }

  private static @Nullable Problem refusal(Connection connection, ServerRequestHeaders headers) {
    if (connection.stopping()) {
      return new HttpProblem.Stopping(RETRY_AFTER_SECONDS);
    }
    if (!headers.contains(HeaderNames.HOST) || headers.get(HeaderNames.HOST).valueCount() != 1) {
      // RFC 9112, section 3.2. Its value is not looked at: nothing here is done by host.
      return new HttpProblem.BadRequest("the Host header must be there, once");
    }
    boolean length = headers.contains(HeaderNames.CONTENT_LENGTH);
    if (headers.contains(HeaderNames.TRANSFER_ENCODING)) {
      // RFC 9112, section 6.1: both together, or a coding that we do not read, smuggle requests.
      if (length || !isChunked(headers.get(HeaderNames.TRANSFER_ENCODING))) {
        return new HttpProblem.BadRequest("Transfer-Encoding must be chunked, and stand alone");
      }
    } else if (length && !isNumber(headers.get(HeaderNames.CONTENT_LENGTH))) {
      return new HttpProblem.BadRequest("Content-Length must be one number");
    }
    return null;
  }

  private static boolean isChunked(Header header) {
    return header.valueCount() == 1 && header.get().equals("chunked");
  }

  private static boolean isNumber(Header header) {
    if (header.valueCount() != 1) {
      return false;
    }
    String digits = header.get();
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
