package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_MODELS;
import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.AiProvidersRecord;
import dev.ledgerstone.db.schema.tables.records.AiServiceConfigsRecord;
import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.vault.Vault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads the {@link Catalog}, and opens the providers' credentials into memory. */
public final class CatalogStore {
  private static final System.Logger LOG = System.getLogger(CatalogStore.class.getName());

  /** The customary names of the providers' keys in the environment. */
  public static final Map<String, String> CUSTOMARY_KEYS =
      Map.of(
          "OPENAI", "OPENAI_API_KEY",
          "ANTHROPIC", "ANTHROPIC_API_KEY",
          "GOOGLE", "GEMINI_API_KEY",
          "OPENROUTER", "OPENROUTER_API_KEY",
          "Z_AI", "ZAI_API_KEY");

  private final Vault vault;
  private final Map<String, String> environment;

  public CatalogStore(Vault vault, Map<String, String> environment) {
    this.vault = vault;
    this.environment = environment;
  }

  Catalog load(Database database) {
    return database.read(
        sql -> {
          List<ProviderEntry> providers =
              sql.selectFrom(AI_PROVIDERS)
                  .where(AI_PROVIDERS.DELETED_AT.isNull())
                  .and(AI_PROVIDERS.STATUS.eq("ACTIVE"))
                  .fetch(this::provider);
          List<ServiceEntry> services =
              sql.selectFrom(AI_SERVICE_CONFIGS)
                  .where(AI_SERVICE_CONFIGS.DELETED_AT.isNull())
                  .and(AI_SERVICE_CONFIGS.IS_ACTIVE.isTrue())
                  .fetch(CatalogStore::service);
          Map<UUID, List<ModelEntry>> models = new HashMap<>();
          sql.select(
                  AI_MODELS.TENANT_ID,
                  AI_MODELS.PROVIDER,
                  AI_MODELS.MODEL,
                  AI_MODELS.CONTEXT_WINDOW,
                  AI_MODELS.MAX_OUTPUT_TOKENS)
              .from(AI_MODELS)
              .forEach(
                  row ->
                      models
                          .computeIfAbsent(row.value1(), _ -> new ArrayList<>())
                          .add(
                              new ModelEntry(
                                  row.value2(), row.value3(), row.value4(), row.value5())));
          return new Catalog(providers, services, models);
        });
  }

  /** What a credential is sealed for: no row's credential opens in another. */
  public static String purpose(UUID provider) {
    return "ai_providers.credential:" + provider;
  }

  private ProviderEntry provider(AiProvidersRecord row) {
    String kind = row.getProvider();
    String url = row.getBaseUrl();
    if (url == null) {
      return new ProviderEntry(
          row.getId(),
          row.getTenantId(),
          row.getName(),
          kind,
          null,
          kind.equals("LOCAL") ? null : "a base_url");
    }
    String credential =
        row.getCredential() == null ? null : vault.open(row.getCredential(), purpose(row.getId()));
    String customary = CUSTOMARY_KEYS.get(kind);
    if (credential == null && customary != null && row.getTenantId().equals(Tenants.PLATFORM)) {
      credential = environment.get(customary);
    }
    String missing =
        credential == null && customary != null && row.getTenantId().equals(Tenants.PLATFORM)
            ? "a key: set " + customary
            : null;
    Map<String, String> headers = new LinkedHashMap<>();
    row.getHeaders().forEachEntry((name, value) -> headers.put(name, value.asText()));
    Target target =
        new Target(
            url,
            credential,
            headers,
            Duration.ofMillis(row.getConnectTimeoutMillis()),
            Duration.ofMillis(row.getFirstTokenTimeoutMillis()),
            Duration.ofMillis(row.getTotalTimeoutMillis()));
    return new ProviderEntry(row.getId(), row.getTenantId(), row.getName(), kind, target, missing);
  }

  private static ServiceEntry service(AiServiceConfigsRecord row) {
    Set<TaskType> tasks = EnumSet.noneOf(TaskType.class);
    row.getTaskTypes().forEach(task -> tasks.add(TaskType.valueOf(task.asText())));
    List<String> fallbacks = new ArrayList<>();
    row.getFallbacks().forEach(name -> fallbacks.add(name.asText()));
    return new ServiceEntry(
        row.getId(),
        row.getTenantId(),
        row.getName(),
        row.getProvider(),
        row.getModel(),
        tasks,
        row.getPriority(),
        fallbacks,
        values(row.getParameters()),
        row.getTimeoutMillis(),
        row.getMaxRetries(),
        cache(row));
  }

  /** The service's cache; one that cannot be understood is none, and is named in the log. */
  private static @Nullable CacheRules cache(AiServiceConfigsRecord row) {
    try {
      return CacheRules.of(row.getConfiguration());
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "service {0} keeps no answers: {1}",
          row.getId(),
          e.getMessage());
      return null;
    }
  }

  private static Map<String, String> values(@Nullable JsonNode object) {
    Map<String, String> values = new LinkedHashMap<>();
    if (object != null) {
      object.forEachEntry((name, value) -> values.put(name, value.toString()));
    }
    return values;
  }
}
