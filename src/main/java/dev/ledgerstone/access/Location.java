package dev.ledgerstone.access;

import org.jspecify.annotations.Nullable;

/**
 * Where an address is said to be; what is not known is null.
 *
 * @param country ISO 3166-1, two letters
 */
public record Location(
    @Nullable String country,
    @Nullable String city,
    @Nullable Double latitude,
    @Nullable Double longitude) {
  public static final Location UNKNOWN = new Location(null, null, null, null);

  /** Of which the country alone is known. */
  public static Location country(String country) {
    return new Location(country, null, null, null);
  }
}
