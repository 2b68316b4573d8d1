package dev.ledgerstone.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request and what its answer must be.
 *
 * <p>A case is a paragraph of a file. Its first line is {@code as GET /path}, where {@code as} is a
 * user of {@link Fixture}, ann by default; then headers sent behind {@code >}, a body behind {@code
 * =} with {@code ⏎} for the ends of lines, the status and headers of the answer behind {@code <},
 * what the text of the answer must hold behind {@code +}, and not hold behind {@code -}; the rest
 * is its JSON. A header whose value is a dash must not be there. Lines with {@code #} are for
 * people; {@code !SQLITE} leaves an engine out.
 */
record Case(
    String name,
    String user,
    String method,
    String path,
    List<String> sent,
    String body,
    int status,
    List<String> headers,
    List<String> holds,
    List<String> lacks,
    String json,
    @Nullable Engine except) {
  private static final Map<String, String> KEYS =
      Map.of(
          "ann", "ann-key-0001",
          "max", "max-key-0001",
          "vic", "vic-key-0001",
          "ned", "ned-key-0001",
          "rival", "bob-key-0001",
          "eve", "eve-key-0001",
          "pat", "pat-key-0001",
          "nobody", "");

  static List<Case> all() {
    return in(Path.of("src/test/resources/records"));
  }

  /** The cases of a folder's files, in the order in which they stand. */
  static List<Case> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Case> cases = new ArrayList<>();
      for (Path file : files.filter(it -> it.toString().endsWith(".cases")).sorted().toList()) {
        for (String paragraph : Files.readString(file).split("\\n\\s*\\n")) {
          if (paragraph.lines().anyMatch(it -> !it.startsWith("#") && !it.isBlank())) {
            cases.add(parse(file.getFileName().toString(), paragraph));
          }
        }
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Case parse(String file, String paragraph) {
    List<String> sent = new ArrayList<>();
    List<String> headers = new ArrayList<>();
    List<String> holds = new ArrayList<>();
    List<String> lacks = new ArrayList<>();
    StringBuilder json = new StringBuilder();
    String request = "";
    String body = "";
    int status = 200;
    Engine except = null;
    for (String line : paragraph.lines().filter(it -> !it.isBlank()).toList()) {
      String rest = line.substring(1).strip();
      switch (line.charAt(0)) {
        case '#' -> {}
        case '!' -> except = Engine.valueOf(rest);
        case '>' -> sent.add(rest);
        case '=' -> body = rest.replace('⏎', '\n');
        case '+' -> holds.add(rest);
        case '-' -> lacks.add(rest);
        case '<' -> {
          if (rest.matches("\\d+")) {
            status = Integer.parseInt(rest);
          } else {
            headers.add(rest);
          }
        }
        default -> {
          if (request.isEmpty()) {
            request = line;
          } else {
            json.append(line);
          }
        }
      }
    }
    String[] words = request.split(" ", 3);
    boolean isUser = KEYS.containsKey(words[0]);
    String user = isUser ? words[0] : "ann";
    String method = words[isUser ? 1 : 0];
    String path = request.substring(request.indexOf(' ', isUser ? user.length() + 1 : 0) + 1);
    return new Case(
        file + ": " + request,
        user,
        method,
        path,
        sent,
        body,
        status,
        headers,
        holds,
        lacks,
        json.toString(),
        except);
  }

  void check(HttpClient http, int port, Engine engine) throws IOException, InterruptedException {
    if (engine == except) {
      assertThat(json + holds).as("what the other engine answers").isNotEmpty();
      return;
    }
    HttpResponse<String> answer =
        http.send(request(port), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    assertThat(answer.statusCode()).as("status; the body is %s", answer.body()).isEqualTo(status);
    for (String header : headers) {
      String[] parts = header.split(":", 2);
      String value = answer.headers().firstValue(parts[0]).orElse("-");
      assertThat(value).as(parts[0]).isEqualTo(parts[1].strip());
    }
    holds.forEach(it -> assertThat(answer.body()).contains(it));
    lacks.forEach(it -> assertThat(answer.body()).doesNotContain(it));
    assertThat(answer.body()).doesNotContain("secret-hash");
    if (!user.equals("rival")) {
      assertThat(answer.body()).doesNotContain("ff000000").doesNotContain("rival words");
    }
    if (!json.isEmpty()) {
      JsonNode expected = JsonBinding.parse(json);
      JsonNode actual = JsonBinding.parse(answer.body());
      assertThat(Trees.equal(expected, actual))
          .as("expected %s%n but was %s", expected, actual)
          .isTrue();
    }
  }

  private HttpRequest request(int port) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/rest/v1" + escaped()));
    String key = KEYS.get(user);
    if (key != null && !key.isEmpty()) {
      request.header("apikey", key);
    }
    for (String header : sent) {
      String[] parts = header.split(":", 2);
      request.header(parts[0], parts[1].strip());
    }
    return request
        .method(
            method,
            body.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  /** What a browser escapes of itself. */
  private String escaped() {
    StringBuilder escaped = new StringBuilder();
    for (byte each : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (each & 0xff);
      if (c > 126 || " \"{}|\\^<>`[]".indexOf(c) >= 0) {
        escaped.append('%').append("%02X".formatted((int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  @Override
  public String toString() {
    return name;
  }
}
