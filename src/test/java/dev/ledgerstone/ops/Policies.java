package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.vault.Vault;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** Policies of retention, and runs of them, for tests. */
public final class Policies {
  public static final Vault VAULT = Vault.of("a master key");

  private Policies() {}

  /** The tenant that the server itself has. */
  public static void platform(Database database) {
    database.<Integer>write(
        sql ->
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, Tenants.PLATFORM)
                .set(TENANTS.SLUG, "platform")
                .set(TENANTS.NAME, "platform")
                .set(TENANTS.CREATED_AT, Instant.now())
                .set(TENANTS.UPDATED_AT, Instant.now())
                .onConflictDoNothing()
                .execute());
  }

  /** One policy; of the same tenant and name: in the place of the one before. */
  public static void set(
      Database database,
      UUID tenant,
      String name,
      String action,
      int keepDays,
      boolean isHeld,
      String... tables) {
    var names = JsonNodeFactory.instance.arrayNode();
    List.of(tables).forEach(names::add);
    Instant now = Instant.now();
    database.<Integer>write(
        sql -> {
          int there =
              sql.update(DATA_RETENTION_POLICIES)
                  .set(DATA_RETENTION_POLICIES.TABLES, (JsonNode) names)
                  .set(DATA_RETENTION_POLICIES.KEEP_DAYS, keepDays)
                  .set(DATA_RETENTION_POLICIES.ACTION, action)
                  .set(DATA_RETENTION_POLICIES.LEGAL_HOLD, isHeld)
                  .set(DATA_RETENTION_POLICIES.VERSION, DATA_RETENTION_POLICIES.VERSION.plus(1))
                  .set(DATA_RETENTION_POLICIES.UPDATED_AT, now)
                  .where(DATA_RETENTION_POLICIES.TENANT_ID.eq(tenant))
                  .and(DATA_RETENTION_POLICIES.NAME.eq(name))
                  .execute();
          return there > 0
              ? there
              : sql.insertInto(DATA_RETENTION_POLICIES)
                  .set(DATA_RETENTION_POLICIES.ID, Ids.next())
                  .set(DATA_RETENTION_POLICIES.TENANT_ID, tenant)
                  .set(DATA_RETENTION_POLICIES.NAME, name)
                  .set(DATA_RETENTION_POLICIES.TABLES, (JsonNode) names)
                  .set(DATA_RETENTION_POLICIES.KEEP_DAYS, keepDays)
                  .set(DATA_RETENTION_POLICIES.ACTION, action)
                  .set(DATA_RETENTION_POLICIES.LEGAL_HOLD, isHeld)
                  .set(DATA_RETENTION_POLICIES.CREATED_AT, now)
                  .set(DATA_RETENTION_POLICIES.UPDATED_AT, now)
                  .execute();
        });
  }

  /** Runs all that there are, once. */
  public static List<Retention.Outcome> run(Database database, Path folder, Instant now) {
    return run(database, folder, now, _ -> {});
  }

  public static List<Retention.Outcome> run(
      Database database, Path folder, Instant now, Consumer<String> progress) {
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    try (Sealer sealer = new Sealer(database, VAULT, clock)) {
      List<Retention.Outcome> outcomes =
          new Retention(database, sealer, folder.resolve("archive"), clock)
              .run(Actor.command(Tenants.PLATFORM), false, progress);
      sealer.sealAll();
      return outcomes;
    }
  }
}
