package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An answer made in this process.
 *
 * @param headers their names in lower case
 */
record LocalAnswer(int status, Map<String, String> headers, InputStream body)
    implements UpstreamAnswer {
  private static final String TYPE = "content-type";

  static LocalAnswer json(byte[] body) {
    return new LocalAnswer(200, Map.of(TYPE, "application/json"), new ByteArrayInputStream(body));
  }

  static LocalAnswer events(EventStream body) {
    return new LocalAnswer(200, Map.of(TYPE, "text/event-stream"), body);
  }

  /** A problem in OpenAI's shape. */
  static LocalAnswer problem(Problem problem) {
    ObjectNode body = Fields.JSON.createObjectNode();
    body.putObject("error")
        .put("message", problem.detail() + "; " + problem.hint())
        .put("type", problem.status() < 500 ? "invalid_request_error" : "server_error")
        .put("param", problem.field())
        .put("code", problem.code());
    Map<String, String> headers = new HashMap<>(Map.of(TYPE, "application/json"));
    problem.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
    return new LocalAnswer(
        problem.status(), Map.copyOf(headers), new ByteArrayInputStream(bytes(body)));
  }

  static byte[] bytes(ObjectNode body) {
    try {
      return Fields.JSON.writeValueAsBytes(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
