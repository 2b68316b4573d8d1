package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import java.time.Instant;

/** Prices for tests. */
final class Prices {
  private Prices() {}

  static Price of(Rates rates) {
    return new Price(Ids.next(), Tenants.PLATFORM, "p", "m", 0, Instant.EPOCH, rates, null);
  }

  /** The only price, in force since ever, of a model of the bundled catalogue. */
  static Price of(PriceCatalogue catalogue, String provider, String model) {
    return of(catalogue.find(provider, model).orElseThrow().prices().getFirst().rates());
  }
}
