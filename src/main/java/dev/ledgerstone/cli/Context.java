package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a command works with: settings, configuration, and the database that they name.
 *
 * @param environment provider keys are looked up in it
 */
record Context(Settings settings, Config config, Map<String, String> environment) {
  private static final String SQLITE = "sqlite:";

  /** Reads everything; makes nothing, not even the data directory. */
  static Context of(
      Map<String, String> flags, Map<String, String> environment, @Nullable Path file) {
    if (file == null) {
      return new Context(
          Settings.load(flags, environment, Config.EMPTY), Config.EMPTY, environment);
    }
    // The file may name the database, and its entries what the database holds: settings first.
    ConfigFile read = ConfigFile.open(file, environment);
    Settings settings = Settings.load(flags, environment, read.settings());
    Config config =
        read.config(
            new Config.Known(Seed.PROVIDERS, Seed.SERVICES, Set.of(Seed.OWNER)),
            new Context(settings, Config.EMPTY, environment)::stored);
    return new Context(settings, config, environment);
  }

  /** What a configuration can refer to beside what is built in: what the database holds. */
  private Config.Known stored() {
    Set<String> providers = new HashSet<>();
    Set<String> services = new HashSet<>();
    Set<String> keys = new HashSet<>();
    Opened opened = isThere() ? Opened.ifThere(settings) : null;
    if (opened != null) {
      try (Database database = opened.database()) {
        if (new Migrator(database, Version.text()).check().isCurrent()) {
          database.read(
              sql -> {
                providers.addAll(
                    sql.select(AI_PROVIDERS.NAME)
                        .from(AI_PROVIDERS)
                        .where(AI_PROVIDERS.DELETED_AT.isNull())
                        .fetch(AI_PROVIDERS.NAME));
                services.addAll(
                    sql.select(AI_SERVICE_CONFIGS.NAME)
                        .from(AI_SERVICE_CONFIGS)
                        .where(AI_SERVICE_CONFIGS.DELETED_AT.isNull())
                        .fetch(AI_SERVICE_CONFIGS.NAME));
                keys.addAll(
                    sql.select(API_KEYS.NAME)
                        .from(API_KEYS)
                        .where(API_KEYS.REVOKED_AT.isNull())
                        .fetch(API_KEYS.NAME));
                return null;
              });
        }
      }
    }
    return new Config.Known(providers, services, keys);
  }

  Engine engine() {
    return settings.database().url().startsWith(SQLITE) ? Engine.SQLITE : Engine.POSTGRES;
  }

  /** Whether there is a database to open; of one behind a network this is not known before. */
  boolean isThere() {
    return engine() == Engine.POSTGRES || Files.exists(sqliteFile());
  }

  Path sqliteFile() {
    String file = settings.database().url().substring(SQLITE.length());
    int query = file.indexOf('?');
    return Path.of(query < 0 ? file : file.substring(0, query));
  }

  /** Where the SQLite file is or will be, in a folder that is there. */
  Path newSqliteFile() {
    Path file = sqliteFile().toAbsolutePath();
    Path folder = file.getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder " + folder + " cannot be made", e);
    }
    return file;
  }

  /** Opens the database; an SQLite file is made if it is not there. */
  Database open() {
    if (engine() == Engine.SQLITE) {
      newSqliteFile();
    }
    Settings.Database database = settings.database();
    return Database.open(
        new DatabaseSettings(
            database.url(), database.readers(), database.writers(), database.patience()));
  }

  /** Opens the database that must be there. */
  Database existing() {
    if (!isThere()) {
      throw new RequestProblem.Conflict(
              "there is no database " + sqliteFile(),
              "name it with --data or --database, or make one: ledgerstone serve")
          .exception();
    }
    return open();
  }

  /** Opens the database, which must be there with the schema of this version. */
  Database current() {
    Database database = existing();
    boolean isCurrent = false;
    try {
      isCurrent = new Migrator(database, Version.text()).check().isCurrent();
    } finally {
      if (!isCurrent) {
        database.close();
      }
    }
    if (!isCurrent) {
      throw new RequestProblem.Conflict(
              "the database's schema is not the one of this version",
              "look at: ledgerstone db check; then run: ledgerstone db upgrade")
          .exception();
    }
    return database;
  }

  /** Whether the master key is there; a server would make one. */
  boolean hasMasterKey() {
    return settings.masterKey().value() != null || Files.exists(settings.masterKey().file());
  }

  /** The vault of the master key, which must be there. */
  Vault vault() {
    String value = settings.masterKey().value();
    if (value != null) {
      return Vault.of(value);
    }
    if (!hasMasterKey()) {
      throw new RequestProblem.Conflict(
              "there is no master key " + settings.masterKey().file(),
              "set LEDGERSTONE_SECRETS_MASTER_KEY, or name the server's data directory with --data")
          .exception();
    }
    return Vault.ofFile(settings.masterKey().file());
  }
}
