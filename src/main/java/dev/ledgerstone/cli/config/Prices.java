package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.MODEL_PRICES;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Change;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceSetting;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Rates;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.Config;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The section {@code prices}: its entries are tiers, and those of a model are one price list. */
record Prices(Diff diff, Names names) {
  private record Priced(
      String tenant, String provider, String model, @Nullable Instant validFrom) {}

  void apply(List<Config.Price> wishes) {
    Map<Priced, SortedMap<Long, Rates>> lists = new HashMap<>();
    for (Config.Price wish : wishes) {
      lists
          .computeIfAbsent(
              new Priced(wish.tenant(), wish.provider(), wish.model(), wish.validFrom()),
              _ -> new TreeMap<>())
          .put(wish.aboveInputTokens(), rates(wish));
    }
    PriceStore store = new PriceStore(PriceCatalogue.bundled());
    lists.forEach((of, tiers) -> append(store, of, tiers));
  }

  private void append(PriceStore store, Priced of, SortedMap<Long, Rates> tiers) {
    if (tiers.firstKey() != 0) {
      throw new RequestProblem.Invalid(
              "prices",
              "the prices of "
                  + of.provider
                  + "/"
                  + of.model
                  + " begin above "
                  + tiers.firstKey()
                  + " tokens",
              "add one with above_input_tokens: 0")
          .exception();
    }
    Instant from =
        (of.validFrom == null ? diff.now() : of.validFrom).truncatedTo(ChronoUnit.MICROS);
    PriceSetting setting =
        new PriceSetting(names.tenant(of.tenant), of.provider, of.model, tiers, "config", null);
    if (store.append(diff.sql(), setting, from)) {
      audit(setting, from);
    }
  }

  private void audit(PriceSetting setting, Instant at) {
    List<Change> added =
        diff
            .sql()
            .selectFrom(MODEL_PRICES)
            .where(MODEL_PRICES.TENANT_ID.eq(setting.tenantId()))
            .and(MODEL_PRICES.PROVIDER.eq(setting.provider()))
            .and(MODEL_PRICES.MODEL.eq(setting.model()))
            .and(MODEL_PRICES.CREATED_AT.eq(at))
            .stream()
            .map(row -> Change.inserted(MODEL_PRICES, row.getId(), row))
            .toList();
    Audit.write(diff.sql(), Actor.configuration(setting.tenantId()), added, diff.now());
  }

  private static Rates rates(Config.Price wish) {
    return new Rates(
        Money.picosPerToken(wish.input()),
        Money.picosPerToken(wish.output()),
        picos(wish.cachedInput()),
        picos(wish.cacheWrite()),
        null,
        picos(wish.reasoning()),
        null,
        null,
        wish.image() == null ? null : (Long) wish.image().movePointRight(12).longValueExact(),
        wish.request().movePointRight(12).longValueExact(),
        picos(wish.characters()),
        wish.audioMinute() == null ? null : picosPerSecond(wish.audioMinute()));
  }

  /** Half a pico a second is lost at most. */
  private static Long picosPerSecond(BigDecimal perMinute) {
    return perMinute
        .movePointRight(12)
        .divide(BigDecimal.valueOf(60), 0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  private static @Nullable Long picos(@Nullable BigDecimal dollars) {
    return dollars == null ? null : (Long) Money.picosPerToken(dollars);
  }
}
