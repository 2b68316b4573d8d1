package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_MODELS;
import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;
import static dev.ledgerstone.db.schema.Tables.AI_PROVIDER_KEYS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.AiProvidersRecord;
import dev.ledgerstone.db.schema.tables.records.AiServiceConfigsRecord;
import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.ApiKey;
import dev.ledgerstone.gateway.route.RouteRule;
import dev.ledgerstone.gateway.route.Strategy;
import dev.ledgerstone.gateway.route.Way;
import dev.ledgerstone.gateway.scores.ScoreRules;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.vault.Vault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
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

  /** How long a call waits for its turn where the service does not say. */
  private static final long USUAL_WAIT_MILLIS = 10_000;

  private final Vault vault;
  private final Map<String, String> environment;

  public CatalogStore(Vault vault, Map<String, String> environment) {
    this.vault = vault;
    this.environment = environment;
  }

  Catalog load(Database database) {
    return database.read(
        sql -> {
          Map<UUID, List<ApiKey>> keys = keys(sql);
          List<ProviderEntry> providers =
              sql.selectFrom(AI_PROVIDERS)
                  .where(AI_PROVIDERS.DELETED_AT.isNull())
                  .and(AI_PROVIDERS.STATUS.eq("ACTIVE"))
                  .fetch(row -> provider(row, keys.getOrDefault(row.getId(), List.of())));
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

  /** What a further key's credential is sealed for. */
  public static String purposeOfKey(UUID key) {
    return "ai_provider_keys.credential:" + key;
  }

  private Map<UUID, List<ApiKey>> keys(DSLContext sql) {
    Map<UUID, List<ApiKey>> keys = new HashMap<>();
    sql.selectFrom(AI_PROVIDER_KEYS)
        .where(AI_PROVIDER_KEYS.DELETED_AT.isNull())
        .and(AI_PROVIDER_KEYS.IS_ACTIVE.isTrue())
        .orderBy(AI_PROVIDER_KEYS.NAME)
        .forEach(
            row ->
                keys.computeIfAbsent(row.getProviderId(), _ -> new ArrayList<>())
                    .add(
                        new ApiKey(
                            row.getId(),
                            row.getName(),
                            vault.open(row.getCredential(), purposeOfKey(row.getId())),
                            row.getWeight(),
                            row.getMaxConcurrency(),
                            row.getRequestsPerMinute())));
    return keys;
  }

  private ProviderEntry provider(AiProvidersRecord row, List<ApiKey> further) {
    String kind = row.getProvider();
    String url = row.getBaseUrl();
    Way.Cap cap = cap(row.getMaxConcurrency(), JsonNodeFactory.instance.objectNode());
    if (url == null) {
      return new ProviderEntry(
          row.getId(),
          row.getTenantId(),
          row.getName(),
          kind,
          null,
          kind.equals("LOCAL") ? null : "a base_url",
          List.of(ApiKey.only(row.getId(), null)),
          cap);
    }
    String credential =
        row.getCredential() == null ? null : vault.open(row.getCredential(), purpose(row.getId()));
    String customary = CUSTOMARY_KEYS.get(kind);
    if (credential == null && customary != null && row.getTenantId().equals(Tenants.PLATFORM)) {
      credential = environment.get(customary);
    }
    List<ApiKey> keys = new ArrayList<>(further);
    if (credential != null || further.isEmpty()) {
      keys.addFirst(ApiKey.only(row.getId(), credential));
    }
    String first = keys.getFirst().credential();
    String missing =
        first == null && customary != null && row.getTenantId().equals(Tenants.PLATFORM)
            ? "a key: set " + customary
            : null;
    Map<String, String> headers = new LinkedHashMap<>();
    row.getHeaders().forEachEntry((name, value) -> headers.put(name, value.asText()));
    Target target =
        new Target(
            url,
            first,
            headers,
            Duration.ofMillis(row.getConnectTimeoutMillis()),
            Duration.ofMillis(row.getFirstTokenTimeoutMillis()),
            Duration.ofMillis(row.getTotalTimeoutMillis()));
    return new ProviderEntry(
        row.getId(), row.getTenantId(), row.getName(), kind, target, missing, keys, cap);
  }

  /**
   * A bound of calls at once, with its queue; as long as the bound, where nothing is said.
   *
   * @param queue may say {@code length} and {@code wait_millis}
   */
  private static Way.@Nullable Cap cap(@Nullable Integer atOnce, JsonNode queue) {
    if (atOnce == null) {
      return null;
    }
    int length = Math.max(0, queue.path("length").asInt(atOnce));
    long wait = Math.max(0, queue.path("wait_millis").asLong(USUAL_WAIT_MILLIS));
    return new Way.Cap(atOnce, length, TimeUnit.MILLISECONDS.toNanos(wait));
  }

  private static ServiceEntry service(AiServiceConfigsRecord row) {
    Set<TaskType> tasks = EnumSet.noneOf(TaskType.class);
    row.getTaskTypes().forEach(task -> tasks.add(TaskType.valueOf(task.asText())));
    List<String> fallbacks = new ArrayList<>();
    row.getFallbacks().forEach(name -> fallbacks.add(name.asText()));
    JsonNode configuration = row.getConfiguration();
    long hedge = configuration.path("hedge_after_millis").asLong(0);
    return new ServiceEntry(
        row.getId(),
        row.getTenantId(),
        row.getName(),
        row.getProvider(),
        row.getModel(),
        row.getModelType(),
        tasks,
        row.getPriority(),
        fallbacks,
        values(row.getParameters()),
        row.getTimeoutMillis(),
        row.getMaxRetries(),
        Strategy.valueOf(row.getRoutingStrategy()),
        row.getWeight(),
        cap(row.getMaxConcurrency(), configuration.path("queue")),
        hedge > 0 ? Duration.ofMillis(hedge) : null,
        rule(configuration.path("rule")),
        cache(row),
        ScoreRules.of(configuration));
  }

  /** Null: there is none. What people wrote past the API is read as far as it can be. */
  private static @Nullable RouteRule rule(JsonNode rule) {
    if (!rule.isObject()) {
      return null;
    }
    Set<TaskType> tasks = EnumSet.noneOf(TaskType.class);
    for (TaskType task : TaskType.values()) {
      for (JsonNode name : rule.path("task_types")) {
        if (name.asText().equals(task.name())) {
          tasks.add(task);
        }
      }
    }
    Set<String> tags = new HashSet<>();
    rule.path("tags").forEach(tag -> tags.add(tag.asText()));
    return new RouteRule(
        tasks,
        whole(rule, "min_input_tokens"),
        whole(rule, "max_input_tokens"),
        flag(rule, "images"),
        flag(rule, "tools"),
        flag(rule, "stream"),
        tags);
  }

  private static @Nullable Long whole(JsonNode rule, String name) {
    return rule.path(name).isIntegralNumber() ? (Long) rule.path(name).asLong() : null;
  }

  private static @Nullable Boolean flag(JsonNode rule, String name) {
    return rule.path(name).isBoolean() ? (Boolean) rule.path(name).asBoolean() : null;
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
