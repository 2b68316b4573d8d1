package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.monitor.MonitorSeed;
import dev.ledgerstone.sample.SampleTenant;
import dev.ledgerstone.showcase.ShowcaseSeed;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What every database begins with: roles, providers, GLM's services, prices, the showcase, alert
 * rules; and the tenant {@code default} with its owner.
 */
final class Seed {
  static final String DEFAULT_TENANT = "default";
  static final String OWNER = "owner";
  static final String PLATFORM = "platform";

  /** What a configuration can refer to before the database is there. */
  static final Set<String> PROVIDERS = Set.of("local", "openai", "zai", "openrouter");

  static final Set<String> SERVICES = Set.of("glm-4.5", "glm-4.5v", "glm-4.5-air");

  private Seed() {}

  /** The platform's rows; those that are there already stay as they are. */
  static void platform(DSLContext sql, Instant now) {
    TenantStore.seed(sql, now);
    provider(sql, "local", "LOCAL", null, now);
    provider(sql, "openai", "OPENAI", "https://api.openai.com/v1", now);
    provider(sql, "zai", "Z_AI", "https://api.z.ai/api/paas/v4", now);
    provider(sql, "openrouter", "OPENROUTER", "https://openrouter.ai/api/v1", now);
    service(
        sql,
        "glm-4.5",
        "glm-4.5",
        "LANGUAGE",
        List.of("GENERAL", "CHAT", "CODE_GENERATION", "CREATIVE_WRITING", "TRANSLATION"),
        10,
        now);
    service(
        sql,
        "glm-4.5v",
        "glm-4.5v",
        "VISION",
        List.of("IMAGE_GENERATION", "DOCUMENT_PROCESSING"),
        20,
        now);
    service(
        sql,
        "glm-4.5-air",
        "glm-4.5-air",
        "REASONING",
        List.of("RESEARCH", "DATA_ANALYSIS", "TEXT_ANALYSIS", "SUMMARIZATION"),
        30,
        now);
    new PriceStore(PriceCatalogue.bundled()).seed(sql, now);
    SeedDefaults.platform(sql, now);
    ShowcaseSeed.platform(sql, now);
    MonitorSeed.platform(sql, now);
  }

  private static void provider(
      DSLContext sql, String name, String kind, @Nullable String url, Instant now) {
    if (!sql.fetchExists(
        AI_PROVIDERS,
        AI_PROVIDERS.TENANT_ID.eq(Tenants.PLATFORM).and(AI_PROVIDERS.NAME.eq(name)))) {
      sql.insertInto(AI_PROVIDERS)
          .set(AI_PROVIDERS.ID, Ids.next())
          .set(AI_PROVIDERS.TENANT_ID, Tenants.PLATFORM)
          .set(AI_PROVIDERS.NAME, name)
          .set(AI_PROVIDERS.PROVIDER, kind)
          .set(AI_PROVIDERS.BASE_URL, url)
          .set(AI_PROVIDERS.CREATED_AT, now)
          .set(AI_PROVIDERS.UPDATED_AT, now)
          .execute();
    }
  }

  private static void service(
      DSLContext sql,
      String name,
      String model,
      String type,
      List<String> tasks,
      int priority,
      Instant now) {
    if (!sql.fetchExists(
        AI_SERVICE_CONFIGS,
        AI_SERVICE_CONFIGS.TENANT_ID.eq(Tenants.PLATFORM).and(AI_SERVICE_CONFIGS.NAME.eq(name)))) {
      ArrayNode types = JsonNodeFactory.instance.arrayNode();
      tasks.forEach(types::add);
      sql.insertInto(AI_SERVICE_CONFIGS)
          .set(AI_SERVICE_CONFIGS.ID, Ids.next())
          .set(AI_SERVICE_CONFIGS.TENANT_ID, Tenants.PLATFORM)
          .set(AI_SERVICE_CONFIGS.NAME, name)
          .set(AI_SERVICE_CONFIGS.PROVIDER, "zai")
          .set(AI_SERVICE_CONFIGS.MODEL, model)
          .set(AI_SERVICE_CONFIGS.MODEL_TYPE, type)
          .set(AI_SERVICE_CONFIGS.TASK_TYPES, types)
          .set(AI_SERVICE_CONFIGS.PRIORITY, priority)
          .set(AI_SERVICE_CONFIGS.CREATED_AT, now)
          .set(AI_SERVICE_CONFIGS.UPDATED_AT, now)
          .execute();
    }
  }

  /**
   * Everything: the platform's rows, and the tenant {@code default} where it is not there.
   *
   * @return the file with the key of its owner; null if the tenant was there
   */
  static @Nullable Path all(Database database, Path data, Instant now) {
    return database.write(
        sql -> {
          platform(sql, now);
          if (TenantStore.find(sql, DEFAULT_TENANT) != null) {
            return null;
          }
          KeyStore.Made owner =
              tenant(sql, Actor.system(Tenants.PLATFORM), DEFAULT_TENANT, "Default", now);
          Path file = data.resolve("owner.key");
          keep(owner, file);
          return file;
        });
  }

  /**
   * The sample, where it is not there.
   *
   * @return the file with the key of its owner; null if the tenant was there
   */
  static @Nullable Path sample(Database database, Path data, Clock clock) {
    Path file = data.resolve(SampleTenant.SLUG + ".key");
    SampleTenant.Sown sown =
        SampleTenant.sow(database, clock, Version.text(), key -> keep(key, file));
    return sown.isNew() ? file : null;
  }

  /** Writes a key into a file that only its owner can read. */
  private static void keep(KeyStore.Made key, Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.deleteIfExists(file);
      Vault.writePrivate(file, key.secret() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("the owner's key cannot be written to " + file, e);
    }
  }

  /** A tenant with an owner and the owner's key; returns the key's secret. */
  static KeyStore.Made tenant(DSLContext sql, Actor by, String slug, String name, Instant now) {
    UUID tenant = TenantStore.create(sql, by, slug, name, now);
    Actor actor = by.in(tenant);
    UUID owner = UserStore.create(sql, actor, OWNER, null, "OWNER", now);
    return KeyStore.create(sql, actor, KeyStore.Wish.of(OWNER, owner), now);
  }
}
