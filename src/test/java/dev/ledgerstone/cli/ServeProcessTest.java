package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.SEALING_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process of its own: what signals, locks and exit codes are for. */
class ServeProcessTest {
  private static final String KEY = "lsk_test_0123456789abcdef0123456789abcdef";

  @TempDir Path folder;

  private final List<Process> children = new ArrayList<>();

  @AfterEach
  void end() {
    children.forEach(Process::destroyForcibly);
  }

  private Process serve(Map<String, String> environment, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--data",
                folder.resolve("data").toString()));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("LEDGERSTONE_"));
    builder.environment().putAll(environment);
    builder.redirectError(folder.resolve("err-" + children.size() + ".txt").toFile());
    Process child = builder.start();
    children.add(child);
    return child;
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("err-" + (children.size() - 1) + ".txt"));
  }

  /** Reads until the line that says that it is ready; returns where. */
  private String ready(Process child, List<String> before) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
    String line;
    while ((line = out.readLine()) != null) {
      if (line.startsWith("listening on ")) {
        return line.substring("listening on ".length());
      }
      before.add(line);
    }
    throw new IOException("it ended without a word of being ready: " + errors());
  }

  private static int code(Process child) throws InterruptedException {
    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return child.exitValue();
  }

  private Path config(FakeUpstream upstream) throws IOException {
    return Files.writeString(
        folder.resolve("ledgerstone.yaml"),
        """
        providers:
          - { name: fake, provider: CUSTOM, base_url: "%s", api_key: secret }
        prices:
          - { provider: fake, model: slow, input: 1, output: 2 }
        keys:
          - { name: ci, key: "%s", user: owner, scopes: ["gateway:*"] }
        """
            .formatted(upstream.baseUrl(), KEY));
  }

  @Test
  void aServerThatIsToldToStopLetsAStreamEndAndSettlesIt() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.start()
                .on("slow", Script.answer().events(12, Duration.ofMillis(250)).tokens(10, 12));
        HttpClient client = HttpClient.newHttpClient()) {
      Path config = config(upstream);
      List<String> notices = new ArrayList<>();
      Process server = serve(Map.of(), "--config", config.toString());
      String url = ready(server, notices);
      assertThat(notices).singleElement().asString().contains("owner.key");

      Process second = serve(Map.of(), "--config", config.toString());
      assertThat(code(second)).isEqualTo(Main.PROBLEM);
      assertThat(errors()).contains("another server runs on the data directory");

      // A command beside the running server, on the same file.
      String data = folder.resolve("data").toString();
      Told made = Told.by(Map.of(), "keys", "create", "beside", "--data", data, "--output", "json");
      assertThat(made.code()).as(made.err()).isZero();
      HttpResponse<String> models =
          client.send(
              HttpRequest.newBuilder(URI.create(url + "/v1/models"))
                  .header("Authorization", "Bearer " + made.json().path("key").asText())
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(models.statusCode()).isEqualTo(200);

      HttpResponse<InputStream> stream =
          client.send(
              HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                  .header("Authorization", "Bearer " + KEY)
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          """
                          {"model": "fake/slow", "stream": true,
                           "messages": [{"role": "user", "content": "hello"}]}"""))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(stream.statusCode()).isEqualTo(200);
      try (InputStream body = stream.body()) {
        String begin = new String(body.readNBytes(6), StandardCharsets.UTF_8);
        server.destroy(); // SIGTERM, in the midst of the stream
        String rest = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(begin + rest).startsWith("data: ").contains("data: [DONE]");
      }
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    try (Database database =
        Database.open(DatabaseSettings.sqlite(folder.resolve("data/ledgerstone.db")))) {
      AiRequestsRecord line = database.read(sql -> sql.selectFrom(AI_REQUESTS).fetchSingle());
      assertThat(line.getStatus()).isEqualTo("COMPLETED");
      assertThat(line.getOutputTokens()).isEqualTo(12);
    }
    Told reconciled = Told.by(Map.of(), "reconcile", "--data", folder.resolve("data").toString());
    assertThat(reconciled.code()).as(reconciled.out()).isZero();
  }

  @Test
  void anotherMasterKeyIsRefusedAndNothingIsTouched() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start()) {
      Process server = serve(Map.of());
      ready(server, new ArrayList<>());
      server.destroy();
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
      Path config = config(upstream);

      Process other =
          serve(
              Map.of(
                  "LEDGERSTONE_SECRETS_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
              "--config",
              config.toString());
      assertThat(code(other)).isEqualTo(Main.PROBLEM);
      assertThat(errors()).contains("error: the master key is not the one", "hint: ");

      Path key = folder.resolve("data/master.key");
      Files.delete(key);
      Process none = serve(Map.of(), "--config", config.toString());
      assertThat(code(none)).isEqualTo(Main.PROBLEM);
      assertThat(key).as("a key that would not fit").doesNotExist();
    }
    try (Database database =
        Database.open(DatabaseSettings.sqlite(folder.resolve("data/ledgerstone.db")))) {
      int masterKeys = database.read(sql -> sql.fetchCount(SEALING_KEYS));
      assertThat(masterKeys).isEqualTo(1);
    }
    Told keys = Told.by(Map.of(), "keys", "list", "--data", folder.resolve("data").toString());
    assertThat(keys.out()).contains("owner").doesNotContainPattern("(?m)^ci ");
  }
}
