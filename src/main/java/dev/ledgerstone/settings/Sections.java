package dev.ledgerstone.settings;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.settings.References.Sort;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the entries of the lists: providers, services, prices, keys, budgets, limits. */
final class Sections {
  private static final String TENANT = "default";
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int PRIORITY = 100;
  private static final Duration QUEUE_WAIT = Duration.ofSeconds(10);

  /** A nano is the ledger's unit: nine decimals, and at most what a long holds of them. */
  private static final Kind<BigDecimal> AMOUNT = Kinds.dollars(9_000_000_000L, 9);

  /** A pico a token is the unit of prices: six decimals of dollars per million tokens. */
  private static final Kind<BigDecimal> PER_MILLION = Kinds.dollars(1_000_000_000L, 6);

  private static final Kind<BigDecimal> PER_REQUEST = Kinds.dollars(1_000_000L, 12);

  private final Reading reading;
  private final References references;

  Sections(Reading reading, References references) {
    this.reading = reading;
    this.references = references;
  }

  Config.Provider provider(Block block) {
    String tenant = tenant(block);
    String name = block.required("name", Kinds.PROVIDER_NAME, "");
    references.give(Sort.PROVIDER, tenant, name, block.spot("name"));
    Config.ProviderKind kind =
        block.required(
            "provider", Kinds.oneOf(Config.ProviderKind.class), Config.ProviderKind.LOCAL);
    String baseUrl = block.optional("base_url", Kinds.URL);
    if (baseUrl == null) {
      baseUrl = kind.baseUrl();
    }
    if (!block.has("base_url") && baseUrl == null && kind != Config.ProviderKind.LOCAL) {
      block.fault("base_url", "is missing", "add the address of the provider's API");
    }
    // Empty is no key, so that ${NAME:-} leaves a provider without one where NAME is not set.
    String apiKey =
        block.optional("api_key", text -> text.isEmpty() ? text : Kinds.HEADER.read(text), "");
    Config.Provider provider =
        new Config.Provider(
            tenant,
            name,
            kind,
            baseUrl,
            apiKey.isEmpty() ? null : apiKey,
            block.texts("headers", Kinds.HEADER),
            block.optional("connect_timeout", Kinds.DURATION),
            block.optional("first_token_timeout", Kinds.DURATION),
            block.optional("total_timeout", Kinds.DURATION),
            block.optional("max_concurrency", Kinds.integer(1, 1_000_000)),
            block.blocks("api_keys").stream().map(each -> apiKey(each, tenant, name)).toList());
    block.end();
    return provider;
  }

  private Config.ApiKey apiKey(Block block, String tenant, String provider) {
    String name = block.required("name", Kinds.NAME, "");
    references.unique(
        "key of a provider", block.spot("name"), "the name", List.of(tenant, provider, name));
    Config.ApiKey key =
        new Config.ApiKey(
            name,
            block.required("key", Kinds.HEADER, ""),
            block.optional("weight", Kinds.integer(0, 1_000_000), 1),
            block.optional("max_concurrency", Kinds.integer(1, 1_000_000)),
            block.optional("requests_per_minute", Kinds.integer(1, 1_000_000_000)));
    block.end();
    return key;
  }

  Config.Service service(Block block) {
    String tenant = tenant(block);
    String name = block.required("name", Kinds.NAME, "");
    references.give(Sort.SERVICE, tenant, name, block.spot("name"));
    if (name.equals("auto")) {
      block.fault("name", "is what callers write to have a service picked", "choose another name");
    }
    String provider = block.required("provider", Kinds.NAME, "");
    references.use(Sort.PROVIDER, tenant, provider, block.spot("provider"));
    List<String> fallbacks = new ArrayList<>();
    for (Block.At<String> fallback : orEmpty(block.list("fallbacks", Kinds.NAME))) {
      fallbacks.add(fallback.value());
      if (fallback.value().equals(name)) {
        reading.fault(fallback.spot(), "is the service itself", "name another service");
      } else {
        references.use(Sort.SERVICE, tenant, fallback.value(), fallback.spot());
      }
    }
    Block cache = block.block("cache");
    Duration ttl = cache == null ? null : cache.required("ttl", Kinds.DURATION, MINUTE);
    BigDecimal threshold = cache == null ? null : cache.optional("semantic", Kinds.LIKENESS);
    if (cache != null) {
      cache.end();
    }
    Node parameters = block.find("parameters");
    Config.Service service =
        new Config.Service(
            tenant,
            name,
            provider,
            block.required("model", Kinds.NAME, ""),
            block.optional(
                "model_type", Kinds.oneOf(Config.ModelType.class), Config.ModelType.LANGUAGE),
            orEmpty(block.values("task_types", Kinds.oneOf(Config.TaskType.class))),
            fallbacks,
            ttl,
            threshold,
            parameters == null
                ? JsonNodeFactory.instance.objectNode()
                : Trees.object(reading, parameters, block.spot("parameters")),
            priority(block),
            block.optional("weight", Kinds.integer(0, 1_000_000), 1),
            block.optional("routing", Kinds.oneOf(Config.Routing.class), Config.Routing.PRIORITY),
            block.optional("timeout", Kinds.DURATION),
            block.optional("retries", Kinds.integer(0, 10), 1),
            block.optional("max_concurrency", Kinds.integer(1, 1_000_000)),
            queue(block),
            block.optional("hedge_after", Kinds.DURATION),
            rule(block),
            scores(block));
    block.end();
    return service;
  }

  private static ObjectNode scores(Block block) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    Block scores = block.block("scores");
    if (scores == null) {
      return json;
    }
    for (String rule : List.of("format", "refusal", "toxicity")) {
      Boolean is = scores.optional(rule, Kinds.BOOLEAN);
      if (is != null) {
        json.put(rule, is);
      }
    }
    texts(json, "toxic_words", scores.values("toxic_words", Kinds.NAME));
    scores.end();
    return json;
  }

  private Config.@Nullable Queue queue(Block block) {
    Block queue = block.block("queue");
    if (queue == null) {
      return null;
    }
    if (!block.has("max_concurrency")) {
      block.fault("queue", "has nothing to wait for", "add max_concurrency, or take it out");
    }
    Config.Queue wait =
        new Config.Queue(
            queue.required("length", Kinds.integer(0, 1_000_000), 0),
            queue.optional("wait", Kinds.DURATION, QUEUE_WAIT));
    queue.end();
    return wait;
  }

  private static ObjectNode rule(Block block) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    Block rule = block.block("rule");
    if (rule == null) {
      return json;
    }
    texts(json, "task_types", rule.values("task_types", Kinds.oneOf(Config.TaskType.class)));
    texts(json, "tags", rule.values("tags", Kinds.NAME));
    for (String bound : List.of("min_input_tokens", "max_input_tokens")) {
      Long tokens = rule.optional(bound, Kinds.whole(0, 1L << 40));
      if (tokens != null) {
        json.put(bound, tokens);
      }
    }
    for (String trait : List.of("images", "tools", "stream")) {
      Boolean is = rule.optional(trait, Kinds.BOOLEAN);
      if (is != null) {
        json.put(trait, is);
      }
    }
    rule.end();
    return json;
  }

  private static void texts(ObjectNode json, String name, @Nullable List<?> values) {
    if (values != null) {
      ArrayNode array = json.putArray(name);
      values.forEach(value -> array.add(value.toString()));
    }
  }

  Config.Price price(Block block) {
    String tenant = tenant(block);
    String provider = block.required("provider", Kinds.NAME, "");
    references.use(Sort.PROVIDER, tenant, provider, block.spot("provider"));
    Config.Price price =
        new Config.Price(
            tenant,
            provider,
            block.required("model", Kinds.NAME, ""),
            block.required("input", PER_MILLION, BigDecimal.ZERO),
            // Not 0 by default: who forgets it would give the dearer half of each call away.
            block.required("output", PER_MILLION, BigDecimal.ZERO),
            block.optional("cached_input", PER_MILLION),
            block.optional("cache_write", PER_MILLION),
            block.optional("reasoning", PER_MILLION),
            block.optional("request", PER_REQUEST, BigDecimal.ZERO),
            block.optional("image", PER_REQUEST),
            block.optional("characters", PER_MILLION),
            block.optional("audio_minute", PER_REQUEST),
            block.optional("above_input_tokens", Kinds.whole(0, 1L << 40), 0L),
            block.optional("valid_from", Kinds.INSTANT));
    unique(
        block,
        "the price",
        tenant,
        provider,
        price.model(),
        price.aboveInputTokens(),
        Objects.requireNonNullElse(price.validFrom(), Instant.MIN));
    block.end();
    return price;
  }

  Config.Key key(Block block) {
    String tenant = tenant(block);
    String name = block.required("name", Kinds.NAME, "");
    references.give(Sort.KEY, tenant, name, block.spot("name"));
    String secret = block.required("key", Kinds.KEY, "");
    if (!secret.isEmpty()) {
      references.unique("secret", block.spot("key"), "the key", List.of(secret));
    }
    Config.Key key =
        new Config.Key(
            tenant,
            name,
            secret,
            block.required("user", Kinds.NAME, ""),
            Objects.requireNonNullElse(block.values("scopes", Kinds.PERMISSION), List.of("*")),
            block.values("allowed_models", Kinds.NAME),
            block.values("allowed_ips", Kinds.ADDRESS_BLOCK),
            block.optional("expires_at", Kinds.INSTANT));
    block.end();
    return key;
  }

  Config.Budget budget(Block block) {
    String tenant = tenant(block);
    String name = block.required("name", Kinds.NAME, "");
    references.unique("budget", block.spot("name"), "the name", List.of(tenant, name));
    Config.Scope scope =
        block.required("scope", Kinds.oneOf(Config.Scope.class), Config.Scope.TENANT);
    Config.Period period =
        block.required("period", Kinds.oneOf(Config.Period.class), Config.Period.TOTAL);
    Config.Budget budget =
        new Config.Budget(
            tenant,
            name,
            scope,
            budgetSubject(block, tenant, scope),
            period,
            block.required("limit_usd", AMOUNT, BigDecimal.ZERO),
            block.optional("hard", Kinds.BOOLEAN, false),
            alerts(block.values("alerts", Kinds.integer(1, 1000))),
            block.<ZoneId>optional("timezone", Kinds.ZONE),
            block.optional("rollover", Kinds.BOOLEAN, false),
            block.optional("start", Kinds.INSTANT),
            block.optional("end", Kinds.INSTANT),
            block.optional("active", Kinds.BOOLEAN, true));
    checkSpan(block, budget);
    block.end();
    return budget;
  }

  private String budgetSubject(Block block, String tenant, Config.Scope scope) {
    if (scope == Config.Scope.TENANT) {
      if (block.has("subject")) {
        block.fault("subject", "is not for a budget of the whole tenant", "take it out");
      }
      return "";
    }
    String subject = block.required("subject", Kinds.NAME, "");
    Spot spot = block.spot("subject");
    switch (scope) {
      case API_KEY -> references.use(Sort.KEY, tenant, subject, spot);
      case SERVICE -> references.use(Sort.SERVICE, tenant, subject, spot);
      case CUSTOM -> {
        if (!subject.isEmpty() && !subject.matches("[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*")) {
          block.fault("subject", "names no tags", "write key=value, several with commas between");
        }
      }
      case TENANT, USER, MODEL, AGENT, TAG -> {}
    }
    return subject;
  }

  private static List<Integer> alerts(@Nullable List<Integer> percents) {
    return percents == null ? List.of(80, 100) : List.copyOf(new TreeSet<>(percents));
  }

  private static void checkSpan(Block block, Config.Budget budget) {
    Instant start = budget.start();
    Instant end = budget.end();
    if (budget.period() != Config.Period.CUSTOM) {
      for (String key : List.of("start", "end")) {
        if (block.has(key)) {
          block.fault(key, "is for the period CUSTOM only", "take it out, or write period: CUSTOM");
        }
      }
    } else if (!block.has("start") || !block.has("end")) {
      block.fault("period", "needs a start and an end", "add start and end");
    } else if (start != null && end != null && !end.isAfter(start)) {
      block.fault("end", "is not after the start", "write a later time");
    }
  }

  /** Whose responses in the background are counted. */
  private static final List<Config.Subject> HAVE_RESPONSES =
      List.of(Config.Subject.TENANT, Config.Subject.USER, Config.Subject.API_KEY);

  Config.Limit limit(Block block) {
    String tenant = tenant(block);
    Config.Subject subject =
        block.required("subject", Kinds.oneOf(Config.Subject.class), Config.Subject.GLOBAL);
    Config.Unit unit = block.optional("unit", Kinds.oneOf(Config.Unit.class), Config.Unit.REQUESTS);
    if (unit == Config.Unit.CONCURRENT || unit == Config.Unit.BACKGROUND) {
      for (String key : List.of("window", "burst")) {
        if (block.has(key)) {
          block.fault(key, "says nothing about what there is at the same time", "take it out");
        }
      }
    }
    if (unit == Config.Unit.BACKGROUND && !HAVE_RESPONSES.contains(subject)) {
      block.fault("subject", "has no responses in the background", "write TENANT, USER or API_KEY");
    }
    Config.Limit limit =
        new Config.Limit(
            tenant,
            subject,
            limitSubject(block, tenant, subject),
            block.required("quota", Kinds.whole(1, Long.MAX_VALUE), 1L),
            block.optional("window", Kinds.duration(Duration.ofDays(366)), MINUTE),
            unit,
            block.optional("burst", Kinds.whole(0, Long.MAX_VALUE), 0L),
            priority(block));
    unique(block, "the limit", tenant, subject, limit.subjectId(), unit, limit.window());
    block.end();
    return limit;
  }

  private String limitSubject(Block block, String tenant, Config.Subject subject) {
    String each = "*";
    String id = block.optional("subject_id", Kinds.NAME, each);
    if (id.equals(each)) {
      return id;
    }
    switch (subject) {
      case API_KEY -> references.use(Sort.KEY, tenant, id, block.spot("subject_id"));
      case IP -> id = block.optional("subject_id", Kinds.ADDRESS, each);
      case GLOBAL -> block.fault("subject_id", "is not for a limit of all calls", "take it out");
      case TENANT, USER, MODEL -> {}
    }
    return id;
  }

  private String tenant(Block block) {
    return block.optional("tenant", Kinds.SLUG_OF_TENANT, TENANT);
  }

  private static int priority(Block block) {
    return block.optional("priority", Kinds.integer(0, 1_000_000), PRIORITY);
  }

  private void unique(Block block, String what, Object... parts) {
    references.unique(what, block.spot(), what, List.of(parts));
  }

  private static <T> List<T> orEmpty(@Nullable Collection<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
