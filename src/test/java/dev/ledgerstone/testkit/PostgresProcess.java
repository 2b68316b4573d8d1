package dev.ledgerstone.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A PostgreSQL of the test's own, which can be stopped, killed and started again: real processes,
 * real signals.
 */
public final class PostgresProcess implements AutoCloseable {
  private static final String ROLE = "ledgerstone";

  private final Path folder;
  private final EmbeddedPostgres first;
  private final List<String> command;
  private long pid;

  private PostgresProcess(Path folder, EmbeddedPostgres first) throws IOException {
    this.folder = folder;
    this.first = first;
    this.pid = pidOfFile();
    this.command = commandOf(pid);
  }

  /**
   * Starts one with an empty database.
   *
   * @param folder an empty one, for its data
   */
  public static PostgresProcess start(Path folder) throws IOException, SQLException {
    EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder)
            .setCleanDataDirectory(false)
            .setServerConfig("max_connections", "100")
            // Off by default there, and then a kill loses what was committed.
            .setServerConfig("synchronous_commit", "on")
            .start();
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create role " + ROLE + " login password '" + ROLE + "'");
      statement.execute("create database " + ROLE + " owner " + ROLE);
    }
    return new PostgresProcess(folder, server);
  }

  public int port() {
    return first.getPort();
  }

  /** The database's URL, by a port: its own, or that of a {@link Gate} to it. */
  public String url(int by) {
    return "postgresql://" + ROLE + ":" + ROLE + "@127.0.0.1:" + by + "/" + ROLE;
  }

  /** SIGSTOP: connections stay, and nobody answers. */
  public void stop() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT. */
  public void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** SIGKILL. */
  public void kill() throws IOException, InterruptedException {
    List<ProcessHandle> all = processes();
    signal("KILL");
    for (ProcessHandle each : all) {
      each.onExit().join();
    }
  }

  /** Starts it again on what a kill has left; returns when it answers. */
  public void startAgain() throws IOException, InterruptedException {
    List<String> again = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      again.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to run as root
    }
    again.addAll(command);
    new ProcessBuilder(again)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    while (!answers()) {
      Thread.sleep(20);
    }
    pid = pidOfFile();
  }

  private boolean answers() {
    try (Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + port() + "/" + ROLE, ROLE, ROLE)) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  private List<ProcessHandle> processes() {
    return ProcessHandle.of(pid).stream()
        .flatMap(it -> Stream.concat(Stream.of(it), it.descendants()))
        .toList();
  }

  /** The first of them first, so that it starts no others meanwhile. */
  private void signal(String name) throws IOException, InterruptedException {
    for (ProcessHandle each : processes()) {
      new ProcessBuilder("kill", "-" + name, Long.toString(each.pid())).start().waitFor();
    }
  }

  private long pidOfFile() throws IOException {
    return Long.parseLong(Files.readAllLines(folder.resolve("postmaster.pid")).getFirst().strip());
  }

  private static List<String> commandOf(long pid) throws IOException {
    return Stream.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0"))
        .filter(argument -> !argument.isEmpty())
        .toList();
  }

  @Override
  public void close() throws IOException {
    try {
      goOn();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    first.close();
  }
}
