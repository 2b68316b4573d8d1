package dev.ledgerstone.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs the cases of a script in {@code src/test/clients} with Node and the packages that are pinned
 * there, installed by npm once a build into {@code target/clients}.
 *
 * <p>For suites tagged {@code node}, which the Maven profile {@code clients} turns on. Without Node
 * they fail and say what is missing.
 */
public final class NodeScript {
  /** The oldest with a {@code fetch} of its own. */
  private static final int OLDEST_NODE = 18;

  private static final Path SOURCES = Path.of("src", "test", "clients");
  private static final Path FOLDER = Path.of("target", "clients");
  private static final ObjectMapper JSON = new ObjectMapper();

  private NodeScript() {}

  /**
   * One case and what became of it.
   *
   * @param error what the client said; empty where the case held
   */
  public record Outcome(String name, String error) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** The outcomes of a script's cases, in its order; never none. */
  public static List<Outcome> run(String script, Map<String, String> environment) {
    install();
    Output output = node(environment, "node", "run.mjs", "./" + script);
    List<Outcome> outcomes = new ArrayList<>();
    try {
      for (String line : output.text().lines().toList()) {
        if (line.startsWith("{\"name\":")) {
          JsonNode outcome = JSON.readTree(line);
          outcomes.add(new Outcome(outcome.get("name").asText(), outcome.path("error").asText("")));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (output.status() != 0 || outcomes.isEmpty()) {
      throw new IllegalStateException(
          "%s ended with status %d after %d cases:%n%s"
              .formatted(script, output.status(), outcomes.size(), output.text()));
    }
    return outcomes;
  }

  private static synchronized void install() {
    requireNode();
    try {
      Files.createDirectories(FOLDER);
      try (Stream<Path> sources = Files.list(SOURCES)) {
        for (Path source : sources.toList()) {
          Path copy = FOLDER.resolve(source.getFileName());
          Files.write(copy, Files.readAllBytes(source));
        }
      }
      // The lock that node_modules was made from.
      Path installed = FOLDER.resolve("node_modules").resolve(".ledgerstone-lock.json");
      Path wanted = FOLDER.resolve("package-lock.json");
      if (Files.exists(installed) && Files.mismatch(installed, wanted) == -1) {
        return;
      }
      Output output =
          node(Map.of(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer");
      if (output.status() != 0) {
        throw new IllegalStateException("npm could not install the clients:\n" + output.text());
      }
      Files.copy(wanted, installed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireNode() {
    String found;
    try {
      found = run(Path.of("."), Map.of(), "node", "--version").text().strip();
      run(Path.of("."), Map.of(), "npm", "--version");
    } catch (IOException e) {
      throw new IllegalStateException(
          "The suites of the profile clients need Node %d or newer and npm on PATH: %s"
              .formatted(OLDEST_NODE, e.getMessage()),
          e);
    }
    Matcher version = Pattern.compile("v(\\d+)\\..*").matcher(found);
    if (!version.matches() || Integer.parseInt(version.group(1)) < OLDEST_NODE) {
      throw new IllegalStateException(
          "The suites of the profile clients need Node %d or newer; on PATH is %s"
              .formatted(OLDEST_NODE, found));
    }
  }

  private record Output(int status, String text) {}

  private static Output node(Map<String, String> environment, String... command) {
    try {
      return run(FOLDER, environment, command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Output run(Path folder, Map<String, String> environment, String... command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " closed its output and did not end");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return new Output(process.exitValue(), text);
  }
}
