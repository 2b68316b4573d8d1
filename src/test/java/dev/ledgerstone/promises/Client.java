package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;

/** A caller of a server on this machine. */
record Client(int port, String key) {
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();

  /** Asks, and takes the answer to its end; a connection that fails is an answer too. */
  Reply ask(Ask ask) throws InterruptedException {
    HttpRequest.Builder request =
        request(ask.path())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(ask.body()));
    ask.headers().forEach(request::header);
    return send(request.build());
  }

  Reply post(String path, String body) throws InterruptedException {
    return post(path, body, Map.of());
  }

  /** Sends a body of its own. */
  Reply post(String path, String body, Map<String, String> headers) throws InterruptedException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    return send(request.build());
  }

  /** Sends a body that is no JSON; its type is one of the headers. */
  Reply send(String path, String body, Map<String, String> headers) throws InterruptedException {
    HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    return send(request.build());
  }

  Reply put(String path, String body) throws InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  Reply delete(String path) throws InterruptedException {
    return send(request(path).DELETE().build());
  }

  Reply get(String path) throws InterruptedException {
    return send(request(path).GET().build());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(90))
        .header("Authorization", "Bearer " + key);
  }

  private static Reply send(HttpRequest request) throws InterruptedException {
    HttpResponse<InputStream> response;
    try {
      response = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      return new Reply(0, Map.of(), new byte[0], true);
    }
    Map<String, String> headers = new TreeMap<>();
    response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean isCut = false;
    try (InputStream in = response.body()) {
      in.transferTo(body);
    } catch (IOException e) {
      isCut = true;
    }
    return new Reply(response.statusCode(), headers, body.toByteArray(), isCut);
  }

  /** Asks over a socket of its own, and reads nothing yet: for callers that leave. */
  Socket begin(Ask ask) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    byte[] body = ask.body().getBytes(UTF_8);
    StringBuilder head =
        new StringBuilder("POST " + ask.path() + " HTTP/1.1\r\nHost: localhost\r\n")
            .append("Authorization: Bearer ")
            .append(key)
            .append("\r\n")
            .append("Content-Type: application/json\r\n")
            .append("Content-Length: ")
            .append(body.length)
            .append("\r\n");
    ask.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    socket.getOutputStream().write(head.append("\r\n").toString().getBytes(UTF_8));
    socket.getOutputStream().write(body);
    return socket;
  }

  /** Reads until a text has come. */
  static String readUntil(Socket socket, String text) throws IOException {
    socket.setSoTimeout(10_000);
    StringBuilder seen = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (seen.indexOf(text) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the server closed; it said: " + seen);
      }
      seen.append((char) next);
    }
    return seen.toString();
  }
}
