package dev.ledgerstone.settings;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says, checked and not yet applied. Immutable; names refer to entries of
 * the same tenant, to the platform's, or to what was there before.
 */
public record Config(
    Map<String, Value> settings,
    List<Provider> providers,
    List<Service> services,
    List<Price> prices,
    List<Key> keys,
    List<Budget> budgets,
    List<Limit> limits) {
  /** A file that says nothing. */
  public static final Config EMPTY =
      new Config(Map.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  static Config ofSettings(Map<String, Value> settings) {
    return new Config(settings, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  public Config {
    settings = Map.copyOf(settings);
    providers = List.copyOf(providers);
    services = List.copyOf(services);
    prices = List.copyOf(prices);
    keys = List.copyOf(keys);
    budgets = List.copyOf(budgets);
    limits = List.copyOf(limits);
  }

  /** A setting's text, and where it stands. May be a secret: never shown. */
  public record Value(String text, String file, int line, int column) {
    @Override
    public String toString() {
      return "Value[" + file + ":" + line + ":" + column + "]";
    }
  }

  /** Whose wire format and price list a provider has. */
  public enum ProviderKind {
    OPENAI("https://api.openai.com/v1"),
    ANTHROPIC("https://api.anthropic.com/v1"),
    GOOGLE(null),
    META(null),
    Z_AI("https://api.z.ai/api/paas/v4"),
    OPENROUTER("https://openrouter.ai/api/v1"),
    /** Models inside the server. */
    LOCAL(null),
    CUSTOM(null);

    private final @Nullable String baseUrl;

    ProviderKind(@Nullable String baseUrl) {
      this.baseUrl = baseUrl;
    }

    /** Where such a provider is, unless the file says otherwise; null: the file must say. */
    public @Nullable String baseUrl() {
      return baseUrl;
    }
  }

  /** What a model is for. */
  public enum ModelType {
    LANGUAGE,
    VISION,
    MULTIMODAL,
    CODE,
    AUDIO,
    EMBEDDING,
    REASONING,
    CREATIVE
  }

  /** Tasks for which {@code model: auto} picks a service. */
  public enum TaskType {
    GENERAL,
    CODE_GENERATION,
    TEXT_ANALYSIS,
    IMAGE_GENERATION,
    DATA_ANALYSIS,
    TRANSLATION,
    SUMMARIZATION,
    CREATIVE_WRITING,
    RESEARCH,
    CHAT,
    DOCUMENT_PROCESSING
  }

  /** How one of several services is picked. */
  public enum Routing {
    PRIORITY,
    WEIGHTED,
    CHEAPEST,
    FASTEST,
    BEST_RATED,
    RULE
  }

  /** What a budget is about. */
  public enum Scope {
    TENANT,
    USER,
    API_KEY,
    SERVICE,
    MODEL,
    AGENT,
    TAG,
    CUSTOM
  }

  /** How long a budget lasts before it begins again. */
  public enum Period {
    HOURLY,
    DAILY,
    WEEKLY,
    MONTHLY,
    YEARLY,
    TOTAL,
    CUSTOM
  }

  /** Whom a limit holds. */
  public enum Subject {
    TENANT,
    USER,
    API_KEY,
    IP,
    MODEL,
    GLOBAL
  }

  /** What a limit counts. */
  public enum Unit {
    REQUESTS,
    TOKENS,
    /** Billionths of a dollar. */
    NANOS,
    CONCURRENT,
    /** Responses in the background that have not ended. */
    BACKGROUND
  }

  /**
   * Where model calls go.
   *
   * @param baseUrl without a slash at the end; null: models inside the server
   * @param apiKey a secret; null: none is sent
   * @param headers sent with every call; may hold secrets
   * @param connectTimeout null, as the other times: the setting of that name in {@code gateway}
   * @param maxConcurrency calls at once; null: no bound
   * @param apiKeys further keys
   */
  public record Provider(
      String tenant,
      String name,
      ProviderKind provider,
      @Nullable String baseUrl,
      @Nullable String apiKey,
      Map<String, String> headers,
      @Nullable Duration connectTimeout,
      @Nullable Duration firstTokenTimeout,
      @Nullable Duration totalTimeout,
      @Nullable Integer maxConcurrency,
      List<ApiKey> apiKeys) {
    public Provider {
      headers = Map.copyOf(headers);
      apiKeys = List.copyOf(apiKeys);
    }

    @Override
    public String toString() {
      return "Provider[" + tenant + " " + name + " " + provider + " " + baseUrl + "]";
    }
  }

  /**
   * A further key of a provider.
   *
   * @param key the secret itself
   * @param weight its share of the calls
   * @param maxConcurrency calls at once; null: no bound
   * @param requestsPerMinute null: no bound
   */
  public record ApiKey(
      String name,
      String key,
      int weight,
      @Nullable Integer maxConcurrency,
      @Nullable Integer requestsPerMinute) {
    @Override
    public String toString() {
      return "ApiKey[" + name + "]";
    }
  }

  /**
   * Calls that wait where as many run as may.
   *
   * @param length how many
   * @param patience how long each waits, at most
   */
  public record Queue(int length, Duration patience) {}

  /**
   * A named way to call a model.
   *
   * @param provider a provider's name
   * @param fallbacks names of services, in order
   * @param cacheTtl null: answers are not kept
   * @param cacheThreshold how alike two wordings of a question are at least that share an answer, 1
   *     for the usual; null: none do
   * @param parameters a JSON object: defaults for what the request leaves open
   * @param timeout null: the provider's
   * @param maxConcurrency null: no bound
   * @param queue null: as long as maxConcurrency, and ten seconds
   * @param hedgeAfter null: no second attempt is made beside a slow one
   * @param rule a JSON object: when it is picked under RULE; empty: always
   * @param scores a JSON object: by which rules its answers are scored; empty: they are not
   */
  public record Service(
      String tenant,
      String name,
      String provider,
      String model,
      ModelType modelType,
      List<TaskType> taskTypes,
      List<String> fallbacks,
      @Nullable Duration cacheTtl,
      @Nullable BigDecimal cacheThreshold,
      JsonNode parameters,
      int priority,
      int weight,
      Routing routing,
      @Nullable Duration timeout,
      int retries,
      @Nullable Integer maxConcurrency,
      @Nullable Queue queue,
      @Nullable Duration hedgeAfter,
      JsonNode rule,
      JsonNode scores) {
    public Service {
      taskTypes = List.copyOf(taskTypes);
      fallbacks = List.copyOf(fallbacks);
    }
  }

  /**
   * What a model costs, in US dollars per million tokens.
   *
   * @param cachedInput null, as cacheWrite: as input
   * @param reasoning null: as output
   * @param request dollars per call
   * @param image dollars per image made; null, as the next two: nothing beyond its tokens
   * @param characters dollars per million characters that are spoken
   * @param audioMinute dollars per minute of audio that is heard
   * @param aboveInputTokens the price holds for calls with more input tokens than this
   * @param validFrom null: from now on
   */
  public record Price(
      String tenant,
      String provider,
      String model,
      BigDecimal input,
      BigDecimal output,
      @Nullable BigDecimal cachedInput,
      @Nullable BigDecimal cacheWrite,
      @Nullable BigDecimal reasoning,
      BigDecimal request,
      @Nullable BigDecimal image,
      @Nullable BigDecimal characters,
      @Nullable BigDecimal audioMinute,
      long aboveInputTokens,
      @Nullable Instant validFrom) {}

  /**
   * A key that programs call with.
   *
   * @param key the secret itself
   * @param user a user's name
   * @param allowedModels null: every model
   * @param allowedIps addresses and CIDR blocks; null: from anywhere
   * @param expiresAt null: never
   */
  public record Key(
      String tenant,
      String name,
      String key,
      String user,
      List<String> scopes,
      @Nullable List<String> allowedModels,
      @Nullable List<String> allowedIps,
      @Nullable Instant expiresAt) {
    public Key {
      scopes = List.copyOf(scopes);
      allowedModels = allowedModels == null ? null : List.copyOf(allowedModels);
      allowedIps = allowedIps == null ? null : List.copyOf(allowedIps);
    }

    @Override
    public String toString() {
      return "Key[" + tenant + " " + name + "]";
    }
  }

  /**
   * How much may be spent.
   *
   * @param subject the name of a user, key, service or agent, a model, a tag, or {@code key=value}
   *     tags joined by commas; empty for a tenant's
   * @param alerts percentages of the limit, rising
   * @param timezone null: the tenant's
   * @param start inclusive; not null for {@link Period#CUSTOM} alone, as end
   * @param end exclusive
   */
  public record Budget(
      String tenant,
      String name,
      Scope scope,
      String subject,
      Period period,
      BigDecimal limitUsd,
      boolean hard,
      List<Integer> alerts,
      @Nullable ZoneId timezone,
      boolean rollover,
      @Nullable Instant start,
      @Nullable Instant end,
      boolean active) {
    public Budget {
      alerts = List.copyOf(alerts);
    }
  }

  /**
   * How much a subject may do in a window.
   *
   * @param subjectId the name of a tenant, user, key or model, or an address; {@code *}: each
   *     subject has a quota of its own
   * @param burst how much more may come at once
   * @param priority lower is asked first
   */
  public record Limit(
      String tenant,
      Subject subject,
      String subjectId,
      long quota,
      Duration window,
      Unit unit,
      long burst,
      int priority) {}

  /**
   * What entries may refer to without being in the file: what is built in, and what the database
   * holds already.
   */
  public record Known(Set<String> providers, Set<String> services, Set<String> keys) {
    /** Nothing at all. */
    public static final Known NOTHING = new Known(Set.of(), Set.of(), Set.of());

    public Known {
      providers = Set.copyOf(providers);
      services = Set.copyOf(services);
      keys = Set.copyOf(keys);
    }
  }
}
