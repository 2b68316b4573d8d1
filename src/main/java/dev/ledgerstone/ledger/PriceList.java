package dev.ledgerstone.ledger;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.base.Tenants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All prices of all tenants at one moment of the database; immutable, answers from memory.
 *
 * <p>For a name as the caller wrote it, then for the model that the catalogue says it means, the
 * first price in force counts of: the tenant's own for the provider's name, the tenant's own for
 * the catalogue of the provider's kind, the platform's for the same two.
 */
public final class PriceList {
  /** Names come from callers: what is remembered of them is bounded. */
  private static final int REMEMBERED = 10_000;

  private static final int LONGEST_NAME = 200;

  private final Map<Key, Schedule> schedules;
  private final PriceCatalogue catalogue;
  private final Cache<Question, List<Schedule>> answers =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  private record Key(UUID tenantId, String provider, String model) {}

  private record Question(UUID tenantId, String name, String kind, String model) {}

  private PriceList(Map<Key, Schedule> schedules, PriceCatalogue catalogue) {
    this.schedules = schedules;
    this.catalogue = catalogue;
  }

  /** A list of rows of every tenant. */
  public static PriceList of(Collection<Price> rows, PriceCatalogue catalogue) {
    Map<Key, List<Price>> byModel = HashMap.newHashMap(rows.size());
    for (Price row : rows) {
      byModel
          .computeIfAbsent(
              new Key(row.tenantId(), row.provider(), row.model()), _ -> new ArrayList<>(1))
          .add(row);
    }
    Map<Key, Schedule> schedules = HashMap.newHashMap(byModel.size());
    byModel.forEach((key, prices) -> schedules.put(key, new Schedule(prices)));
    return new PriceList(schedules, catalogue);
  }

  /**
   * The price of a call; empty if nobody has set one.
   *
   * @param providerName of ai_providers.name
   * @param providerKind of ai_providers.provider
   * @param inputTokens decides the tier
   * @param at when the call began: a price that changes meanwhile is not the call's
   */
  public Optional<Price> find(
      UUID tenantId,
      String providerName,
      String providerKind,
      String model,
      long inputTokens,
      Instant at) {
    for (Schedule schedule : schedules(tenantId, providerName, providerKind, model)) {
      Price price = schedule.find(inputTokens, at);
      if (price != null) {
        return Optional.of(price);
      }
    }
    return Optional.empty();
  }

  /**
   * The price to reserve by, for a call whose input is at most so long: the row of {@link #find},
   * but each rate is the dearest of the tiers that the call may turn out to be in.
   */
  public Optional<Price> dearest(
      UUID tenantId,
      String providerName,
      String providerKind,
      String model,
      long inputTokens,
      Instant at) {
    for (Schedule schedule : schedules(tenantId, providerName, providerKind, model)) {
      Price price = schedule.dearest(inputTokens, at);
      if (price != null) {
        return Optional.of(price);
      }
    }
    return Optional.empty();
  }

  /**
   * As {@link #find} and {@link #dearest}, of a call that several names have prices for.
   *
   * @param models the most special first, such as a model with a quality and a size; a tenant's own
   *     price goes before a more special one of the platform's
   * @param isWorst whether it is {@link #dearest} that is asked
   */
  public Optional<Price> first(
      UUID tenantId,
      String providerName,
      String providerKind,
      List<String> models,
      long inputTokens,
      Instant at,
      boolean isWorst) {
    Price found = null;
    for (String model : models) {
      Price price =
          (isWorst
                  ? dearest(tenantId, providerName, providerKind, model, inputTokens, at)
                  : find(tenantId, providerName, providerKind, model, inputTokens, at))
              .orElse(null);
      boolean isOwn = price != null && price.tenantId().equals(tenantId);
      if (price != null && (found == null || (isOwn && !found.tenantId().equals(tenantId)))) {
        found = price;
      }
    }
    return Optional.ofNullable(found);
  }

  /** How many models have prices, counted for each tenant and provider. */
  public int size() {
    return schedules.size();
  }

  /** Where to look, in order; the look-up of names is done once for each question. */
  private List<Schedule> schedules(UUID tenantId, String name, String kind, String model) {
    if (model.length() > LONGEST_NAME) {
      return List.of();
    }
    return answers.get(new Question(tenantId, name, kind, model), this::answer);
  }

  private List<Schedule> answer(Question question) {
    String kindName = PriceCatalogue.nameOf(question.kind);
    Set<Schedule> found = new LinkedHashSet<>();
    List<UUID> owners =
        question.tenantId.equals(Tenants.PLATFORM)
            ? List.of(Tenants.PLATFORM)
            : List.of(question.tenantId, Tenants.PLATFORM);
    for (UUID owner : owners) {
      add(found, owner, question.name, question.model);
      add(found, owner, kindName, question.model);
    }
    CatalogueModel byKind = canonical(kindName, question.model);
    CatalogueModel byName = canonical(question.name, question.model);
    CatalogueModel known = byName != null ? byName : byKind;
    for (UUID owner : owners) {
      if (known != null) {
        add(found, owner, question.name, known.model());
        add(found, owner, known.provider(), known.model());
      }
      if (byKind != null) {
        add(found, owner, kindName, byKind.model());
        add(found, owner, byKind.provider(), byKind.model());
      }
    }
    return List.copyOf(found);
  }

  private void add(Set<Schedule> found, UUID owner, @Nullable String provider, String model) {
    Schedule schedule = provider == null ? null : schedules.get(new Key(owner, provider, model));
    if (schedule != null) {
      found.add(schedule);
    }
  }

  private @Nullable CatalogueModel canonical(@Nullable String provider, String model) {
    return provider == null ? null : catalogue.find(provider, model).orElse(null);
  }
}
