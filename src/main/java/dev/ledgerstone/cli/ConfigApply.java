package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;
import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_POLICIES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Change;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.AiProvidersRecord;
import dev.ledgerstone.db.schema.tables.records.AiServiceConfigsRecord;
import dev.ledgerstone.db.schema.tables.records.ApiKeysRecord;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import dev.ledgerstone.db.schema.tables.records.RateLimitPoliciesRecord;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ProviderKeyStore;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceSetting;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Rates;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.UpdatableRecord;
import org.jspecify.annotations.Nullable;

/**
 * Brings the database to what the configuration file says: upserts by name, in one transaction;
 * what the file does not name stays. A second run of the same file changes nothing.
 */
final class ConfigApply {
  /** Names that one query asks for. */
  private static final int MOST = 500;

  private final DSLContext sql;
  private final Vault vault;
  private final Settings.Gateway timeouts;
  private final Instant now;

  // What many keys and budgets of one file have in common is looked up once.
  private final Map<String, UUID> tenants = new HashMap<>();
  private final Map<Named, UUID> users = new HashMap<>();
  private final Map<Named, UUID> keys = new HashMap<>();
  private final Map<UUID, String> zones = new HashMap<>();

  private record Named(UUID tenant, String name) {}

  private ConfigApply(DSLContext sql, Vault vault, Settings.Gateway timeouts, Instant now) {
    this.sql = sql;
    this.vault = vault;
    this.timeouts = timeouts;
    this.now = now;
  }

  /**
   * Applies a configuration.
   *
   * @param timeouts of providers that say nothing of their own
   */
  static void apply(
      Database database, Config config, Vault vault, Settings.Gateway timeouts, Instant now) {
    database.write(
        sql -> {
          ConfigApply apply = new ConfigApply(sql, vault, timeouts, now);
          config.providers().forEach(apply::provider);
          config.services().forEach(apply::service);
          apply.prices(config.prices());
          apply.keys(config.keys());
          apply.budgets(config.budgets());
          config.limits().forEach(apply::limit);
          return null;
        });
  }

  /** Hands on entries of one tenant together, as many as one query may ask for. */
  private <T> void some(
      List<T> wishes, Function<T, String> tenant, BiConsumer<UUID, List<T>> each) {
    wishes.stream()
        .collect(Collectors.groupingBy(tenant, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (slug, all) -> {
              for (int from = 0; from < all.size(); from += MOST) {
                each.accept(tenant(slug), all.subList(from, Math.min(from + MOST, all.size())));
              }
            });
  }

  private UUID tenant(String slug) {
    return tenants.computeIfAbsent(slug, name -> TenantStore.require(sql, name));
  }

  private void provider(Config.Provider wish) {
    UUID tenant = tenant(wish.tenant());
    AiProvidersRecord row =
        sql.fetchOne(
            AI_PROVIDERS,
            AI_PROVIDERS
                .TENANT_ID
                .eq(tenant)
                .and(AI_PROVIDERS.NAME.eq(wish.name()))
                .and(AI_PROVIDERS.DELETED_AT.isNull()));
    boolean isNew = row == null;
    if (row == null) {
      row = sql.newRecord(AI_PROVIDERS);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setName(wish.name());
      row.setCreatedAt(now);
      row.setStatus("ACTIVE");
      row.setHealth("UNKNOWN");
      row.setVersion(1L);
    }
    set(row, AI_PROVIDERS.PROVIDER, wish.provider().name());
    set(row, AI_PROVIDERS.BASE_URL, wish.baseUrl());
    set(row, AI_PROVIDERS.HEADERS, object(wish.headers()));
    set(
        row,
        AI_PROVIDERS.CONNECT_TIMEOUT_MILLIS,
        millis(wish.connectTimeout(), timeouts.connectTimeout()));
    set(
        row,
        AI_PROVIDERS.FIRST_TOKEN_TIMEOUT_MILLIS,
        millis(wish.firstTokenTimeout(), timeouts.firstTokenTimeout()));
    set(
        row,
        AI_PROVIDERS.TOTAL_TIMEOUT_MILLIS,
        millis(wish.totalTimeout(), timeouts.totalTimeout()));
    set(row, AI_PROVIDERS.MAX_CONCURRENCY, wish.maxConcurrency());
    String purpose = CatalogStore.purpose(row.getId());
    String sealed = row.getCredential();
    // Sealing is never the same twice: only another key is another row.
    if (!Objects.equals(sealed == null ? null : vault.open(sealed, purpose), wish.apiKey())) {
      row.setCredential(wish.apiKey() == null ? null : vault.seal(wish.apiKey(), purpose));
    }
    store(row, isNew, AI_PROVIDERS.UPDATED_AT, AI_PROVIDERS.VERSION);
    UUID provider = row.getId();
    wish.apiKeys()
        .forEach(
            key ->
                ProviderKeyStore.put(
                    sql,
                    Actor.configuration(tenant),
                    vault,
                    provider,
                    new ProviderKeyStore.Wish(
                        key.name(),
                        key.key(),
                        key.weight(),
                        key.maxConcurrency(),
                        key.requestsPerMinute()),
                    now));
  }

  private static int millis(@Nullable Duration own, Duration otherwise) {
    return Math.toIntExact((own == null ? otherwise : own).toMillis());
  }

  private void service(Config.Service wish) {
    UUID tenant = tenant(wish.tenant());
    AiServiceConfigsRecord row =
        sql.fetchOne(
            AI_SERVICE_CONFIGS,
            AI_SERVICE_CONFIGS
                .TENANT_ID
                .eq(tenant)
                .and(AI_SERVICE_CONFIGS.NAME.eq(wish.name()))
                .and(AI_SERVICE_CONFIGS.DELETED_AT.isNull()));
    boolean isNew = row == null;
    if (row == null) {
      row = sql.newRecord(AI_SERVICE_CONFIGS);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setName(wish.name());
      row.setCreatedAt(now);
      row.setIsActive(true);
      row.setVersion(1L);
    }
    ObjectNode configuration = JsonNodeFactory.instance.objectNode();
    if (wish.cacheTtl() != null) {
      ObjectNode cache = configuration.putObject("cache");
      cache.put("ttl_millis", wish.cacheTtl().toMillis());
      BigDecimal threshold = wish.cacheThreshold();
      if (threshold != null) {
        if (threshold.compareTo(BigDecimal.ONE) == 0) {
          cache.put("semantic", true);
        } else {
          cache.put("semantic", threshold);
        }
      }
    }
    Config.Queue queue = wish.queue();
    if (queue != null) {
      configuration
          .putObject("queue")
          .put("length", queue.length())
          .put("wait_millis", queue.patience().toMillis());
    }
    if (wish.hedgeAfter() != null) {
      configuration.put("hedge_after_millis", wish.hedgeAfter().toMillis());
    }
    if (!wish.scores().isEmpty()) {
      configuration.set("scores", wish.scores());
    }
    if (!wish.rule().isEmpty()) {
      configuration.set("rule", wish.rule());
    }
    set(row, AI_SERVICE_CONFIGS.PROVIDER, wish.provider());
    set(row, AI_SERVICE_CONFIGS.MODEL, wish.model());
    set(row, AI_SERVICE_CONFIGS.MODEL_TYPE, wish.modelType().name());
    set(
        row,
        AI_SERVICE_CONFIGS.TASK_TYPES,
        array(wish.taskTypes().stream().map(Enum::name).toList()));
    set(row, AI_SERVICE_CONFIGS.FALLBACKS, array(wish.fallbacks()));
    set(row, AI_SERVICE_CONFIGS.CONFIGURATION, configuration);
    set(row, AI_SERVICE_CONFIGS.PARAMETERS, wish.parameters());
    set(row, AI_SERVICE_CONFIGS.PRIORITY, wish.priority());
    set(row, AI_SERVICE_CONFIGS.WEIGHT, wish.weight());
    set(row, AI_SERVICE_CONFIGS.ROUTING_STRATEGY, wish.routing().name());
    set(
        row,
        AI_SERVICE_CONFIGS.TIMEOUT_MILLIS,
        wish.timeout() == null ? null : Math.toIntExact(wish.timeout().toMillis()));
    set(row, AI_SERVICE_CONFIGS.MAX_RETRIES, wish.retries());
    set(row, AI_SERVICE_CONFIGS.MAX_CONCURRENCY, wish.maxConcurrency());
    store(row, isNew, AI_SERVICE_CONFIGS.UPDATED_AT, AI_SERVICE_CONFIGS.VERSION);
  }

  private record Priced(
      String tenant, String provider, String model, @Nullable Instant validFrom) {}

  /** The tiers of a model are one price list. */
  private void prices(List<Config.Price> wishes) {
    Map<Priced, SortedMap<Long, Rates>> lists = new HashMap<>();
    for (Config.Price wish : wishes) {
      lists
          .computeIfAbsent(
              new Priced(wish.tenant(), wish.provider(), wish.model(), wish.validFrom()),
              _ -> new TreeMap<>())
          .put(wish.aboveInputTokens(), rates(wish));
    }
    PriceStore store = new PriceStore(PriceCatalogue.bundled());
    lists.forEach(
        (of, tiers) -> {
          if (tiers.firstKey() != 0) {
            throw new RequestProblem.Invalid(
                    "prices",
                    "the prices of "
                        + of.provider
                        + "/"
                        + of.model
                        + " begin above "
                        + tiers.firstKey()
                        + " tokens",
                    "add one with above_input_tokens: 0")
                .exception();
          }
          Instant from = (of.validFrom == null ? now : of.validFrom).truncatedTo(ChronoUnit.MICROS);
          PriceSetting setting =
              new PriceSetting(tenant(of.tenant), of.provider, of.model, tiers, "config", null);
          if (store.append(sql, setting, from)) {
            audit(setting, from);
          }
        });
  }

  private void audit(PriceSetting setting, Instant at) {
    List<Change> added =
        sql
            .selectFrom(MODEL_PRICES)
            .where(MODEL_PRICES.TENANT_ID.eq(setting.tenantId()))
            .and(MODEL_PRICES.PROVIDER.eq(setting.provider()))
            .and(MODEL_PRICES.MODEL.eq(setting.model()))
            .and(MODEL_PRICES.CREATED_AT.eq(at))
            .stream()
            .map(row -> Change.inserted(MODEL_PRICES, row.getId(), row))
            .toList();
    Audit.write(sql, Actor.configuration(setting.tenantId()), added, now);
  }

  private static Rates rates(Config.Price wish) {
    return new Rates(
        Money.picosPerToken(wish.input()),
        Money.picosPerToken(wish.output()),
        picos(wish.cachedInput()),
        picos(wish.cacheWrite()),
        null,
        picos(wish.reasoning()),
        null,
        null,
        wish.image() == null ? null : (Long) wish.image().movePointRight(12).longValueExact(),
        wish.request().movePointRight(12).longValueExact(),
        picos(wish.characters()),
        wish.audioMinute() == null ? null : picosPerSecond(wish.audioMinute()));
  }

  /** Half a pico a second is lost at most. */
  private static Long picosPerSecond(BigDecimal perMinute) {
    return perMinute
        .movePointRight(12)
        .divide(BigDecimal.valueOf(60), 0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  private static @Nullable Long picos(@Nullable BigDecimal dollars) {
    return dollars == null ? null : (Long) Money.picosPerToken(dollars);
  }

  private void keys(List<Config.Key> wishes) {
    some(
        wishes,
        Config.Key::tenant,
        (tenant, some) -> {
          Map<String, ApiKeysRecord> there =
              KeyStore.named(sql, tenant, some.stream().map(Config.Key::name).toList());
          List<KeyStore.Wish> missing = new ArrayList<>();
          for (Config.Key wish : some) {
            if (!key(tenant, wish, there.get(wish.name()))) {
              missing.add(made(tenant, wish));
            }
          }
          KeyStore.create(sql, Actor.configuration(tenant), missing, now)
              .forEach(made -> keys.put(new Named(tenant, made.name()), made.id()));
        });
  }

  private KeyStore.Wish made(UUID tenant, Config.Key wish) {
    return new KeyStore.Wish(
        wish.name(),
        user(tenant, wish.user()),
        wish.scopes(),
        wish.allowedModels(),
        wish.allowedIps(),
        null,
        wish.expiresAt(),
        wish.key());
  }

  /** Brings a key to what is wished; false: it is not there, or it was another one and ended. */
  private boolean key(UUID tenant, Config.Key wish, @Nullable ApiKeysRecord row) {
    if (row == null) {
      return false;
    }
    if (!row.getKeyHash().equals(Secrets.hash(wish.key()))) {
      KeyStore.revoke(sql, Actor.configuration(tenant), row.getId(), now);
      return false;
    }
    keys.put(new Named(tenant, wish.name()), row.getId());
    set(row, API_KEYS.USER_ID, user(tenant, wish.user()));
    set(row, API_KEYS.SCOPES, array(wish.scopes()));
    set(
        row,
        API_KEYS.ALLOWED_MODELS,
        wish.allowedModels() == null ? null : array(wish.allowedModels()));
    set(row, API_KEYS.ALLOWED_IPS, wish.allowedIps() == null ? null : array(wish.allowedIps()));
    set(row, API_KEYS.EXPIRES_AT, wish.expiresAt());
    store(row, false, API_KEYS.UPDATED_AT, API_KEYS.VERSION);
    return true;
  }

  private void budgets(List<Config.Budget> wishes) {
    some(
        wishes,
        Config.Budget::tenant,
        (tenant, some) -> {
          Map<String, BudgetsRecord> there =
              sql.selectFrom(BUDGETS)
                  .where(BUDGETS.TENANT_ID.eq(tenant))
                  .and(BUDGETS.NAME.in(some.stream().map(Config.Budget::name).toList()))
                  .fetchMap(BUDGETS.NAME);
          List<BudgetsRecord> missing = new ArrayList<>();
          for (Config.Budget wish : some) {
            BudgetsRecord row = there.get(wish.name());
            if (row == null) {
              missing.add(made(tenant, wish));
            } else {
              fill(row, tenant, wish);
              store(row, false, BUDGETS.UPDATED_AT, BUDGETS.VERSION);
            }
          }
          Audit.insertAll(sql, Actor.configuration(tenant), missing, now);
        });
  }

  private BudgetsRecord made(UUID tenant, Config.Budget wish) {
    BudgetsRecord row = sql.newRecord(BUDGETS);
    row.setId(Ids.next());
    row.setTenantId(tenant);
    row.setName(wish.name());
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.setVersion(1L);
    fill(row, tenant, wish);
    return row;
  }

  private void fill(BudgetsRecord row, UUID tenant, Config.Budget wish) {
    ArrayNode alerts = JsonNodeFactory.instance.arrayNode();
    wish.alerts().forEach(alerts::add);
    set(row, BUDGETS.SCOPE_KIND, wish.scope().name());
    set(row, BUDGETS.SCOPE, scope(tenant, wish));
    set(row, BUDGETS.PERIOD, wish.period().name());
    set(row, BUDGETS.CUSTOM_START, wish.start());
    set(row, BUDGETS.CUSTOM_END, wish.end());
    set(row, BUDGETS.LIMIT_NANOS, Money.nanosOfDollars(wish.limitUsd()));
    set(row, BUDGETS.ALERT_PERCENTS, alerts);
    set(row, BUDGETS.IS_HARD, wish.hard());
    set(row, BUDGETS.TIMEZONE, zone(tenant, wish.timezone()));
    set(row, BUDGETS.ROLLOVER, wish.rollover());
    set(row, BUDGETS.IS_ACTIVE, wish.active());
  }

  private String zone(UUID tenant, @Nullable ZoneId own) {
    return own != null
        ? own.getId()
        : zones.computeIfAbsent(
            tenant,
            id ->
                Objects.requireNonNull(
                    sql.select(TENANTS.TIMEZONE)
                        .from(TENANTS)
                        .where(TENANTS.ID.eq(id))
                        .fetchSingle(TENANTS.TIMEZONE)));
  }

  private String scope(UUID tenant, Config.Budget wish) {
    return switch (wish.scope()) {
      case TENANT -> "";
      case USER -> user(tenant, wish.subject()).toString();
      case API_KEY -> requireKey(tenant, wish.subject()).toString();
      case SERVICE -> service(tenant, wish.subject()).toString();
      case AGENT -> agent(tenant, wish.subject()).toString();
      case MODEL, TAG, CUSTOM -> wish.subject();
    };
  }

  private UUID user(UUID tenant, String name) {
    return users.computeIfAbsent(
        new Named(tenant, name), of -> UserStore.require(sql, of.tenant, of.name));
  }

  /** Of a key that stands; asked once all keys of the file have been written. */
  private UUID requireKey(UUID tenant, String name) {
    return keys.computeIfAbsent(
        new Named(tenant, name),
        of -> {
          UUID key = KeyStore.find(sql, of.tenant, of.name);
          if (key == null) {
            throw new RequestProblem.NotFound("key", of.name).exception();
          }
          return key;
        });
  }

  private UUID service(UUID tenant, String name) {
    UUID id =
        sql.select(AI_SERVICE_CONFIGS.ID)
            .from(AI_SERVICE_CONFIGS)
            .where(AI_SERVICE_CONFIGS.TENANT_ID.in(tenant, Tenants.PLATFORM))
            .and(AI_SERVICE_CONFIGS.NAME.eq(name))
            .and(AI_SERVICE_CONFIGS.DELETED_AT.isNull())
            .orderBy(AI_SERVICE_CONFIGS.TENANT_ID.eq(tenant).desc())
            .limit(1)
            .fetchOne(AI_SERVICE_CONFIGS.ID);
    if (id == null) {
      throw new RequestProblem.NotFound("service", name).exception();
    }
    return id;
  }

  private UUID agent(UUID tenant, String name) {
    UUID id =
        sql.select(AGENTS.ID)
            .from(AGENTS)
            .where(AGENTS.TENANT_ID.eq(tenant))
            .and(AGENTS.NAME.eq(name))
            .and(AGENTS.DELETED_AT.isNull())
            .fetchOne(AGENTS.ID);
    if (id == null) {
      throw new RequestProblem.NotFound("agent", name).exception();
    }
    return id;
  }

  private void limit(Config.Limit wish) {
    UUID tenant =
        wish.subject() == Config.Subject.GLOBAL ? Tenants.PLATFORM : tenant(wish.tenant());
    String subject = subject(tenant, wish);
    long window = wish.window().toMillis();
    RateLimitPoliciesRecord row =
        sql.fetchOne(
            RATE_LIMIT_POLICIES,
            RATE_LIMIT_POLICIES
                .TENANT_ID
                .eq(tenant)
                .and(RATE_LIMIT_POLICIES.SUBJECT_KIND.eq(wish.subject().name()))
                .and(RATE_LIMIT_POLICIES.SUBJECT.eq(subject))
                .and(RATE_LIMIT_POLICIES.UNIT.eq(wish.unit().name()))
                .and(RATE_LIMIT_POLICIES.WINDOW_MILLIS.eq(window)));
    boolean isNew = row == null;
    if (row == null) {
      row = sql.newRecord(RATE_LIMIT_POLICIES);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setSubjectKind(wish.subject().name());
      row.setSubject(subject);
      row.setUnit(wish.unit().name());
      row.setWindowMillis(window);
      row.setIsActive(true);
      row.setCreatedAt(now);
      row.setVersion(1L);
    }
    set(row, RATE_LIMIT_POLICIES.QUOTA, wish.quota());
    set(row, RATE_LIMIT_POLICIES.BURST, wish.burst());
    set(row, RATE_LIMIT_POLICIES.PRIORITY, wish.priority());
    store(row, isNew, RATE_LIMIT_POLICIES.UPDATED_AT, RATE_LIMIT_POLICIES.VERSION);
  }

  private String subject(UUID tenant, Config.Limit wish) {
    if (wish.subjectId().equals("*")) {
      return "*";
    }
    return switch (wish.subject()) {
      case TENANT -> TenantStore.require(sql, wish.subjectId()).toString();
      case USER -> UserStore.require(sql, tenant, wish.subjectId()).toString();
      case API_KEY -> requireKey(tenant, wish.subjectId()).toString();
      case IP, MODEL, GLOBAL -> wish.subjectId();
    };
  }

  // ---- rows

  /** Sets a column only where it differs, so that a second run of the same file is no change. */
  @SuppressWarnings("NullAway") // jOOQ's columns take null and do not say so
  private static <T> void set(UpdatableRecord<?> row, org.jooq.Field<T> column, @Nullable T value) {
    if (!Objects.equals(row.get(column), value)) {
      row.set(column, value);
    }
  }

  private void store(
      UpdatableRecord<?> row,
      boolean isNew,
      org.jooq.Field<Instant> updatedAt,
      org.jooq.Field<Long> version) {
    if (isNew || row.modified()) {
      row.set(updatedAt, now);
      if (!isNew) {
        row.set(version, row.get(version) + 1);
      }
      UUID tenant = Objects.requireNonNull(row.get("tenant_id", UUID.class));
      Audit.store(sql, Actor.configuration(tenant), row, isNew, now);
    }
  }

  private static ArrayNode array(List<String> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }

  private static JsonNode object(Map<String, String> values) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    values.forEach(object::put);
    return object;
  }
}
