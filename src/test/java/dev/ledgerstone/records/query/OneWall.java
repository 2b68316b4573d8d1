package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Engine;
import java.time.Duration;

/** Statements that say nothing of whose rows they mean. */
public final class OneWall {
  private OneWall() {}

  /** Of PostgreSQL, whose policies are the other wall. */
  public static Statements statements() {
    return Statements.withoutTenants(Engine.POSTGRES, Duration.ofSeconds(30));
  }
}
