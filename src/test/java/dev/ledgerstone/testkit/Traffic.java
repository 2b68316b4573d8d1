package dev.ledgerstone.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Traffic of providers, kept as files among the tests' resources: replayed by {@link FakeUpstream},
 * and recorded from a live provider.
 */
public final class Traffic {
  private static final String FOLDER = "/traffic/";

  private Traffic() {}

  /** A request as clients of a format send it. */
  public static String request(String format, String name, String model, boolean isStream) {
    return read("clients/" + format + "/" + name + ".json")
        .replace("$MODEL", model)
        .replace("$STREAM", Boolean.toString(isStream));
  }

  /** What a provider of a format answers. */
  public static Script answer(String format, String name, boolean isStream) {
    String file = "providers/" + format + "/" + name;
    return isStream
        ? Script.verbatim("text/event-stream", read(file + ".sse"))
        : Script.verbatim("application/json", read(file + ".json"));
  }

  /** How a provider of a format fails. */
  public static Script error(String format, String name, int status) {
    return Script.error(
        status, "application/json", read("providers/" + format + "/" + name + ".error.json"));
  }

  private static String read(String file) {
    try (InputStream in = Traffic.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalArgumentException("no such traffic: " + file);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Asks a provider and keeps what it answers, byte for byte, under the name that {@link #answer}
   * looks for. Headers of the answer are not kept: they name accounts.
   *
   * @param url the whole address
   * @param headers with the key; never written
   * @param name of the case
   * @return the file
   */
  public static Path record(
      URI url, Map<String, String> headers, String body, Path folder, String name)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      boolean isStream =
          answer.headers().firstValue("content-type").orElse("").startsWith("text/event-stream");
      String ending = answer.statusCode() != 200 ? ".error.json" : isStream ? ".sse" : ".json";
      Files.createDirectories(folder);
      return Files.write(folder.resolve(name + ending), answer.body());
    }
  }

  /** {@code URL NAME FOLDER HEADER: VALUE…}; the request's body comes from standard input. */
  public static void main(String[] args) throws Exception {
    Map<String, String> headers = new java.util.LinkedHashMap<>();
    for (int i = 3; i < args.length; i++) {
      int colon = args[i].indexOf(':');
      headers.put(args[i].substring(0, colon).strip(), args[i].substring(colon + 1).strip());
    }
    String body = new String(System.in.readAllBytes(), UTF_8);
    System.out.println(record(URI.create(args[0]), headers, body, Path.of(args[2]), args[1]));
  }
}
