package dev.ledgerstone.ledger;

/**
 * Money in a float, on purpose, so that ArchitectureTest can show that it sees code.
 *
 * @param costNanos what it costs, less what a double loses
 */
public record PlantedFloat(double costNanos) {
  static PlantedFloat ofText(String text) {
    return new PlantedFloat(Double.parseDouble(text));
  }
}
