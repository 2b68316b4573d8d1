package dev.ledgerstone.base;

import dev.ledgerstone.db.Engine;
import java.sql.Connection;
import java.util.Random;
import java.util.UUID;

/** Breaks rules of the house on purpose, so that ArchitectureTest can show that it sees code. */
public final class PlantedFault {
  private PlantedFault() {}

  static UUID everythingAtOnce(Engine asked, Connection bare) {
    System.out.println(asked + " " + bare + new Random().nextInt());
    return UUID.randomUUID();
  }
}
