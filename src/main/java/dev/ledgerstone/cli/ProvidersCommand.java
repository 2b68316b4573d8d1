package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ProviderProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code providers}. */
@Command(name = "providers", description = "Where model calls go.")
final class ProvidersCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(
      description = {
        "Asks each provider for its models, which costs nothing, once with each of its keys, and says what it answered; never a key.",
        "A model that a service names and the provider does not list is said too.",
        "Ends with 1 if one that has all it needs does not answer well."
      })
  int test() {
    Context context = main.context();
    Rows rows = Rows.of("provider", "kind", "url", "state", "answer", "ms");
    boolean isWell = true;
    try (Database database = context.current()) {
      CatalogStore store = new CatalogStore(context.vault(), context.environment());
      for (ProviderProbe.Answer each : ProviderProbe.all(database, store)) {
        rows.add(each.name(), each.kind(), each.url(), each.state(), each.said(), each.millis());
        isWell &= each.state() != ProviderProbe.State.FAILED;
      }
    }
    main.print(rows);
    return isWell ? Main.OK : Main.CHECK_FAILED;
  }
}
