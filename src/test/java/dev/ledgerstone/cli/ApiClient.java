package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A caller of a running server's API; without a key where it is empty. */
record ApiClient(HttpClient http, int port, String key) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** An answer; a body that is no JSON is missing. */
  record Answer(int status, JsonNode body, Map<String, List<String>> headers) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }

    String id() {
      return body.path("id").asText();
    }

    JsonNode data() {
      return body.path("data");
    }

    List<String> ids() {
      List<String> ids = new ArrayList<>();
      data().forEach(row -> ids.add(row.path("id").asText()));
      return ids;
    }
  }

  ApiClient as(String other) {
    return new ApiClient(http, port, other);
  }

  Answer get(String path) {
    return send("GET", "/api/v1" + path, "", "");
  }

  Answer post(String path, String json) {
    return send("POST", "/api/v1" + path, json, "");
  }

  Answer patch(String path, String json) {
    return send("PATCH", "/api/v1" + path, json, "");
  }

  Answer patch(String path, String json, String ifMatch) {
    return send("PATCH", "/api/v1" + path, json, ifMatch);
  }

  Answer delete(String path) {
    return send("DELETE", "/api/v1" + path, "", "");
  }

  /** A chat call; its answer's header {@code x-request-id} names its line. */
  Answer chat(String model, String text) {
    return send(
        "POST",
        "/v1/chat/completions",
        "{\"model\":\"%s\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(model, text),
        "");
  }

  Answer send(String method, String path, String body, String ifMatch) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("x-task-type", "CHAT")
            .header("x-budget-tags", "team=a,blue")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    if (!ifMatch.isEmpty()) {
      request.header("If-Match", ifMatch);
    }
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(
          answer.statusCode(), MAPPER.readTree(answer.body()), answer.headers().map());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
