package dev.ledgerstone.gateway;

import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.TaskType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * From what a caller wrote as model to the candidates that may answer, in the order in which they
 * are tried.
 *
 * <p>A service's name goes first, then {@code auto}, then {@code provider/model}, then a bare
 * model: at the tenant's own providers before the platform's. A service brings its fallbacks.
 */
final class Router {
  static final String AUTO = "auto";
  private static final int MOST_FALLBACKS = 8;

  private final Catalog catalog;
  private final long defaultMaxOutput;

  Router(Catalog catalog, long defaultMaxOutput) {
    this.catalog = catalog;
    this.defaultMaxOutput = defaultMaxOutput;
  }

  List<Candidate> plan(UUID tenant, String model, TaskType task) {
    ServiceEntry service = catalog.service(tenant, model);
    if (service == null && model.equals(AUTO)) {
      service = auto(tenant, task);
    }
    if (service != null) {
      return withFallbacks(tenant, service);
    }
    int slash = model.indexOf('/');
    if (slash > 0) {
      ProviderEntry provider = catalog.provider(tenant, model.substring(0, slash));
      if (provider != null) {
        return List.of(usable(candidate(tenant, provider, model.substring(slash + 1), null)));
      }
    }
    return List.of(usable(bare(tenant, model)));
  }

  private ServiceEntry auto(UUID tenant, TaskType task) {
    ServiceEntry general = null;
    for (ServiceEntry service : catalog.services(tenant)) {
      ProviderEntry provider = catalog.provider(tenant, service.provider());
      if (provider != null && provider.missing() == null) {
        if (service.tasks().contains(task)) {
          return service;
        }
        if (general == null
            && (service.tasks().contains(TaskType.GENERAL)
                || service.tasks().contains(TaskType.CHAT))) {
          general = service;
        }
      }
    }
    if (general == null) {
      throw new GatewayProblem.UnknownModel(AUTO).exception();
    }
    return general;
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
        provider, model, service, maxOutput, known == null ? null : known.contextWindow());
  }

  private static Candidate usable(Candidate candidate) {
    String missing = candidate.provider().missing();
    if (missing != null) {
      throw new GatewayProblem.NotConfigured(candidate.provider().name(), missing).exception();
    }
    return candidate;
  }
}
