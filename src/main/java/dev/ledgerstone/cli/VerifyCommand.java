package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.ops.archive.Proof;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code verify}. */
@Command(
    name = "verify",
    description =
        "Proves a backup: every checksum, and a scratch database that is made of it and compared with it, row by"
            + " row. Needs no database and no server.")
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Mixin private final ArchiveFile.Read archive = new ArchiveFile.Read();

  @Option(
      names = "--scratch",
      paramLabel = "DIR",
      description = "Where the scratch database is made; default: the system's temporary folder.")
  private @Nullable Path scratch;

  @Override
  public Integer call() {
    Context context = main.context();
    Proof.Report report;
    try (Progress progress = main.progress()) {
      report =
          Proof.run(
              archive.file(),
              archive.passphrase(context),
              scratch == null ? Path.of(System.getProperty("java.io.tmpdir")) : scratch,
              Version.text(),
              progress::rows);
    }
    Rows differences = Rows.of("difference");
    report.differences().forEach(differences::add);
    Rows summary =
        Rows.of("file", "made at", "of", "tables", "rows", "differences", "seconds")
            .add(
                archive.file(),
                report.manifest().at(),
                report.manifest().engine().title(),
                report.tables(),
                report.rows(),
                report.differences().size(),
                Progress.seconds(report.took()));
    if (main.isJson()) {
      ObjectNode json = (ObjectNode) summary.json().path(0);
      json.set(
          "named", report.isClean() ? JsonNodeFactory.instance.arrayNode() : differences.json());
      main.say(json.toString());
    } else {
      main.printOne(summary);
      if (!report.isClean()) {
        main.say("");
        main.say(differences.table());
      }
    }
    return report.isClean() ? Main.OK : Main.CHECK_FAILED;
  }
}
