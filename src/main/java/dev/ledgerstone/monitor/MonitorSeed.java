package dev.ledgerstone.monitor;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.SeedRows;
import java.time.Instant;
import java.util.Map;
import org.jooq.DSLContext;

/** The alert rules that every server has. */
public final class MonitorSeed {
  /** What the ids begin at: the same on every server. */
  private static final Instant ANCHOR = Instant.parse("2026-01-01T00:00:00Z");

  private MonitorSeed() {}

  /** Adds what is missing; returns how many rows that were. */
  public static int platform(DSLContext sql, Instant now) {
    return new SeedRows("/seeds/alert_rules.json", Tenants.PLATFORM, ANCHOR, now, Map.of())
        .sow(sql);
  }
}
