package dev.ledgerstone.testkit;

import dev.ledgerstone.testkit.FakeBodies.Question;
import dev.ledgerstone.testkit.Received.Outcome;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One connection of {@link FakeUpstream}: a request after the other until somebody closes. */
final class FakeConnection implements AutoCloseable {
  private static final int BUFFER = 16 * 1024;
  private static final int MAX_BODY = 64 << 20;
  private static final String PADDING = "%PADDING%";

  private final FakeUpstream upstream;
  private final Socket socket;
  private final int number;
  private final InputStream in;
  private final OutputStream out;

  /** Ends a connection the way that a script wants. */
  private static final class Fault extends IOException {
    private static final long serialVersionUID = 1;
  }

  FakeConnection(FakeUpstream upstream, Socket socket, int number) throws IOException {
    this.upstream = upstream;
    this.socket = socket;
    this.number = number;
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    out = socket.getOutputStream();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  void serve() throws IOException {
    while (true) {
      String start = line();
      if (start == null) {
        return;
      }
      Map<String, String> headers = new HashMap<>();
      for (String line = line(); line != null && !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        if (colon < 0) {
          throw new IOException("that is not HTTP");
        }
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      if (length > MAX_BODY) {
        // Answered before the body is read, as real servers do.
        send(413, "text/plain", Map.of("Connection", "close"), "too large");
        return;
      }
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException();
      }
      if (!answer(start.split(" ")[1], headers, body)) {
        return;
      }
    }
  }

  private boolean answer(String path, Map<String, String> headers, byte[] body) throws IOException {
    Question question;
    Script script;
    try {
      question =
          headers.getOrDefault("content-type", "").startsWith("multipart/")
              ? new Question("", false, false, 1, false)
              : FakeBodies.read(body);
      script = upstream.scriptFor(question.model());
    } catch (IOException | IllegalArgumentException e) {
      question = new Question("", false, false, 1, false);
      script = Script.error(400, "text/plain", e.getMessage());
    }
    Received request =
        new Received(
            headers.getOrDefault("x-client-request-id", ""),
            path,
            question.model(),
            headers,
            body,
            number,
            Instant.now(),
            new CompletableFuture<>());
    upstream.remember(request);
    try {
      answer(request, question, script);
      upstream.countServed(request);
      request.ended().complete(Outcome.SERVED);
    } catch (Fault e) {
      request.ended().complete(Outcome.FAULT);
      throw e;
    } catch (IOException e) {
      request.ended().complete(Outcome.CLIENT_LEFT);
      throw e;
    }
    return script.fault() != Script.Fault.CLOSE_AFTER
        && !"close".equalsIgnoreCase(headers.get("connection"));
  }

  private void answer(Received request, Question question, Script script) throws IOException {
    pause(script.delay());
    switch (script.fault()) {
      case RESET_BEFORE_HEAD -> reset();
      case CLOSE_BEFORE_HEAD -> throw new Fault();
      case CLOSE_IN_HEAD -> {
        text("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le");
        throw new Fault();
      }
      case HANG_BEFORE_HEAD -> hang();
      case NONE, RESET, CLOSE, HANG, MALFORMED_EVENT, MALFORMED_CHUNK, CLOSE_AFTER -> {}
    }
    String id = "chatcmpl-" + request.id();
    if (script.status() >= 400 || !script.body().isEmpty()) {
      if (script.fault() == Script.Fault.HANG) {
        int promised = script.body().getBytes(StandardCharsets.UTF_8).length + 1;
        text(
            head(script.status(), "application/json", script.headers())
                + "Content-Length: "
                + promised
                + "\r\n\r\n"
                + script.body());
        hang();
      }
      if (script.fault() == Script.Fault.CLOSE || script.fault() == Script.Fault.RESET) {
        byte[] body = script.body().getBytes(StandardCharsets.UTF_8);
        text(
            head(script.status(), "application/json", script.headers())
                + "Transfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.length)
                + "\r\n"
                + script.body()
                + "\r\n");
        fault(script);
      }
      send(script.status(), "application/json", script.headers(), script.body());
    } else if (question.isStream()) {
      stream(request.path(), id, question, script);
    } else {
      fixed(FakeBodies.fixed(request.path(), id, question, script), script);
    }
  }

  private void fixed(String body, Script script) throws IOException {
    int at = body.indexOf(PADDING);
    if (script.padding() == 0 && script.fault() == Script.Fault.NONE) {
      send(script.status(), "application/json", script.headers(), body.replace(PADDING, ""));
      return;
    }
    String before = at < 0 ? body : body.substring(0, at);
    String after = at < 0 ? "" : body.substring(at + PADDING.length());
    long length = before.length() + script.padding() + after.length();
    text(
        head(script.status(), "application/json", script.headers())
            + "Content-Length: "
            + length
            + "\r\n\r\n"
            + before);
    fault(script);
    byte[] slice = new byte[64 * 1024];
    Arrays.fill(slice, (byte) 'x');
    for (long left = script.padding(); left > 0; left -= slice.length) {
      out.write(slice, 0, (int) Math.min(left, slice.length));
    }
    text(after);
  }

  private void stream(String path, String id, Question question, Script script) throws IOException {
    text(
        head(script.status(), "text/event-stream", script.headers())
            + "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i <= script.events(); i++) {
      if (i > 0) {
        pause(script.gap());
      }
      if (i == script.faultAt()) {
        fault(script);
      }
      event(FakeBodies.delta(path, id, question, script, i));
    }
    String usage = FakeBodies.usageEvent(path, id, question, script);
    if (!usage.isEmpty()) {
      event(usage);
    }
    event("[DONE]");
    text("0\r\n\r\n");
  }

  private void event(String data) throws IOException {
    String event = "data: " + data + "\n\n";
    int length = event.getBytes(StandardCharsets.UTF_8).length;
    text(Integer.toHexString(length) + "\r\n" + event + "\r\n");
  }

  private void fault(Script script) throws IOException {
    switch (script.fault()) {
      case RESET -> reset();
      case CLOSE -> throw new Fault();
      case HANG -> hang();
      case MALFORMED_EVENT -> event("{\"id\":\"chatcmpl-broken\",\"choices\":[{\"ind");
      case MALFORMED_CHUNK -> text("not a size\r\n");
      case NONE, CLOSE_AFTER -> {}
      case RESET_BEFORE_HEAD, CLOSE_BEFORE_HEAD, CLOSE_IN_HEAD, HANG_BEFORE_HEAD ->
          throw new IllegalStateException("that comes before the head");
    }
  }

  private void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
    throw new Fault();
  }

  /** Says nothing more until the client leaves. */
  private void hang() throws IOException {
    socket.setSoTimeout(0);
    in.read();
    throw new EOFException("the client left");
  }

  /** Waits, and notices when the client leaves meanwhile. */
  private void pause(Duration time) throws IOException {
    if (!time.isPositive()) {
      return;
    }
    try {
      socket.setSoTimeout((int) Math.max(1, time.toMillis()));
      in.read();
      throw new EOFException("the client left");
    } catch (SocketTimeoutException e) {
      socket.setSoTimeout(0);
    }
  }

  private void send(int status, String type, Map<String, String> headers, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    byte[] head =
        (head(status, type, headers) + "Content-Length: " + bytes.length + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    out.write(all);
  }

  private static String head(int status, String type, Map<String, String> headers) {
    StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" Fake\r\n");
    if (!headers.containsKey("Content-Type")) {
      head.append("Content-Type: ").append(type).append("\r\n");
    }
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return head.toString();
  }

  private void text(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }
}
