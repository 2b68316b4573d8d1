package dev.ledgerstone.base;

import java.util.UUID;

/** Tenants that every server has. */
public final class Tenants {
  /**
   * Owns what belongs to the server itself: the catalogue of models and prices, shared providers.
   */
  public static final UUID PLATFORM = new UUID(0x0000_0000_0000_7000L, 0x8000_0000_0000_0001L);

  private Tenants() {}
}
