package dev.ledgerstone.cli;

import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code demo}: the main job from end to end, without a key and without a network. */
@Command(
    name = "demo",
    description = {
      "Starts a server on a new embedded database and shows what it does, with the models that are built"
          + " in: it needs no key and no network.",
      "",
      "Calls are answered, refused and repeated; the ledger's lines are shown, and proved by reconcile."
          + " The built-in models are free: the demo lists them at a made-up price."
    })
final class DemoCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Option(
      names = "--exit",
      description = "Stop when all is shown: with 0, or with 1 if a step failed.")
  private boolean exit;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "The port to listen on; default: 0, a free one.")
  private int port;

  @Override
  public Integer call() throws IOException, InterruptedException {
    @Nullable String wanted = main.data();
    Path data = wanted == null ? Files.createTempDirectory("ledgerstone-demo") : Path.of(wanted);
    try {
      return run(data);
    } finally {
      if (wanted == null) {
        delete(data);
      }
    }
  }

  private int run(Path data) throws InterruptedException {
    String key = Secrets.newKey();
    String poorKey = Secrets.newKey();
    Config config =
        ConfigFile.parse(
            yaml(key, poorKey),
            "demo",
            Map.of(),
            new Config.Known(Seed.PROVIDERS, Seed.SERVICES, Set.of(Seed.OWNER)));
    Map<String, String> flags = new HashMap<>();
    flags.put("data.directory", data.toString());
    flags.put("server.port", Integer.toString(port));
    // Nothing from the environment: a demo has no business in somebody's real database.
    Settings settings = Settings.load(flags, Map.of(), config);
    main.say("data directory " + data);
    main.say(
        "prices are made up: extract $0.50 and $1.50, all-minilm-l6-v2 $0.02 a million tokens");
    Server server =
        Server.start(settings, config, Map.of(), OutputStream.nullOutputStream(), main::say);
    boolean isWell;
    try {
      isWell = new Demo(server, key, poorKey, main).run();
      if (!exit) {
        main.say("");
        main.say("listening on http://127.0.0.1:" + server.port());
        main.say(
            "try: curl http://127.0.0.1:"
                + server.port()
                + "/v1/models -H 'Authorization: Bearer "
                + key
                + "'");
        ServeCommand.stayUntilStopped(server);
      }
    } finally {
      server.close();
    }
    main.say(isWell ? "demo: ok" : "demo: FAILED");
    return isWell ? Main.OK : Main.CHECK_FAILED;
  }

  /** Prices in dollars per million tokens, made up; and a budget that pays for no call at all. */
  private static String yaml(String key, String poorKey) {
    return """
    prices:
      - { provider: local, model: extract, input: 0.50, output: 1.50 }
      - { provider: local, model: all-minilm-l6-v2, input: 0.02, output: 0 }
    keys:
      - { name: demo, key: "%s", user: owner, scopes: ["gateway:*", "ledger:read"] }
      - { name: demo-poor, key: "%s", user: owner, scopes: ["gateway:*"] }
    budgets:
      - { name: demo, scope: API_KEY, subject: demo, period: DAILY, limit_usd: 1, hard: true }
      - { name: demo-poor, scope: API_KEY, subject: demo-poor, period: DAILY, limit_usd: 0.000001, hard: true }
    """
        .formatted(key, poorKey);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the demo's files in " + folder + " cannot be deleted", e);
    }
  }
}
