package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.limits.Grant;
import dev.ledgerstone.gateway.limits.LimitProblem;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.gateway.limits.Worst;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.wire.ImageTokens;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import dev.ledgerstone.gateway.wire.Rewrite;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.PriceList;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Repeat;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.Reserved;
import dev.ledgerstone.ledger.Subjects;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Serves model calls: plans who may answer, takes limits and budgets, tries until somebody has
 * answered.
 */
public final class Gateway implements AutoCloseable {
  /**
   * How the gateway behaves.
   *
   * @param defaultMaxOutputTokens of a model of which nothing is known
   * @param idempotencyHours for which an answer can be repeated
   */
  public record Settings(long defaultMaxOutputTokens, int idempotencyHours) {}

  private final Settings settings;
  private final Database database;
  private final Ledger ledger;
  private final Limits limits;
  private final CatalogStore catalogs;
  private final PriceStore priceStore;
  private final Vault vault;
  private final Metrics metrics;
  private final Clock clock;
  private volatile Catalog catalog;
  private volatile Router router;
  private volatile PriceList prices;
  private final Parts parts;
  private final Lanes lanes = new Lanes();
  private final Choice choice;
  private final TaskFinder tasks = new TaskFinder();

  /**
   * @param providers by the kinds that they serve; {@code *}: every other one
   */
  public Gateway(
      Settings settings,
      Database database,
      Ledger ledger,
      Limits limits,
      CatalogStore catalogs,
      PriceStore priceStore,
      Map<String, Provider> providers,
      ResponseCache cache,
      Vault vault,
      Metrics metrics,
      Clock clock) {
    this.settings = settings;
    this.database = database;
    this.ledger = ledger;
    this.limits = limits;
    this.catalogs = catalogs;
    this.priceStore = priceStore;
    this.vault = vault;
    this.metrics = metrics;
    this.clock = clock;
    this.catalog = catalogs.load(database);
    this.choice = new Choice(lanes, new Ratings(database, clock));
    this.router = router(catalog);
    this.prices = priceStore.load(database);
    this.parts = new Parts(ledger, providers, () -> prices, vault, cache, metrics, clock);
  }

  /** Reads providers, services and models anew; called when they changed. */
  public void reloadCatalog() {
    catalog = catalogs.load(database);
    router = router(catalog);
  }

  private Router router(Catalog now) {
    return new Router(now, settings.defaultMaxOutputTokens(), choice, tasks);
  }

  /** Reads the prices anew; called when one was added. */
  public void reloadPrices() {
    prices = priceStore.load(database);
  }

  /** Ends what still runs; called when the time to drain is up. */
  public void cancelAll() {
    parts.watch().cancelAll();
  }

  /** Serves one call, from its body to the answer's last byte. */
  public void serve(
      RequestType type,
      Endpoint endpoint,
      byte[] body,
      CallHeaders headers,
      Caller caller,
      ServerResponse response) {
    Exchange exchange = Exchange.current();
    caller.require(Permissions.CALL_MODELS);
    OpenAiRequest request = OpenAiRequest.scan(endpoint, body);
    exchange.model(request.model());
    caller.requireModel(request.model());
    UUID conversation = conversation(headers.conversation(), caller);
    Plan plan =
        router.plan(
            new Asked(
                caller.tenant().id(),
                request,
                headers.task(),
                headers.tags(),
                candidate -> worstCase(caller.tenant().id(), request, candidate)));
    Candidate first = plan.candidates().getFirst();
    OpenAiRequest asked = completed(request, first);
    UUID key = caller.key() == null ? null : caller.key().id();
    Grant grant;
    try {
      grant =
          limits.acquire(
              new dev.ledgerstone.gateway.limits.Subjects(
                  caller.tenant().id(),
                  caller.user(),
                  key,
                  exchange.clientIp(),
                  first.provider().name() + "/" + first.model()),
              worst(caller, asked, first));
    } catch (ProblemException e) {
      if (e.problem() instanceof LimitProblem) {
        metrics.limitRefused("limit");
      }
      throw e;
    }
    try (grant) {
      Call call =
          new Call(
              exchange,
              caller,
              request,
              type,
              plan.task(),
              headers.tags(),
              conversation,
              idempotency(headers.idempotencyKey(), key, type, body),
              headers.userAgent(),
              grant);
      try {
        call.recall = parts.cached().look(call, headers.cacheWish(), first, asked);
        if (!parts.cached().serve(call, first, () -> intent(call, first, asked), response)) {
          attempts(call, plan.candidates(), response);
        }
      } finally {
        call.ended();
        if (call.idempotency != null && call.root != null && !call.isAnswered) {
          ledger.freeKey(call.root);
        }
      }
    }
  }

  private void attempts(Call call, List<Candidate> plan, ServerResponse response) {
    Failure failure =
        new Tries(parts, lanes, call, plan, candidate -> begin(call, candidate, response), response)
            .run();
    if (failure != null) {
      fail(call, failure, response);
    }
  }

  /** Reserves an attempt; null: the call has been answered before, and was again. */
  private @Nullable Attempt begin(Call call, Candidate candidate, ServerResponse response) {
    OpenAiRequest asked = completed(call.request, candidate);
    Reserved reserved;
    try {
      reserved = ledger.reserve(intent(call, candidate, asked));
    } catch (ProblemException e) {
      if (e.problem() instanceof LedgerProblem.BudgetSpent) {
        metrics.budgetRefused("budget");
      }
      throw e;
    }
    return switch (reserved) {
      case Reserved.Before(Repeat repeat) -> {
        repeat(call, repeat, response);
        yield null;
      }
      case Reserved.Held(Reservation reservation) -> {
        if (call.root == null) {
          call.root = reservation.intent().id();
          call.exchange.id(call.root);
        }
        yield new Attempt(parts, call, candidate, asked, reservation);
      }
    };
  }

  private void fail(Call call, Failure failure, ServerResponse response) {
    switch (failure) {
      case Failure.Broken(var problem, _) -> throw problem.exception();
      case Failure.Answered(int status, byte[] body, Duration retryAfter) -> {
        parts.headers(call, null, response);
        if (retryAfter != null) {
          response.header("Retry-After", Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        response.header("content-type", "application/json");
        response.header("x-cost-nanos", Long.toString(call.costNanos));
        response.status(Status.create(status));
        response.send(body);
      }
    }
  }

  private void repeat(Call call, Repeat repeat, ServerResponse response) {
    call.exchange.id(repeat.request());
    parts.headers(call, null, response);
    response.header("idempotent-replayed", "true");
    response.header("x-cost-nanos", "0");
    response.header("content-type", repeat.contentType());
    response.status(Status.create(repeat.status()));
    response.send(vault.openBytes(repeat.sealed(), answerPurpose(call.caller.tenant().id())));
  }

  static String answerPurpose(UUID tenant) {
    return "idempotency_keys.sealed_answer:" + tenant;
  }

  // ---- what a call says

  private Intent intent(Call call, Candidate candidate, OpenAiRequest asked) {
    Caller caller = call.caller;
    Instant now = clock.instant();
    long input = worstInput(asked, candidate);
    Price price =
        price(caller.tenant().id(), candidate, input, now)
            .orElseThrow(
                () ->
                    new LedgerProblem.NoPrice(candidate.provider().name(), candidate.model())
                        .exception());
    call.attempts++;
    return new Intent(
        Ids.next(),
        new Subjects(
            caller.tenant().id(),
            caller.user(),
            caller.key() == null ? null : caller.key().id(),
            candidate.serviceId(),
            null,
            candidate.provider().name(),
            candidate.model(),
            call.tags),
        null,
        call.conversation,
        call.request.model(),
        call.task,
        call.type,
        call.attempts,
        call.root,
        call.request.isStream(),
        price,
        input,
        worstOutput(asked, candidate),
        Math.toIntExact(Math.max(1, asked.outputs())),
        call.request.outputLimit() == null && call.request.endpoint() != Endpoint.EMBEDDINGS,
        call.attempts == 1 ? call.idempotency : null,
        call.exchange.clientIp(),
        call.userAgent,
        now,
        call.exchange.arrivedNanos(),
        call.recall == null ? CacheStatus.NONE : call.recall.status());
  }

  /** The most that a call can use; one without a price is refused later, and is free until then. */
  private Worst worst(Caller caller, OpenAiRequest asked, Candidate candidate) {
    long input = worstInput(asked, candidate);
    long output = worstOutput(asked, candidate);
    return new Worst(
        input + output,
        price(caller.tenant().id(), candidate, input, clock.instant())
            .map(price -> price.worstCase(input, output))
            .orElse(0L));
  }

  private Optional<Price> price(UUID tenant, Candidate candidate, long input, Instant now) {
    return prices.dearest(
        tenant,
        candidate.provider().name(),
        candidate.provider().kind(),
        candidate.model(),
        input,
        now);
  }

  /**
   * The most that a request can cost with a candidate; the most there is, where it has no price.
   */
  private long worstCase(UUID tenant, OpenAiRequest request, Candidate candidate) {
    long input = worstInput(request, candidate);
    return price(tenant, candidate, input, clock.instant())
        .map(price -> price.worstCase(input, worstOutput(request, candidate)))
        .orElse(Long.MAX_VALUE);
  }

  /**
   * Upper bound of the input's tokens; the model's window where that is less, or where the body
   * does not tell.
   */
  private static long worstInput(OpenAiRequest request, Candidate candidate) {
    long bytes = request.worstInputTokens(ImageTokens.DEFAULT.worst(candidate.model()));
    Long window = candidate.contextWindow();
    if (window == null) {
      return bytes;
    }
    return request.input().isUnbounded() ? window : Math.min(bytes, window);
  }

  private static long worstOutput(OpenAiRequest request, Candidate candidate) {
    if (request.endpoint() == Endpoint.EMBEDDINGS) {
      return 0;
    }
    long each =
        request.outputLimit() == null
            ? candidate.maxOutputTokens()
            : request.outputLimit().tokens();
    return Math.multiplyExact(each, Math.max(1, request.outputs()));
  }

  /**
   * The request with the service's own values where it leaves things open: they change what it may
   * cost.
   */
  private static OpenAiRequest completed(OpenAiRequest request, Candidate candidate) {
    if (candidate.parameters().isEmpty()) {
      return request;
    }
    return OpenAiRequest.scan(
        request.endpoint(),
        request.rewrite(new Rewrite(null, null, false, candidate.parameters(), Set.of())));
  }

  /**
   * The conversation that the header names; it must be the caller's tenant's. The one query before
   * a call, and only where it is named.
   */
  private @Nullable UUID conversation(@Nullable String header, Caller caller) {
    if (header == null || header.isBlank()) {
      return null;
    }
    UUID id;
    try {
      id = UUID.fromString(header.strip());
    } catch (IllegalArgumentException e) {
      throw new RequestProblem.Invalid(
              "x-conversation-id",
              "the conversation's id is no UUID",
              "send the id of a conversation")
          .exception(e);
    }
    boolean isThere =
        database.read(
            sql ->
                sql.fetchExists(
                    CONVERSATIONS,
                    CONVERSATIONS
                        .TENANT_ID
                        .eq(caller.tenant().id())
                        .and(CONVERSATIONS.ID.eq(id))
                        .and(CONVERSATIONS.DELETED_AT.isNull())));
    if (!isThere) {
      throw new RequestProblem.NotFound("conversation", id.toString()).exception();
    }
    return id;
  }

  private Intent.@Nullable Idempotency idempotency(
      @Nullable String header, @Nullable UUID key, RequestType type, byte[] body) {
    if (header == null || key == null) {
      return null;
    }
    if (header.isBlank() || header.length() > 255) {
      throw new RequestProblem.Invalid(
              "Idempotency-Key", "the key is empty or too long", "send 1 to 255 characters")
          .exception();
    }
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      hash.update(type.endpoint().getBytes(UTF_8));
      return new Intent.Idempotency(
          key,
          header.strip(),
          HexFormat.of().formatHex(hash.digest(body)),
          clock.instant().plus(Duration.ofHours(settings.idempotencyHours())));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The models that a caller can name. */
  public List<Model> models(Caller caller) {
    UUID tenant = caller.tenant().id();
    List<Model> models = new java.util.ArrayList<>();
    Catalog now = catalog;
    for (ServiceEntry service : now.services(tenant)) {
      ProviderEntry provider = now.provider(tenant, service.provider());
      if (provider != null && provider.missing() == null) {
        models.add(new Model(service.name(), service.provider()));
      }
    }
    for (ProviderEntry provider : now.providers(tenant)) {
      if (provider.missing() == null) {
        now.modelsOf(tenant, provider)
            .forEach(
                model -> models.add(new Model(provider.name() + "/" + model, provider.name())));
      }
    }
    return models.stream().filter(model -> caller.allowsModel(model.id)).toList();
  }

  /** Providers and services as they are now. */
  Catalog catalog() {
    return catalog;
  }

  /** The prices as they are now. */
  PriceList prices() {
    return prices;
  }

  /** What this node has seen of upstreams. */
  Lanes lanes() {
    return lanes;
  }

  /** A model as {@code /v1/models} lists it. */
  public record Model(String id, String ownedBy) {}

  @Override
  public void close() {
    parts.watch().close();
  }
}
