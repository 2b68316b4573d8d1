package dev.ledgerstone.http;

import dev.ledgerstone.problem.Problem;
import java.util.Map;
import java.util.UUID;

/** Failures of HTTP itself, before or beside what a route does. */
public sealed interface HttpProblem extends Problem {
  /** A path that exists, but not with this method. */
  record MethodNotAllowed(String method, String allow) implements HttpProblem {}

  /** A request line or header that HTTP/1.1 (RFC 9112) forbids. */
  record BadRequest(String detail) implements HttpProblem {}

  /** A request line over the limit. */
  record UriTooLong(int limitBytes) implements HttpProblem {}

  /** Headers over the limit, together. */
  record HeadersTooLarge(int limitBytes) implements HttpProblem {}

  /** A content coding other than gzip. */
  record UnsupportedEncoding() implements HttpProblem {}

  /** HTTP/1.0 and older. */
  record UnsupportedVersion() implements HttpProblem {}

  /** The server lets running requests finish and takes no more. */
  record Stopping(int retryAfterSeconds) implements HttpProblem {}

  /** A fault of ours; the log has its cause under the request's id. */
  record Internal(UUID request) implements HttpProblem {}

  @Override
  default int status() {
    return switch (this) {
      case BadRequest _ -> 400;
      case MethodNotAllowed _ -> 405;
      case UriTooLong _ -> 414;
      case UnsupportedEncoding _ -> 415;
      case HeadersTooLarge _ -> 431;
      case Internal _ -> 500;
      case Stopping _ -> 503;
      case UnsupportedVersion _ -> 505;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case BadRequest _ -> "bad_request";
      case MethodNotAllowed _ -> "method_not_allowed";
      case UriTooLong _ -> "uri_too_long";
      case UnsupportedEncoding _ -> "unsupported_encoding";
      case HeadersTooLarge _ -> "headers_too_large";
      case Internal _ -> "internal_error";
      case Stopping _ -> "server_stopping";
      case UnsupportedVersion _ -> "http_version_not_supported";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case BadRequest(String detail) -> detail;
      case MethodNotAllowed(String method, _) -> "this path does not answer " + method;
      case UriTooLong(int limit) -> "the request line is longer than " + limit + " bytes";
      case UnsupportedEncoding _ -> "the body's Content-Encoding is not supported";
      case HeadersTooLarge(int limit) -> "the headers are larger than " + limit + " bytes";
      case Internal(UUID request) -> "the server failed at request " + request;
      case Stopping _ -> "the server is stopping";
      case UnsupportedVersion _ -> "only HTTP/1.1 is spoken here";
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case BadRequest _ -> "check the request line, the Host header and the body's framing";
      case MethodNotAllowed(_, String allow) -> "use " + allow;
      case UriTooLong _ -> "shorten the query, or send it as a body";
      case UnsupportedEncoding _ -> "send the body as it is, or with gzip";
      case HeadersTooLarge _ -> "send fewer or shorter headers";
      case Internal _ -> "report the request's id: the server's log has the cause under it";
      case Stopping _ -> "try again after the time in Retry-After";
      case UnsupportedVersion _ -> "set the client to HTTP/1.1";
    };
  }

  @Override
  default Map<String, String> headers() {
    return switch (this) {
      case MethodNotAllowed(_, String allow) -> Map.of("Allow", allow);
      case Stopping(int seconds) -> Map.of("Retry-After", Integer.toString(seconds));
      case BadRequest _,
          UriTooLong _,
          UnsupportedEncoding _,
          HeadersTooLarge _,
          UnsupportedVersion _,
          Internal _ ->
          Map.of();
    };
  }
}
