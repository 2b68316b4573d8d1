package dev.ledgerstone.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench [gateway|cache|routing|records|jobs|import]}. */
@Command(
    name = "bench",
    description = {
      "Measures this build on this machine, beside a bare upstream, or a bare route, in the same run.",
      "Runs on PostgreSQL where --database names one, else on SQLite in a temporary folder."
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      defaultValue = "gateway",
      description = "What to measure: gateway, cache, routing, records, jobs, import.")
  private String name = "gateway";

  @Option(names = "--seconds", defaultValue = "10", description = "Length of each sample.")
  private int seconds = 10;

  @Option(
      names = "--warm-up",
      defaultValue = "30",
      description =
          "Seconds before the first sample; of the benchmark records: at most, before each case.")
  private int warmUp = 30;

  @Option(
      names = "--rows",
      defaultValue = "1000000",
      description = "Ledger lines of the benchmark records, rows of a file of import.")
  private long rows = 1_000_000;

  @Option(
      names = "--only",
      defaultValue = "",
      description = "Cases of the benchmark records whose name holds this.")
  private String only = "";

  @Override
  public Integer call() throws Exception {
    CommandSpec command = Objects.requireNonNull(spec);
    PrintWriter out = command.commandLine().getOut();
    @Nullable String database = command.root().findOption("--database").getValue();
    @Nullable String data = command.root().findOption("--data").getValue();
    @Nullable Path kept = data == null ? null : Path.of(data);
    Duration warming = Duration.ofSeconds(warmUp);
    Duration sample = Duration.ofSeconds(seconds);
    boolean isWell;
    switch (name) {
      case "gateway" -> isWell = new GatewayBench(out, database, warming, sample).run();
      case "cache" -> isWell = new CacheBench(out, database, warming, sample).run();
      case "routing" -> isWell = new RoutingBench(out).run();
      case "records" ->
          isWell = new RecordsBench(out, database, kept, warming, sample, rows, only).run();
      case "jobs" -> isWell = new JobsBench(out, database, warming, sample).run();
      case "import" -> isWell = new ImportBench(out, database, rows).run();
      default -> {
        out.println(
            "there is no benchmark "
                + name
                + "; there are: gateway, cache, routing, records, jobs, import");
        return 2;
      }
    }
    return isWell ? 0 : 1;
  }
}
