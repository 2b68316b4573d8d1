package dev.ledgerstone.cli;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import dev.ledgerstone.vault.VaultProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;

/**
 * What every room of a server stands on.
 *
 * @param opened the database, and whether it is the one that was asked for
 * @param parts what stops with the server; a room adds its own
 */
record Foundation(
    Settings settings,
    DataDirectory directory,
    Opened opened,
    Replicas replicas,
    Migrator migrator,
    Vault vault,
    Metrics metrics,
    Clock clock,
    Parts parts) {

  /**
   * Takes the data directory, opens the database, and makes what is not there yet: the schema, the
   * master key, the first rows.
   *
   * @param notice hears what a person should know
   */
  static Foundation lay(Settings settings, Parts parts, Consumer<String> notice) {
    Clock clock = Clock.systemUTC();
    DataDirectory directory = parts.add(DataDirectory.lock(settings.dataDirectory()));
    Opened opened = Opened.of(settings);
    Database database = parts.add(opened.database());
    Replicas replicas = parts.add(replicas(settings, opened));
    Migrator migrator = new Migrator(database, Version.text());
    Vault vault = vault(settings, database, migrator);
    Foundation foundation =
        new Foundation(
            settings,
            directory,
            opened,
            replicas,
            migrator,
            vault,
            parts.add(new Metrics()),
            clock,
            parts);
    foundation.prepare(notice);
    return foundation;
  }

  Database database() {
    return opened.database();
  }

  /** The largest body of a request, in bytes. */
  int bodyLimit() {
    return settings.server().maxBodyBytes();
  }

  /** Has a part stopped with the server; returns it. */
  <T extends AutoCloseable> T add(T part) {
    return parts.add(part);
  }

  private static Replicas replicas(Settings settings, Opened opened) {
    Settings.Database primary = settings.database();
    Database database = opened.database();
    if (opened.isFallback()) {
      return Replicas.open(database, List.of());
    }
    if (!primary.replicas().isEmpty() && database.engine() == Engine.SQLITE) {
      throw new RequestProblem.Conflict(
              "database.replicas are given, and the database is SQLite, which has none",
              "leave them out, or set database.url to PostgreSQL")
          .exception();
    }
    return Replicas.open(
        database,
        primary.replicas().stream()
            .map(
                url ->
                    new DatabaseSettings(
                        url, primary.readers(), primary.writers(), primary.patience()))
            .toList());
  }

  private static Vault vault(Settings settings, Database database, Migrator migrator) {
    String value = settings.masterKey().value();
    if (value != null) {
      return Vault.of(value);
    }
    Path file = settings.masterKey().file();
    if (Files.notExists(file) && migrator.check().isCurrent() && Vault.isSealed(database)) {
      throw new VaultProblem.WrongKey().exception(); // a new one would not fit
    }
    return Vault.ofFile(file);
  }

  /**
   * Upgrades an empty database; seeds one that was not yet, with the tenant default and an owner
   * whose key is written to a file.
   */
  private void prepare(Consumer<String> notice) {
    if (migrator.current().isEmpty()) {
      migrator.upgrade("head");
    } else if (!migrator.check().isCurrent()) {
      return;
    }
    Database database = database();
    new Partitions(database).ensure(clock.instant());
    vault.check(database);
    if (database.read(sql -> TenantStore.find(sql, Seed.PLATFORM)) != null) {
      return;
    }
    Path file = Seed.all(database, directory.path(), clock.instant());
    if (file != null) {
      notice.accept("made tenant default; the key of its owner is in " + file);
    }
  }
}
