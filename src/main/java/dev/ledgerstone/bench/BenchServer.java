package dev.ledgerstone.bench;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server in a process of its own, by the same JVM and flags as this one. */
final class BenchServer implements AutoCloseable {
  private static final String LOG = "server.log";
  private static final int FSYNCS = 200;

  private final Process process;
  private final Path folder;
  private final boolean stays;
  private final int port;
  private final Duration startedIn;

  private BenchServer(Process process, Path folder, boolean stays, int port, Duration startedIn) {
    this.process = process;
    this.folder = folder;
    this.stays = stays;
    this.port = port;
    this.startedIn = startedIn;
  }

  /**
   * Returns when it listens.
   *
   * @param database null: SQLite in the server's temporary folder
   * @param config the text of its configuration file
   */
  static BenchServer start(@Nullable String database, String config) throws IOException {
    return start(database, config, null);
  }

  /**
   * As above.
   *
   * @param kept the server's folder, which stays, so that its database can be measured again; null:
   *     a temporary one
   */
  static BenchServer start(@Nullable String database, String config, @Nullable Path kept)
      throws IOException {
    boolean stays = kept != null;
    Path folder =
        kept == null
            ? Files.createTempDirectory("ledgerstone-bench")
            : Files.createDirectories(kept);
    long began = System.nanoTime();
    Process process = null;
    try {
      Path file = Files.writeString(folder.resolve("bench.yaml"), config);
      process = process(folder, file, database);
      int port = awaitPort(process, folder.resolve(LOG));
      return new BenchServer(
          process, folder, stays, port, Duration.ofNanos(System.nanoTime() - began));
    } catch (IOException | RuntimeException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      if (!stays) {
        delete(folder);
      }
      throw e;
    }
  }

  private static Process process(Path folder, Path config, @Nullable String database)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.ledgerstone.cli.Main"));
    command.addAll(List.of("serve", "--port", "0"));
    command.addAll(List.of("--data", folder.toString(), "--config", config.toString()));
    if (database != null) {
      command.addAll(List.of("--database", database));
    }
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.to(folder.resolve(LOG).toFile()))
        .start();
  }

  private static int awaitPort(Process server, Path log) throws IOException {
    var lines = server.inputReader();
    String line;
    while ((line = lines.readLine()) != null) {
      if (line.startsWith("listening on ")) {
        Thread.ofVirtual().start(() -> lines.lines().forEach(_ -> {}));
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
      }
    }
    throw new IOException("the server did not start; it said: " + Files.readString(log).strip());
  }

  int port() {
    return port;
  }

  /** From an empty or old database to the first request that it would take. */
  Duration startedIn() {
    return startedIn;
  }

  /** Where its SQLite file lies, unless it was given a database. */
  String sqliteUrl() {
    return "sqlite:" + folder.resolve("ledgerstone.db");
  }

  /** What it costs to put 4 KB safely onto the disk that the server's files are on. */
  double fsyncMillis() throws IOException {
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("fsync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long start = System.nanoTime();
      for (int i = 0; i < FSYNCS; i++) {
        file.write(ByteBuffer.allocate(4096));
        file.force(false);
      }
      return (System.nanoTime() - start) / 1e6 / FSYNCS;
    }
  }

  /** Processor time that the server has used since it began. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Resident, as the system tells it. */
  String memory() throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (Files.notExists(status)) {
      return "not told by this system";
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmRSS"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MB")
          .findFirst()
          .orElse("not told");
    }
  }

  /** Stops it and deletes its folder, unless it stays. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    if (!stays) {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
