package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.ApiKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks each configured provider for its models, which costs nothing, once with each of its keys, and
 * says what it answered: how many models there are, and which of them services name in vain.
 *
 * <p>Never tells a credential, nor what a provider says of one: some repeat it in their errors.
 */
public final class ProviderProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Pattern CODE = Pattern.compile("[A-Za-z0-9_.-]{1,60}");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What came of one provider.
   *
   * @param name the provider's; of a further key with that key's name behind it
   * @param url where it is; null: inside the server
   * @param state OK, FAILED, or SKIPPED for one that lacks its key
   * @param said what it answered, in a few words
   * @param millis how long that took; null: it was not asked
   */
  public record Answer(
      UUID tenant,
      String name,
      String kind,
      @Nullable String url,
      State state,
      String said,
      @Nullable Long millis) {}

  /** How a provider does. */
  public enum State {
    OK,
    FAILED,
    SKIPPED
  }

  private ProviderProbe() {}

  /** Asks every active provider, one after another. */
  public static List<Answer> all(Database database, CatalogStore store) {
    List<Answer> answers = new ArrayList<>();
    // Redirects are not followed: they would carry the key to another host.
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build()) {
      Catalog catalog = store.load(database);
      for (ProviderEntry entry : catalog.providers()) {
        Set<String> wanted = catalog.modelsWanted(entry);
        entry.keys().forEach(key -> answers.add(probe(client, entry, key, wanted)));
      }
    }
    return answers;
  }

  /** Providers that lack something, such as a key; nobody is asked. */
  public static List<Answer> lacking(Database database, CatalogStore store) {
    return store.load(database).providers().stream()
        .filter(entry -> entry.missing() != null)
        .map(
            entry ->
                answer(
                    entry,
                    entry.keys().getFirst(),
                    State.SKIPPED,
                    "lacks " + entry.missing(),
                    null))
        .toList();
  }

  private static Answer answer(
      ProviderEntry entry, ApiKey key, State state, String said, @Nullable Long millis) {
    Target target = entry.target();
    return new Answer(
        entry.tenant(),
        key.id().equals(entry.id()) ? entry.name() : entry.name() + " (" + key.name() + ")",
        entry.kind(),
        target == null ? null : target.baseUrl(),
        state,
        said,
        millis);
  }

  /**
   * Asks one provider with one of its keys.
   *
   * @param wanted models of which it is told that they are not listed
   */
  static Answer probe(HttpClient client, ProviderEntry entry, ApiKey key, Set<String> wanted) {
    Target target = entry.target();
    if (entry.missing() != null) {
      return answer(entry, key, State.SKIPPED, "lacks " + entry.missing(), null);
    }
    if (target == null) {
      return answer(entry, key, State.OK, "inside the server", null);
    }
    long begin = System.nanoTime();
    try {
      HttpResponse<String> response =
          client.send(
              request(entry.kind(), target.with(key.credential())),
              HttpResponse.BodyHandlers.ofString());
      long millis = (System.nanoTime() - begin) / 1_000_000;
      boolean isWell = response.statusCode() == 200;
      return answer(
          entry,
          key,
          isWell ? State.OK : State.FAILED,
          response.statusCode() + said(response.body(), wanted),
          millis);
    } catch (IOException | IllegalArgumentException e) {
      return answer(
          entry,
          key,
          State.FAILED,
          "no answer (" + e.getClass().getSimpleName() + ")",
          (System.nanoTime() - begin) / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return answer(entry, key, State.FAILED, "interrupted", null);
    }
  }

  private static HttpRequest request(String kind, Target target) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(target.baseUrl() + "/models"))
            .timeout(PATIENCE)
            .header("Accept", "application/json");
    String credential = target.credential();
    if (credential != null) {
      if (kind.equals("ANTHROPIC")) {
        request.header("x-api-key", credential).header("anthropic-version", "2023-06-01");
      } else if (kind.equals("GOOGLE") && !target.baseUrl().endsWith("/openai")) {
        request.header("x-goog-api-key", credential);
      } else {
        request.header("Authorization", "Bearer " + credential);
      }
    }
    target.headers().forEach(request::setHeader);
    return request.build();
  }

  private static String said(String body, Set<String> wanted) {
    try {
      JsonNode json = JSON.readTree(body);
      // Google's own API lists models/gemini-… under models.
      JsonNode models = json.path("data").isArray() ? json.path("data") : json.path("models");
      if (models.isArray()) {
        Set<String> missing = new TreeSet<>(wanted);
        for (JsonNode model : models) {
          missing.remove(model.path("id").asText());
          missing.remove(model.path("name").asText().replaceFirst("^models/", ""));
        }
        return ", "
            + models.size()
            + " models"
            + (missing.isEmpty() ? "" : ", not among them: " + String.join(", ", missing));
      }
      for (String member : List.of("code", "type")) {
        String code = json.path("error").path(member).asText();
        if (CODE.matcher(code).matches()) {
          return ", " + code;
        }
      }
      return "";
    } catch (JsonProcessingException e) {
      return ", not JSON";
    }
  }
}
