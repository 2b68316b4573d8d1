package dev.ledgerstone.cli;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.ops.archive.Manifest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code export}. */
@Command(
    name = "export",
    description =
        "Writes one tenant's rows into a file, as they were at one moment, while servers go on. Another server takes"
            + " them by: import tenant FILE.")
final class ExportCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Mixin private final ArchiveFile.Written archive = new ArchiveFile.Written();

  @Option(names = "--tenant", paramLabel = "SLUG", description = "Whose; default: default.")
  private String tenant = Seed.DEFAULT_TENANT;

  @Override
  public Integer call() {
    return archive.write(
        main,
        database ->
            new Manifest.Tenant(
                database.read(sql -> TenantStore.require(sql, tenant)).toString(), tenant));
  }
}
