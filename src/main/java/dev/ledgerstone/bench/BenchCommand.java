package dev.ledgerstone.bench;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench [gateway]}. */
@Command(
    name = "bench",
    description = {
      "Measures this build on this machine, beside a bare upstream in the same run.",
      "Runs on PostgreSQL where --database names one, else on SQLite in a temporary folder."
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", defaultValue = "gateway", description = "What to measure: gateway.")
  private String name = "gateway";

  @Option(names = "--seconds", defaultValue = "10", description = "Length of each sample.")
  private int seconds = 10;

  @Option(
      names = "--warm-up",
      defaultValue = "30",
      description = "Seconds before the first sample.")
  private int warmUp = 30;

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter out = command.commandLine().getOut();
    @Nullable String database = command.root().findOption("--database").getValue();
    if (!name.equals("gateway")) {
      out.println("there is no benchmark " + name + "; there is: gateway");
      return 2;
    }
    return new GatewayBench(out, database, Duration.ofSeconds(warmUp), Duration.ofSeconds(seconds))
            .run()
        ? 0
        : 1;
  }
}
