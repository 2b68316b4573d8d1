package dev.ledgerstone.gateway;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.ledger.PriceCatalogue;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Providers, services and models as they are now, in memory; a tenant's own go before the
 * platform's. Immutable.
 */
final class Catalog {
  private record Name(UUID tenant, String name) {}

  private record ModelName(UUID tenant, String provider, String model) {}

  private final Map<Name, ProviderEntry> providers = new HashMap<>();
  private final Map<Name, ServiceEntry> services = new HashMap<>();
  private final Map<ModelName, ModelEntry> models;

  Catalog(
      Collection<ProviderEntry> providers,
      Collection<ServiceEntry> services,
      Map<UUID, List<ModelEntry>> models) {
    providers.forEach(entry -> this.providers.put(new Name(entry.tenant(), entry.name()), entry));
    services.forEach(entry -> this.services.put(new Name(entry.tenant(), entry.name()), entry));
    this.models = new HashMap<>();
    models.forEach(
        (tenant, entries) ->
            entries.forEach(
                entry ->
                    this.models.put(
                        new ModelName(tenant, entry.provider(), entry.model()), entry)));
  }

  @Nullable ProviderEntry provider(UUID tenant, String name) {
    ProviderEntry own = providers.get(new Name(tenant, name));
    return own != null ? own : providers.get(new Name(Tenants.PLATFORM, name));
  }

  @Nullable ServiceEntry service(UUID tenant, String name) {
    ServiceEntry own = services.get(new Name(tenant, name));
    return own != null ? own : services.get(new Name(Tenants.PLATFORM, name));
  }

  /** A model of a provider; under the provider's own name, or under its price list's. */
  @Nullable ModelEntry model(
      UUID tenant, ProviderEntry provider, @Nullable String catalogue, String model) {
    for (UUID owner : List.of(tenant, Tenants.PLATFORM)) {
      ModelEntry entry = models.get(new ModelName(owner, provider.name(), model));
      if (entry == null && catalogue != null) {
        entry = models.get(new ModelName(owner, catalogue, model));
      }
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  /** The models of a provider that are listed under its own name or its price list's. */
  List<String> modelsOf(UUID tenant, ProviderEntry provider) {
    String catalogue = PriceCatalogue.nameOf(provider.kind());
    return models.keySet().stream()
        .filter(name -> name.tenant.equals(tenant) || name.tenant.equals(Tenants.PLATFORM))
        .filter(name -> name.provider.equals(provider.name()) || name.provider.equals(catalogue))
        .map(ModelName::model)
        .distinct()
        .sorted()
        .toList();
  }

  /** The services that a tenant can name, by priority and then name. */
  List<ServiceEntry> services(UUID tenant) {
    return Stream.concat(
            services.values().stream().filter(entry -> entry.tenant().equals(tenant)),
            services.values().stream()
                .filter(
                    entry ->
                        entry.tenant().equals(Tenants.PLATFORM)
                            && !services.containsKey(new Name(tenant, entry.name()))
                            && !tenant.equals(Tenants.PLATFORM)))
        .sorted(Comparator.comparingInt(ServiceEntry::priority).thenComparing(ServiceEntry::name))
        .toList();
  }

  /** The models that services call at a provider. */
  Set<String> modelsWanted(ProviderEntry provider) {
    return services.values().stream()
        .filter(service -> provider.equals(provider(service.tenant(), service.provider())))
        .map(ServiceEntry::model)
        .collect(Collectors.toSet());
  }

  /** Every tenant's providers, by name. */
  List<ProviderEntry> providers() {
    return providers.values().stream().sorted(Comparator.comparing(ProviderEntry::name)).toList();
  }

  /** The providers that a tenant can name: its own first. */
  List<ProviderEntry> providers(UUID tenant) {
    return providers.values().stream()
        .filter(entry -> entry.tenant().equals(tenant) || entry.tenant().equals(Tenants.PLATFORM))
        .sorted(
            Comparator.comparing((ProviderEntry entry) -> !entry.tenant().equals(tenant))
                .thenComparing(ProviderEntry::name))
        .toList();
  }
}
