package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_MODELS;
import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Prices and models in the database. Rows are only ever added. */
public final class PriceStore {
  private static final List<Field<?>> MODEL_COLUMNS =
      List.of(
          AI_MODELS.ID,
          AI_MODELS.TENANT_ID,
          AI_MODELS.PROVIDER,
          AI_MODELS.MODEL,
          AI_MODELS.DISPLAY_NAME,
          AI_MODELS.MODEL_TYPE,
          AI_MODELS.CONTEXT_WINDOW,
          AI_MODELS.MAX_OUTPUT_TOKENS,
          AI_MODELS.CAPABILITIES,
          AI_MODELS.DEPRECATED_AT,
          AI_MODELS.CREATED_AT,
          AI_MODELS.UPDATED_AT);

  private final PriceCatalogue catalogue;

  private record Model(String provider, String model) {}

  /** How many rows a seeding added. */
  public record Seeded(int prices, int models) {}

  public PriceStore(PriceCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** All prices, as they are now. */
  public PriceList load(Database database) {
    return database.read(on -> PriceList.of(PriceRows.select(on, DSL.noCondition()), catalogue));
  }

  /**
   * Adds what the catalogue has and the database has not; the tenant platform must be there.
   *
   * <p>A price that the catalogue changed holds from now on, or from the day that the catalogue
   * says. What was set by hand goes before the catalogue all the same ({@link Schedule}). A model
   * that is there is left as it is.
   */
  public Seeded seed(DSLContext on, Instant now) {
    Instant at = now.truncatedTo(ChronoUnit.MICROS);
    return new Seeded(seedPrices(on, at), seedModels(on, at));
  }

  /**
   * Sets a price list from a moment on, unless the same is in force.
   *
   * @return whether rows were added
   */
  public boolean append(DSLContext on, PriceSetting setting, Instant now) {
    List<Price> stored =
        PriceRows.select(
            on,
            MODEL_PRICES
                .TENANT_ID
                .eq(setting.tenantId())
                .and(MODEL_PRICES.PROVIDER.eq(setting.provider()))
                .and(MODEL_PRICES.MODEL.eq(setting.model())));
    Instant at = now.truncatedTo(ChronoUnit.MICROS);
    SortedMap<Long, Rates> inForce = new TreeMap<>();
    new Schedule(stored)
        .inForce(at)
        .forEach(price -> inForce.put(price.aboveInputTokens(), price.rates()));
    if (inForce.equals(setting.tiers())) {
      return false;
    }
    Set<Instant> taken = new HashSet<>();
    stored.forEach(price -> taken.add(price.validFrom()));
    Instant from = at;
    while (taken.contains(from)) {
      from = from.plus(1, ChronoUnit.MICROS);
    }
    List<Price> added = new ArrayList<>(setting.tiers().size());
    for (Map.Entry<Long, Rates> tier : setting.tiers().entrySet()) {
      added.add(
          new Price(
              Ids.next(),
              setting.tenantId(),
              setting.provider(),
              setting.model(),
              tier.getKey(),
              from,
              tier.getValue(),
              setting.source()));
    }
    PriceRows.insert(on, added, at, setting.createdBy());
    return true;
  }

  private int seedPrices(DSLContext on, Instant now) {
    Map<Model, NavigableMap<Instant, SortedMap<Long, Rates>>> stored = new HashMap<>();
    for (Price row :
        PriceRows.select(
            on,
            MODEL_PRICES
                .TENANT_ID
                .eq(Tenants.PLATFORM)
                .and(MODEL_PRICES.SOURCE.startsWith(Schedule.CATALOGUE)))) {
      stored
          .computeIfAbsent(new Model(row.provider(), row.model()), _ -> new TreeMap<>())
          .computeIfAbsent(row.validFrom(), _ -> new TreeMap<>())
          .put(row.aboveInputTokens(), row.rates());
    }
    List<Price> added = new ArrayList<>();
    for (CatalogueModel model : catalogue.models()) {
      NavigableMap<Instant, SortedMap<Long, Rates>> wanted = new TreeMap<>();
      for (CatalogueModel.Tier tier : model.prices()) {
        wanted
            .computeIfAbsent(tier.validFrom(), _ -> new TreeMap<>())
            .put(tier.aboveInputTokens(), tier.rates());
      }
      NavigableMap<Instant, SortedMap<Long, Rates>> known =
          stored.getOrDefault(new Model(model.provider(), model.model()), new TreeMap<>());
      missing(wanted, known, now)
          .forEach(
              (from, tiers) ->
                  tiers.forEach(
                      (above, rates) ->
                          added.add(
                              new Price(
                                  Ids.next(),
                                  Tenants.PLATFORM,
                                  model.provider(),
                                  model.model(),
                                  above,
                                  from,
                                  rates,
                                  model.source()))));
    }
    PriceRows.insert(on, added, now, null);
    return added.size();
  }

  /**
   * The price lists to add so that each span of the wanted ones is priced so: a span runs from one
   * wanted list to the next, its price is the newest stored one that begins inside it.
   */
  static SortedMap<Instant, SortedMap<Long, Rates>> missing(
      NavigableMap<Instant, SortedMap<Long, Rates>> wanted,
      NavigableMap<Instant, SortedMap<Long, Rates>> stored,
      Instant now) {
    SortedMap<Instant, SortedMap<Long, Rates>> missing = new TreeMap<>();
    wanted.forEach(
        (from, tiers) -> {
          Instant end = wanted.higherKey(from);
          Map.Entry<Instant, SortedMap<Long, Rates>> newest =
              end == null ? stored.lastEntry() : stored.lowerEntry(end);
          if (newest == null || newest.getKey().isBefore(from)) {
            missing.put(from, tiers);
          } else if (!newest.getValue().equals(tiers)) {
            Instant afterNewest = newest.getKey().plus(1, ChronoUnit.MICROS);
            Instant next = now.isAfter(afterNewest) ? now : afterNewest;
            if (end == null || next.isBefore(end)) {
              missing.put(next, tiers);
            }
          }
        });
    return missing;
  }

  private int seedModels(DSLContext on, Instant now) {
    Set<Model> stored = new HashSet<>();
    on.select(AI_MODELS.PROVIDER, AI_MODELS.MODEL)
        .from(AI_MODELS)
        .where(AI_MODELS.TENANT_ID.eq(Tenants.PLATFORM))
        .forEach(row -> stored.add(new Model(row.value1(), row.value2())));
    List<CatalogueModel> added = new ArrayList<>();
    for (CatalogueModel model : catalogue.models()) {
      if (!model.type().equals(CatalogueModel.PRICE_ALONE)
          && stored.add(new Model(model.provider(), model.model()))) {
        added.add(model);
      }
    }
    Instant deprecated = catalogue.date().atStartOfDay(ZoneOffset.UTC).toInstant();
    JsonNode noCapabilities = JsonNodeFactory.instance.objectNode();
    Dialect dialect = PriceRows.dialect(on);
    PriceRows.insert(
        on,
        AI_MODELS,
        MODEL_COLUMNS,
        added,
        (statement, model) -> {
          dialect.set(statement, 1, Ids.next());
          dialect.set(statement, 2, Tenants.PLATFORM);
          statement.setString(3, model.provider());
          statement.setString(4, model.model());
          statement.setString(5, model.name());
          statement.setString(6, model.type());
          dialect.set(statement, 7, model.contextWindow());
          dialect.set(statement, 8, model.maxOutputTokens());
          dialect.set(statement, 9, noCapabilities);
          dialect.set(statement, 10, model.deprecated() ? deprecated : null);
          dialect.set(statement, 11, now);
          dialect.set(statement, 12, now);
        });
    return added.size();
  }
}
