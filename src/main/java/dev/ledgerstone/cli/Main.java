package dev.ledgerstone.cli;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line. */
@Command(
    name = "ledgerstone",
    subcommands = {Main.Serve.class, dev.ledgerstone.bench.BenchCommand.class},
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    Logging.quiet();
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Command(name = "serve", mixinStandardHelpOptions = true)
  static final class Serve implements Runnable {
    @Option(names = "--port")
    @Nullable Integer port;

    @Option(names = "--data")
    @Nullable String data;

    @Option(names = "--database")
    @Nullable String database;

    @Option(names = "--config")
    @Nullable Path config;

    @Override
    public void run() {
      Map<String, String> flags = new HashMap<>();
      if (port != null) {
        flags.put("server.port", Integer.toString(port));
      }
      if (data != null) {
        flags.put("data.directory", data);
      }
      if (database != null) {
        flags.put("database.url", database);
      }
      try {
        Config file =
            config == null
                ? Config.EMPTY
                : ConfigFile.read(
                    config,
                    System.getenv(),
                    new Config.Known(
                        Set.of("local", "openai", "zai", "openrouter"),
                        Set.of("glm-4.5"),
                        Set.of("owner")));
        Server server =
            Server.start(
                Settings.load(flags, System.getenv(), file),
                file,
                System.getenv(),
                System.err,
                System.out::println);
        System.out.println("listening on http://127.0.0.1:" + server.port());
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      server.close();
                      stopped.countDown();
                    }));
        stopped.await();
      } catch (ProblemException e) {
        System.err.println(e.getMessage() + "\n" + e.problem().hint());
        System.exit(2);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
