package dev.ledgerstone.cli.config;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.time.Instant;

/**
 * Brings the database to what the configuration file says: upserts by name, in one transaction;
 * what the file does not name stays. A second run of the same file changes nothing.
 */
public final class ConfigApply {
  private ConfigApply() {}

  /**
   * Applies a configuration. The sections come in the order in which they name each other: a budget
   * is of a key, a key is of a user.
   *
   * @param timeouts of providers that say nothing of their own
   */
  public static void apply(
      Database database, Config config, Vault vault, Settings.Gateway timeouts, Instant now) {
    database.write(
        sql -> {
          Diff diff = new Diff(sql, now);
          Names names = new Names(sql);
          new Providers(diff, names, vault, timeouts).apply(config.providers());
          new Services(diff, names).apply(config.services());
          new Prices(diff, names).apply(config.prices());
          new Keys(diff, names).apply(config.keys());
          new Budgets(diff, names).apply(config.budgets());
          new Limits(diff, names).apply(config.limits());
          return null;
        });
  }
}
