package dev.ledgerstone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.ledgerstone.cli.config.ConfigApply;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code providers test}: each provider is asked as its own format wants, and no key is told. */
@ParameterizedClass
@EnumSource(Engine.class)
class ProvidersCommandTest {
  private static final String SECRET = "sk-very-secret-0123456789";

  @TempDir Path folder;

  private final Database database;
  private final HttpServer upstream;

  /** The key that came, by the path that was asked. */
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();

  ProvidersCommandTest(Engine engine) throws IOException {
    database = TestDatabases.fresh(engine);
    upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
  }

  @BeforeEach
  void start() {
    Seed.all(database, folder, Instant.now());
    upstream.start();
  }

  @AfterEach
  void stop() {
    upstream.stop(0);
  }

  private Told told(String... more) {
    List<String> all = new ArrayList<>(List.of("providers", "test"));
    all.addAll(Arrays.asList(more));
    all.addAll(List.of("--database", TestDatabases.url(database), "--data", folder.toString()));
    Told told = Told.by(Map.of(), all.toArray(String[]::new));
    assertThat(told.out() + told.err()).doesNotContain("very-secret").doesNotContain("sk-");
    return told;
  }

  private void answer(String path, int status, String body, String... header) {
    upstream.createContext(
        path,
        exchange -> {
          Map<String, String> keys = new HashMap<>();
          for (String name : List.of("Authorization", "x-api-key", "x-goog-api-key")) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
              keys.put(name, value);
            }
          }
          asked.add(exchange.getRequestURI().getPath() + " " + keys);
          if (header.length > 0) {
            exchange.getResponseHeaders().add(header[0], header[1]);
          }
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private void apply(String yaml) {
    String url = "http://127.0.0.1:" + upstream.getAddress().getPort();
    Config config =
        ConfigFile.parse(
            yaml.replace("$URL", url).replace("$KEY", SECRET),
            "test",
            Map.of(),
            new Config.Known(Set.of(), Set.of(), Set.of()));
    ConfigApply.apply(
        database,
        config,
        Vault.ofFile(folder.resolve("master.key")),
        Settings.standard().gateway(),
        Instant.now());
  }

  @Test
  void goodOnesAndBadOnesAreToldApartAndOneBadOneFailsTheCommand() {
    answer("/good/models", 200, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    answer(
        "/bad/models",
        401,
        "{\"error\":{\"message\":\"wrong key " + SECRET + "\",\"code\":\"invalid_api_key\"}}");
    answer("/moved/models", 302, "", "Location", "http://127.0.0.1:1/models");
    answer("/page/models", 200, "<html>" + SECRET + "</html>");
    apply(
        """
        providers:
          - { name: good, provider: CUSTOM, base_url: "$URL/good", api_key: "$KEY" }
          - { name: bad, provider: CUSTOM, base_url: "$URL/bad", api_key: "$KEY" }
          - { name: moved, provider: CUSTOM, base_url: "$URL/moved", api_key: "$KEY" }
          - { name: page, provider: CUSTOM, base_url: "$URL/page", api_key: "$KEY" }
          - { name: away, provider: CUSTOM, base_url: "http://127.0.0.1:1", api_key: "$KEY" }
        """);

    Told told = told();

    assertThat(told.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(told.out())
        .containsPattern("good .*OK +200, 2 models")
        .containsPattern("bad .*FAILED +401, invalid_api_key")
        .containsPattern("moved .*FAILED +302")
        .containsPattern("page .*OK +200, not JSON")
        .containsPattern("away .*FAILED +no answer")
        .containsPattern("openai .*SKIPPED +lacks a key")
        .containsPattern("local .*OK +inside the server");
  }

  @Test
  void eachFormatHasItsOwnWayToSendAKey() {
    answer("/openai/models", 200, "{\"data\":[]}");
    answer("/anthropic/models", 200, "{\"data\":[]}");
    answer("/gemini/models", 200, "{\"models\":[]}");
    answer("/gemini/openai/models", 200, "{\"data\":[]}");
    apply(
        """
        providers:
          - { name: one, provider: OPENAI, base_url: "$URL/openai", api_key: "$KEY" }
          - { name: two, provider: ANTHROPIC, base_url: "$URL/anthropic", api_key: "$KEY" }
          - { name: three, provider: GOOGLE, base_url: "$URL/gemini", api_key: "$KEY" }
          - { name: four, provider: GOOGLE, base_url: "$URL/gemini/openai", api_key: "$KEY" }
        """);

    assertThat(told().code()).isZero();

    assertThat(asked)
        .containsExactlyInAnyOrder(
            "/openai/models {Authorization=Bearer " + SECRET + "}",
            "/anthropic/models {x-api-key=" + SECRET + "}",
            "/gemini/models {x-goog-api-key=" + SECRET + "}",
            "/gemini/openai/models {Authorization=Bearer " + SECRET + "}");
  }

  @Test
  void everyKeyIsAskedWithAndModelsThatAreMissingAreNamed() {
    answer("/v1/models", 200, "{\"models\":[{\"name\":\"models/here\"}]}");
    apply(
        """
        providers:
          - { name: many, provider: CUSTOM, base_url: "$URL/v1", api_keys: [{ name: day, key: "$KEY-1" }, { name: night, key: "$KEY-2" }] }
        services:
          - { name: a, provider: many, model: here }
          - { name: b, provider: many, model: gone }
        """);

    Told told = told("--output", "json");

    assertThat(told.code()).isZero();
    List<String> rows = new ArrayList<>();
    for (JsonNode row : told.json()) {
      if (row.path("provider").asText().startsWith("many")) {
        rows.add(row.path("provider").asText() + ": " + row.path("answer").asText());
      }
    }
    assertThat(rows)
        .containsExactly(
            "many (day): 200, 1 models, not among them: gone",
            "many (night): 200, 1 models, not among them: gone");
    assertThat(asked)
        .containsExactly(
            "/v1/models {Authorization=Bearer " + SECRET + "-1}",
            "/v1/models {Authorization=Bearer " + SECRET + "-2}");
  }
}
