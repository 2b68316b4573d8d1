package dev.ledgerstone.promises;

import dev.ledgerstone.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, so that it can be killed. */
final class ChildServer implements AutoCloseable {
  private static final String READY = "listening on http://127.0.0.1:";

  private final Process process;
  private final int port;

  private ChildServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Returns when it listens. */
  static ChildServer start(
      Path data, String database, Path config, Path masterKey, Map<String, String> settings)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                // What counts here is to be up soon, again and again.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--data",
                data.toString(),
                "--database",
                database,
                "--config",
                config.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    settings.forEach((name, value) -> builder.environment().put(variable(name), value));
    builder.environment().put(variable("secrets.master_key_file"), masterKey.toString());
    Process process = builder.start();
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        int port = Integer.parseInt(line.substring(READY.length()).strip());
        // A pipe that nobody reads would stop the server's request log, and then the server.
        Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
        return new ChildServer(process, port);
      }
    }
    process.destroyForcibly();
    throw new IllegalStateException("the server ended before it was ready");
  }

  private static String variable(String setting) {
    return "LEDGERSTONE_" + setting.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  int port() {
    return port;
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the process outlives SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
