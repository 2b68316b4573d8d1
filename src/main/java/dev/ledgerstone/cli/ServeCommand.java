package dev.ledgerstone.cli;

import dev.ledgerstone.settings.Settings;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code serve}: the server, until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Runs the server until it is told to stop; then it lets running calls end, and settles them.",
      "",
      "On an empty database it makes the schema, the built-in rows and the tenant default, and writes"
          + " the key of that tenant's owner to DIR/owner.key. When it is ready it prints: listening"
          + " on http://127.0.0.1:PORT"
    })
final class ServeCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port to listen on; 0: a free one; default: 8080.")
  private @Nullable Integer port;

  @Override
  public Integer call() throws InterruptedException {
    HeadStart.begin();
    Context context =
        main.context(port == null ? Map.of() : Map.of("server.port", Integer.toString(port)));
    Settings.strangers(context.environment()).forEach(stranger -> main.say("note: " + stranger));
    Server server = start(context, main);
    main.say("listening on http://127.0.0.1:" + server.port());
    stayUntilStopped(server);
    return Main.OK;
  }

  static Server start(Context context, Main main) {
    return Server.start(
        context.settings(), context.config(), context.environment(), System.err, main::say);
  }

  /** Returns never: the end of the process ends it, and closes the server first. */
  static void stayUntilStopped(Server server) throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    new CountDownLatch(1).await();
  }
}
