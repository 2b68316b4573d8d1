package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.TaskType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * From what a caller wrote as model to the candidates that may answer, in the order in which they
 * are tried.
 *
 * <p>A service's name goes first, then {@code auto}, then {@code provider/model}, then a bare
 * model: at the tenant's own providers before the platform's. A service brings its fallbacks, and
 * its strategy puts them in order; {@code auto} finds the task, and the services for it.
 */
final class Router {
  static final String AUTO = "auto";
  private static final int MOST_FALLBACKS = 8;

  private final Catalog catalog;
  private final long defaultMaxOutput;
  private final Choice choice;
  private final TaskFinder tasks;

  Router(Catalog catalog, long defaultMaxOutput, Choice choice, TaskFinder tasks) {
    this.catalog = catalog;
    this.defaultMaxOutput = defaultMaxOutput;
    this.choice = choice;
    this.tasks = tasks;
  }

  Plan plan(Asked asked) {
    UUID tenant = asked.tenant();
    String model = asked.request().model();
    TaskType task = asked.task();
    ServiceEntry service = catalog.service(tenant, model);
    if (service == null && model.equals(AUTO)) {
      return auto(asked, task == null ? tasks.find(asked.request()) : task);
    }
    TaskType told = task == null ? TaskType.GENERAL : task;
    if (service != null) {
      return new Plan(told, named(service, told, asked));
    }
    int slash = model.indexOf('/');
    if (slash > 0) {
      ProviderEntry provider = catalog.provider(tenant, model.substring(0, slash));
      if (provider != null) {
        return new Plan(
            told, List.of(usable(candidate(tenant, provider, model.substring(slash + 1), null))));
      }
    }
    return new Plan(told, List.of(usable(bare(tenant, model))));
  }

  /** A service with its fallbacks, in the order of its strategy; its own one is the first of all. */
  private List<Candidate> named(ServiceEntry service, TaskType task, Asked asked) {
    List<Candidate> group = withFallbacks(asked.tenant(), service);
    List<Candidate> ordered = choice.order(group, task, asked);
    return ordered.isEmpty() ? group : ordered;
  }

  /**
   * The services of a task, in the order of their strategy; the first one's fallbacks go before the
   * others.
   */
  private Plan auto(Asked asked, TaskType task) {
    UUID tenant = asked.tenant();
    List<Candidate> group = new ArrayList<>();
    for (ServiceEntry service : group(asked, task)) {
      ProviderEntry provider = catalog.provider(tenant, service.provider());
      if (provider != null && provider.missing() == null) {
        group.add(candidate(tenant, provider, service.model(), service));
      }
    }
    long input = asked.likelyInputTokens();
    List<Candidate> roomy =
        group.stream()
            .filter(each -> each.contextWindow() == null || input < each.contextWindow())
            .toList();
    List<Candidate> ordered = choice.order(roomy.isEmpty() ? group : roomy, task, asked);
    if (ordered.isEmpty()) {
      throw new GatewayProblem.UnknownModel(AUTO).exception();
    }
    Map<String, Candidate> plan = new LinkedHashMap<>();
    ServiceEntry first = Objects.requireNonNull(ordered.getFirst().service());
    withFallbacks(tenant, first).forEach(each -> plan.put(each.servedBy(), each));
    ordered.forEach(each -> plan.putIfAbsent(each.servedBy(), each));
    return new Plan(task, plan.values().stream().limit(MOST_FALLBACKS).toList());
  }

  /**
   * Who may answer: those that look at images where there are any, those that make vectors where
   * vectors are wanted; of them those of the task, else those for anything.
   */
  private List<ServiceEntry> group(Asked asked, TaskType task) {
    boolean isEmbedding = asked.request().endpoint() == Endpoint.EMBEDDINGS;
    boolean hasImages = asked.request().images() > 0;
    List<ServiceEntry> able = new ArrayList<>();
    List<ServiceEntry> seeing = new ArrayList<>();
    for (ServiceEntry service : catalog.services(asked.tenant())) {
      ProviderEntry provider = catalog.provider(asked.tenant(), service.provider());
      if (provider != null
          && provider.missing() == null
          && service.isEmbedding() == isEmbedding) {
        able.add(service);
        if (service.sees()) {
          seeing.add(service);
        }
      }
    }
    boolean mustSee = hasImages && !seeing.isEmpty();
    List<ServiceEntry> from = mustSee ? seeing : able;
    List<ServiceEntry> ofTask =
        from.stream().filter(service -> service.tasks().contains(task)).toList();
    if (!ofTask.isEmpty()) {
      return ofTask;
    }
    return isEmbedding || mustSee
        ? from
        : from.stream()
            .filter(
                service ->
                    service.tasks().contains(TaskType.GENERAL)
                        || service.tasks().contains(TaskType.CHAT))
            .toList();
  }

  /**
   * The service, then its fallbacks and theirs, each once; those that cannot be called are passed
   * over.
   */
  private List<Candidate> withFallbacks(UUID tenant, ServiceEntry first) {
    Set<String> names = new LinkedHashSet<>();
    collect(tenant, first, names);
    List<Candidate> candidates = new ArrayList<>();
    for (String name : names) {
      ServiceEntry service = catalog.service(tenant, name);
      ProviderEntry provider =
          service == null ? null : catalog.provider(tenant, service.provider());
      if (service != null && provider != null && provider.missing() == null) {
        candidates.add(candidate(tenant, provider, service.model(), service));
      }
    }
    if (candidates.isEmpty()) {
      ProviderEntry provider = catalog.provider(tenant, first.provider());
      throw provider == null
          ? new GatewayProblem.NotConfigured(
                  first.provider(), "an entry of its own: service " + first.name() + " names it")
              .exception()
          : new GatewayProblem.NotConfigured(provider.name(), String.valueOf(provider.missing()))
              .exception();
    }
    return candidates;
  }

  private void collect(UUID tenant, ServiceEntry service, Set<String> names) {
    if (names.size() < MOST_FALLBACKS && names.add(service.name())) {
      for (String fallback : service.fallbacks()) {
        ServiceEntry next = catalog.service(tenant, fallback);
        if (next != null) {
          collect(tenant, next, names);
        }
      }
    }
  }

  /** A model by its own name: where a provider that can be called lists it. */
  private Candidate bare(UUID tenant, String model) {
    Candidate notConfigured = null;
    for (ProviderEntry provider : catalog.providers(tenant)) {
      if (catalog.model(tenant, provider, PriceCatalogue.nameOf(provider.kind()), model) != null) {
        Candidate candidate = candidate(tenant, provider, model, null);
        if (provider.missing() == null) {
          return candidate;
        }
        notConfigured = notConfigured == null ? candidate : notConfigured;
      }
    }
    if (notConfigured == null) {
      throw new GatewayProblem.UnknownModel(model).exception();
    }
    return notConfigured;
  }

  private Candidate candidate(
      UUID tenant, ProviderEntry provider, String model, @Nullable ServiceEntry service) {
    ModelEntry known =
        catalog.model(tenant, provider, PriceCatalogue.nameOf(provider.kind()), model);
    long maxOutput =
        known == null || known.maxOutputTokens() == null
            ? defaultMaxOutput
            : known.maxOutputTokens();
    return new Candidate(
        provider, model, service, maxOutput, known == null ? null : known.contextWindow(), null);
  }

  private static Candidate usable(Candidate candidate) {
    String missing = candidate.provider().missing();
    if (missing != null) {
      throw new GatewayProblem.NotConfigured(candidate.provider().name(), missing).exception();
    }
    return candidate;
  }
}
