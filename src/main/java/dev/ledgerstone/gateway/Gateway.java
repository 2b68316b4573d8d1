package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.limits.Grant;
import dev.ledgerstone.gateway.limits.LimitProblem;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.gateway.prompts.Agent;
import dev.ledgerstone.gateway.prompts.PromptBook;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.ledger.PriceList;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Repeat;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.Reserved;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.vault.Vault;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Serves model calls: plans who may answer, takes limits and budgets, tries until somebody has
 * answered. The routes of all formats end here, in {@link #serve}.
 *
 * <p>What it needs to know of providers, prices and prompts is in memory; whoever wires it has it
 * read anew when that changes.
 */
public final class Gateway implements AutoCloseable {
  /**
   * How the gateway behaves.
   *
   * @param defaultMaxOutputTokens of a model of which nothing is known
   * @param idempotencyHours for which an answer can be repeated
   * @param probeInterval how often providers in trouble are looked after; zero: never
   */
  public record Settings(
      long defaultMaxOutputTokens, int idempotencyHours, Duration probeInterval) {}

  /** Whose model {@code auto} is. */
  private static final String OWN = "ledgerstone";

  private final Settings settings;
  private final Database database;
  private final Ledger ledger;
  private final Limits limits;
  private final CatalogStore catalogs;
  private final PriceStore priceStore;
  private final Vault vault;
  private final Metrics metrics;
  private final ConversationDesk conversations;
  private volatile Catalog catalog;
  private volatile Router router;
  private volatile PromptBook prompts;
  private final Intents intents;
  private final Parts parts;
  private final Lanes lanes = new Lanes();
  private final Choice choice;
  private final TaskFinder tasks = new TaskFinder();
  private final ProviderWatch watch;
  private final List<Runnable> atStop = new CopyOnWriteArrayList<>();

  /** Reads providers, services and prices. */
  public Gateway(
      Settings settings,
      Database database,
      Ledger ledger,
      Limits limits,
      CatalogStore catalogs,
      PriceStore priceStore,
      Dialects dialects,
      ConversationDesk conversations,
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
    this.catalog = catalogs.load(database);
    this.choice = new Choice(lanes, new Ratings(database, clock));
    this.router = router(catalog);
    this.prompts = PromptBook.load(database);
    this.conversations = conversations;
    this.intents = new Intents(priceStore.load(database), settings.idempotencyHours(), clock);
    this.parts =
        new Parts(ledger, dialects, intents::prices, conversations, vault, cache, metrics, clock);
    this.watch = new ProviderWatch(this, database, settings.probeInterval());
    new RouteMeters(metrics.registry(), lanes).register();
  }

  /** Reads providers, services, models, prompts and agents anew; called when they changed. */
  public void reloadCatalog() {
    catalog = catalogs.load(database);
    router = router(catalog);
    prompts = PromptBook.load(database);
  }

  private Router router(Catalog now) {
    return new Router(now, settings.defaultMaxOutputTokens(), choice, tasks);
  }

  /** Reads the prices anew; called when one was added. */
  public void reloadPrices() {
    intents.use(priceStore.load(database));
  }

  /** Ends what still runs; called when the time to drain is up. */
  public void cancelAll() {
    parts.watch().cancelAll();
    atStop.forEach(Runnable::run);
  }

  /** Has something more ended when the time to drain is up. */
  void atStop(Runnable work) {
    atStop.add(work);
  }

  /** Serves one call, from its body to the answer's last byte. */
  public void serve(
      RequestType type,
      ClientFormat format,
      byte[] body,
      CallHeaders headers,
      Caller caller,
      ServerResponse response) {
    caller.require(Permissions.CALL_MODELS);
    serve(type, format, body, headers, talk(headers, caller), caller, response);
  }

  /**
   * Serves one call.
   *
   * @param talk to which both sides are added; null: none
   */
  void serve(
      RequestType type,
      ClientFormat format,
      byte[] body,
      CallHeaders headers,
      ConversationDesk.@Nullable Talk talk,
      Caller caller,
      ServerResponse response) {
    serve(type, format, body, headers, talk, caller, HttpOutlet.of(response));
  }

  /** As above, wherever the answer goes. */
  void serve(
      RequestType type,
      ClientFormat format,
      byte[] body,
      CallHeaders headers,
      ConversationDesk.@Nullable Talk talk,
      Caller caller,
      Outlet outlet) {
    UUID tenant = caller.tenant().id();
    Ready ready = Ready.of(prompts, catalog, type, format, body, caller, outlet::model);
    ClientRequest request = ready.request();
    UUID parentMessage = headers.parent();
    Plan plan =
        router.plan(
            new Asked(
                tenant,
                request,
                headers.task(),
                headers.tags(),
                candidate -> intents.worstCase(tenant, request, candidate)));
    Askable askable = askable(format, request, plan.candidates());
    Candidate first = askable.candidates().getFirst();
    ClientRequest asked = askable.asked();
    UUID key = caller.key() == null ? null : caller.key().id();
    Grant grant;
    try {
      grant =
          limits.acquire(
              subjects(caller, outlet.clientIp(), limitedAs(first)),
              intents.worst(caller, asked, first));
    } catch (ProblemException e) {
      throw counted(e);
    }
    try (grant) {
      Call call =
          new Call(
              outlet,
              caller,
              format,
              request,
              ready.named(),
              type,
              plan.task(),
              headers.tags(),
              talk,
              parentMessage,
              intents.idempotency(headers.idempotencyKey(), key, type, body, request),
              headers.userAgent(),
              headers.carried(),
              grant);
      try {
        call.recall = parts.cached().look(call, headers.cacheWish(), first, asked);
        if (!parts.cached().serve(call, first, asked, () -> intents.of(call, first, asked))) {
          attempts(call, askable.candidates());
        }
      } finally {
        call.ended();
        // The key of a call whose settlement is still to come gives its answer when it has.
        if (call.idempotency != null
            && call.root != null
            && !call.isAnswered
            && !call.isUnsettled) {
          ledger.freeKey(call.root);
        }
      }
    }
  }

  /**
   * Who may be asked.
   *
   * @param asked what the first of them is asked
   */
  private record Askable(ClientRequest asked, List<Candidate> candidates) {}

  /** Passes over those whose format has no words for the request, unless none has. */
  private Askable askable(ClientFormat format, ClientRequest request, List<Candidate> plan) {
    ProblemException refusal = null;
    for (int i = 0; i < plan.size(); i++) {
      try {
        return new Askable(completed(format, request, plan.get(i)), plan.subList(i, plan.size()));
      } catch (ProblemException e) {
        if (!Tries.isOfTheCandidate(e.problem())) {
          throw e;
        }
        refusal = refusal == null ? e : refusal;
      }
    }
    throw Objects.requireNonNull(refusal);
  }

  private void attempts(Call call, List<Candidate> plan) {
    Failure failure =
        new Tries(parts, lanes, call, plan, candidate -> begin(call, candidate)).run();
    if (failure != null) {
      fail(call, failure);
    }
  }

  /** Reserves an attempt; null: the call has been answered before, and was again. */
  private @Nullable Attempt begin(Call call, Candidate candidate) {
    ClientRequest asked = completed(call.format, call.request, candidate);
    Reserved reserved;
    Integer most;
    try {
      Intent intent = intents.of(call, candidate, asked);
      most = Intents.affordable(call, intent);
      reserved =
          ledger.reserve(
              most == null ? intent : intent.withWorstOutput((long) most * intent.choices()));
    } catch (ProblemException e) {
      if (e.problem() instanceof LedgerProblem.BudgetSpent) {
        metrics.budgetRefused("budget");
      }
      throw e;
    }
    return switch (reserved) {
      case Reserved.Before(Repeat repeat) -> {
        repeat(call, repeat);
        yield null;
      }
      case Reserved.Held(Reservation reservation) -> {
        if (call.root == null) {
          call.root = reservation.intent().id();
          call.outlet.id(call.root);
        }
        Attempt attempt = new Attempt(parts, call, candidate, asked, reservation, most);
        attempt.admit();
        yield attempt;
      }
    };
  }

  private void fail(Call call, Failure failure) {
    switch (failure) {
      case Failure.Broken(var problem, _) -> throw problem.exception();
      case Failure.Answered(int status, byte[] body, Duration retryAfter) -> {
        Outlet response = call.outlet;
        parts.headers(call, null);
        if (retryAfter != null) {
          response.header("Retry-After", Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        response.header("content-type", call.outlet.shape().contentType());
        response.header("x-cost-nanos", Long.toString(call.costNanos));
        response.status(status);
        response.send(body);
      }
    }
  }

  private void repeat(Call call, Repeat repeat) {
    Outlet response = call.outlet;
    call.outlet.id(repeat.request());
    parts.headers(call, null);
    response.header("idempotent-replayed", "true");
    response.header("x-cost-nanos", "0");
    response.header("content-type", repeat.contentType());
    response.status(repeat.status());
    response.send(vault.openBytes(repeat.sealed(), answerPurpose(call.caller.tenant().id())));
  }

  static String answerPurpose(UUID tenant) {
    return "idempotency_keys.sealed_answer:" + tenant;
  }

  /**
   * The request as the candidate is asked: in its provider's format, and with the service's own
   * values where the client leaves things open: they change what it may cost.
   */
  private ClientRequest completed(ClientFormat format, ClientRequest request, Candidate candidate) {
    ProviderFormat spoken = parts.dialect(candidate, request.endpoint()).format();
    Converted.requireServed(spoken, request.endpoint(), candidate);
    return spoken.name().equals(format.name())
        ? request.completed(candidate.parameters())
        : new Converted(request, format.read(request), spoken, candidate);
  }

  /** The conversation that a header names; null: none. */
  ConversationDesk.@Nullable Talk talk(CallHeaders headers, Caller caller) {
    String named = headers.conversation();
    return named == null || named.isBlank() ? null : conversations.find(named.strip(), caller);
  }

  /**
   * The input's tokens of a request, as our own tokenizer counts them for the model that would
   * answer. Nobody is asked, and nothing is reserved.
   */
  long count(RequestType type, ClientFormat format, byte[] body, Caller caller) {
    Planned planned = planned(type, format, body, caller);
    return parts
        .counter()
        .countInput(planned.candidates.getFirst().model(), format, planned.request);
  }

  private record Planned(ClientRequest request, List<Candidate> candidates) {}

  private Planned planned(RequestType type, ClientFormat format, byte[] body, Caller caller) {
    caller.require(Permissions.CALL_MODELS);
    ClientRequest request =
        Ready.of(prompts, catalog, type, format, body, caller, Exchange.current()::model).request();
    Plan plan =
        router.plan(
            new Asked(
                caller.tenant().id(),
                request,
                null,
                List.of(),
                candidate -> intents.worstCase(caller.tenant().id(), request, candidate)));
    return new Planned(request, plan.candidates());
  }

  /**
   * Checks what can be checked before a call is made: that there is somebody who can answer, and
   * that they can be asked so. Nothing is taken, nobody is asked.
   *
   * @return who would be asked first, as limits name them: {@code provider/model}
   */
  String check(
      RequestType type, ClientFormat format, byte[] body, CallHeaders headers, Caller caller) {
    headers.check();
    Planned planned = planned(type, format, body, caller);
    return limitedAs(askable(format, planned.request, planned.candidates).candidates().getFirst());
  }

  /**
   * Refuses a response in the background where as many as may be have not ended.
   *
   * @param ip from which it is asked for
   * @param model as {@link #check} names it
   * @param most of the tenant, whatever its limits say
   */
  void admitBackground(Caller caller, String ip, String model, long most, Limits.Counted there) {
    try {
      limits.admitBackground(subjects(caller, ip, model), most, there);
    } catch (ProblemException e) {
      throw counted(e);
    }
  }

  /** What an Idempotency-Key says of a response; null: nothing, or a session has none. */
  Intent.@Nullable Idempotency idempotency(
      @Nullable String header, @Nullable UUID key, byte[] body) {
    return intents.idempotency(header, key, RequestType.RESPONSE, body);
  }

  /** Begins a conversation that a call is to belong to, before the call. */
  void begin(DSLContext sql, ConversationDesk.Talk talk, Caller caller) {
    conversations.begin(sql, talk, caller);
  }

  private static String limitedAs(Candidate candidate) {
    return candidate.provider().name() + "/" + candidate.model();
  }

  private static dev.ledgerstone.gateway.limits.Subjects subjects(
      Caller caller, String ip, String model) {
    return new dev.ledgerstone.gateway.limits.Subjects(
        caller.tenant().id(),
        caller.user(),
        caller.key() == null ? null : caller.key().id(),
        ip,
        model);
  }

  private ProblemException counted(ProblemException refusal) {
    if (refusal.problem() instanceof LimitProblem) {
      metrics.limitRefused("limit");
    }
    return refusal;
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
    if (!models.isEmpty() && now.service(tenant, Router.AUTO) == null) {
      models.add(new Model(Router.AUTO, OWN));
    }
    for (ProviderEntry provider : now.providers(tenant)) {
      if (provider.missing() == null) {
        now.modelsOf(tenant, provider)
            .forEach(
                model -> models.add(new Model(provider.name() + "/" + model, provider.name())));
      }
    }
    for (Agent agent : prompts.agents(tenant)) {
      models.add(new Model(agent.modelName(), agent.name()));
    }
    return models.stream().filter(model -> caller.allowsModel(model.id)).toList();
  }

  /** Providers and services as they are now. */
  Catalog catalog() {
    return catalog;
  }

  /** The prices as they are now. */
  PriceList prices() {
    return intents.prices();
  }

  /** Who looks after providers in trouble. */
  ProviderWatch watch() {
    return watch;
  }

  /** What this node has seen of upstreams. */
  Lanes lanes() {
    return lanes;
  }

  /** A model as {@code /v1/models} lists it. */
  public record Model(String id, String ownedBy) {}

  @Override
  public void close() {
    watch.close();
    parts.watch().close();
  }
}
