package dev.ledgerstone.cli;

import dev.ledgerstone.access.Identity;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.chat.ConversationRoutes;
import dev.ledgerstone.chat.Conversations;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.AnthropicRoutes;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ConversationsRoutes;
import dev.ledgerstone.gateway.Dialects;
import dev.ledgerstone.gateway.Gateway;
import dev.ledgerstone.gateway.MediaRoutes;
import dev.ledgerstone.gateway.ModelRoutes;
import dev.ledgerstone.gateway.OpenAiRoutes;
import dev.ledgerstone.gateway.ProviderRoutes;
import dev.ledgerstone.gateway.RecommendationRoutes;
import dev.ledgerstone.gateway.ResponsesRoutes;
import dev.ledgerstone.gateway.ServiceRoutes;
import dev.ledgerstone.gateway.cache.CacheRoutes;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.gateway.limits.PolicyStore;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.gemini.GeminiEmbeddings;
import dev.ledgerstone.gateway.provider.gemini.GeminiEmbeddingsFormat;
import dev.ledgerstone.gateway.provider.gemini.GeminiFormat;
import dev.ledgerstone.gateway.provider.local.LocalProvider;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.gateway.upstream.HttpProvider;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamSettings;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.RouteGroup;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ledger.AnalyticsRoutes;
import dev.ledgerstone.ledger.BudgetRoutes;
import dev.ledgerstone.ledger.FeedbackRoutes;
import dev.ledgerstone.ledger.JournalSettings;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.LedgerRoutes;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.state.Redis;
import io.helidon.webserver.http.HttpService;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Model calls: the ledger in which they stand, what limits them, and whom they go to. */
final class GatewayWiring {
  private final Foundation on;
  private final Identity identity;
  private final Ledger ledger;
  private final @Nullable Redis redis;
  private final Limits limits;
  private final ResponseCache cache;
  private final Gateway gateway;

  /**
   * @param environment in which providers' keys are looked for
   */
  GatewayWiring(Foundation on, Identity identity, Map<String, String> environment) {
    Settings settings = on.settings();
    Database database = on.database();
    Clock clock = on.clock();
    this.on = on;
    this.identity = identity;
    ledger =
        on.add(
            Ledger.open(
                database,
                clock,
                ledgerSettings(settings),
                on.directory().nodeName(),
                Version.text(),
                on.metrics()::committed));
    String state = settings.state().url();
    redis = Redis.isUrl(state) ? on.add(Redis.open(state)) : null;
    limits =
        redis == null
            ? Limits.inProcess(PolicyStore.load(database))
            : Limits.shared(PolicyStore.load(database), redis);
    UpstreamClient upstream = on.add(new UpstreamClient(UpstreamSettings.DEFAULT, Tls.usual()));
    LocalProvider local = on.add(new LocalProvider(clock));
    Settings.Cache bounds = settings.cache();
    cache =
        on.add(
            new ResponseCache(
                    new ResponseCache.Settings(
                        bounds.memoryBytes(), bounds.diskBytes(), bounds.entries()),
                    database,
                    on.vault(),
                    redis,
                    local::vector,
                    clock)
                .start());
    gateway =
        on.add(
            new Gateway(
                new Gateway.Settings(
                    settings.gateway().defaultMaxOutputTokens(),
                    settings.ledger().idempotencyHours(),
                    settings.gateway().probeInterval()),
                database,
                ledger,
                limits,
                new CatalogStore(on.vault(), environment),
                new PriceStore(PriceCatalogue.bundled()),
                dialects(local, upstream),
                new Conversations(database, clock),
                cache,
                on.vault(),
                on.metrics(),
                clock));
  }

  Ledger ledger() {
    return ledger;
  }

  /** What nodes share; null: there is one node. */
  @Nullable Redis redis() {
    return redis;
  }

  Limits limits() {
    return limits;
  }

  ResponseCache cache() {
    return cache;
  }

  Gateway gateway() {
    return gateway;
  }

  /** Where models are called; registers the jobs of answers that are made in the background. */
  List<RouteGroup> routes(Jobs jobs) {
    Database database = on.database();
    int bodyLimit = on.bodyLimit();
    return List.of(
        RouteGroup.of(
            "/v1",
            ErrorShape.OPENAI,
            new OpenAiRoutes(gateway, identity, bodyLimit, OpenAiClient::new),
            new ModelRoutes(gateway, identity),
            new ResponsesRoutes(
                gateway,
                identity,
                database,
                jobs,
                on.vault(),
                on.clock(),
                new ResponsesRoutes.Bounds(bodyLimit, on.settings().gateway().inBackground())),
            new ConversationsRoutes(identity, database, on.clock(), bodyLimit),
            new MediaRoutes(gateway, identity, bodyLimit)),
        RouteGroup.of(
            "/v1/messages",
            ErrorShape.ANTHROPIC,
            new AnthropicRoutes(
                gateway,
                identity,
                bodyLimit,
                AnthropicClient.messages(),
                AnthropicClient.counting())));
  }

  /**
   * Where the ledger is read back, and what stands around calls is administered.
   *
   * @param changed to be told when a row changed that nodes hold in memory
   */
  List<HttpService> administration(Runnable changed) {
    Database database = on.database();
    Clock clock = on.clock();
    return List.of(
        new LedgerRoutes(database, identity, clock),
        new AnalyticsRoutes(on.replicas(), identity, clock),
        new BudgetRoutes(database, identity, clock, changed),
        new ServiceRoutes(gateway, identity),
        new FeedbackRoutes(database, identity, clock),
        new ConversationRoutes(database, identity, clock),
        new ProviderRoutes(database, gateway, identity, on.vault(), clock, changed),
        new RecommendationRoutes(database, gateway, identity, clock),
        new CacheRoutes(cache, identity, clock, changed));
  }

  private static Ledger.Settings ledgerSettings(Settings settings) {
    Settings.Journal journal = settings.journal();
    return Ledger.Settings.of(settings.ledger().queueLength(), settings.ledger().deadAfter())
        .patient(settings.ledger().settlePatience())
        .with(
            new JournalSettings(
                journal.isKept(),
                journal.file(),
                journal.after(),
                journal.grace(),
                journal.slicePercent(),
                Money.nanosOfDollars(BigDecimal.valueOf(journal.sliceMostUsd()))));
  }

  /** Who is spoken to in which format: the first that a provider speaks. */
  private static Dialects dialects(LocalProvider local, UpstreamClient upstream) {
    Dialects.Dialect gemini = spoken(new GeminiFormat(), upstream);
    return new Dialects(
        new Dialects.Dialect(new OpenAiFormat(), local),
        List.of(
            gemini,
            new Dialects.Dialect(
                new GeminiEmbeddingsFormat(new OpenAiFormat().name()),
                new GeminiEmbeddings(gemini.provider())),
            spoken(new AnthropicFormat(), upstream),
            spoken(new OpenAiFormat(), upstream)));
  }

  private static Dialects.Dialect spoken(ProviderFormat format, UpstreamClient upstream) {
    return new Dialects.Dialect(format, new HttpProvider(upstream, format, Version.text()));
  }
}
