package dev.ledgerstone.cli;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code tenants}. */
@Command(name = "tenants", description = "Tenants: whose rows nobody else sees.")
final class TenantsCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(description = "Makes a tenant with an owner; prints the owner's key, this once.")
  int create(
      @Parameters(paramLabel = "SLUG", description = "Its short name: acme-labs.") String slug,
      @Option(names = "--name", paramLabel = "NAME", description = "Its name; default: the slug.")
          @Nullable String name) {
    try (Database database = main.context().current()) {
      KeyStore.Made owner =
          database.write(
              sql -> Seed.tenant(sql, actor(), slug, name == null ? slug : name, Instant.now()));
      main.printOne(
          Rows.of("tenant", "user", "key id", "key")
              .add(slug, Seed.OWNER, owner.id(), owner.secret()));
      return Main.OK;
    }
  }

  @Command(description = "Lists the tenants.")
  int list() {
    try (Database database = main.context().current()) {
      Rows rows = Rows.of("slug", "name", "status", "id", "created at");
      for (TenantStore.Tenant each : database.read(TenantStore::list)) {
        rows.add(each.slug(), each.name(), each.status(), each.id(), each.createdAt());
      }
      main.print(rows);
      return Main.OK;
    }
  }

  @Command(description = "Stops a tenant's keys; its rows stay.")
  int suspend(@Parameters(paramLabel = "SLUG") String slug) {
    return status(slug, "SUSPENDED");
  }

  @Command(description = "Lets a suspended tenant's keys work again.")
  int resume(@Parameters(paramLabel = "SLUG") String slug) {
    return status(slug, "ACTIVE");
  }

  private int status(String slug, String status) {
    try (Database database = main.context().current()) {
      database.write(
          sql -> {
            TenantStore.setStatus(sql, actor(), slug, status, Instant.now());
            return null;
          });
      main.printOne(Rows.of("tenant", "status").add(slug, status));
      return Main.OK;
    }
  }

  /** Written into the log of the tenant that is made or changed. */
  private static Actor actor() {
    return Actor.command(Tenants.PLATFORM);
  }
}
