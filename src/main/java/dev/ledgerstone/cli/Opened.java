package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The database that a server found.
 *
 * @param isFallback whether it is SQLite in the data directory, because the PostgreSQL that is
 *     configured is not there and {@code database.fallback} allows it
 */
record Opened(Database database, boolean isFallback) {
  /** What a server that has fallen back says of itself in every line of its log. */
  static final String FALLBACK = "fallback-sqlite";

  static Opened of(Settings settings) {
    Settings.Database wanted = settings.database();
    try {
      return new Opened(open(settings, wanted.url()), false);
    } catch (ProblemException e) {
      boolean isAway = e.problem() instanceof DatabaseProblem.Gone;
      if (!isAway || !wanted.fallsBack() || wanted.url().startsWith("sqlite:")) {
        throw e;
      }
    }
    Path file = settings.dataDirectory().resolve("ledgerstone.db");
    try {
      Files.createDirectories(settings.dataDirectory());
    } catch (IOException e) {
      throw new UncheckedIOException("the data directory cannot be made", e);
    }
    return new Opened(open(settings, "sqlite:" + file), true);
  }

  private static Database open(Settings settings, String url) {
    Settings.Database how = settings.database();
    return Database.open(new DatabaseSettings(url, how.readers(), how.writers(), how.patience()));
  }

  boolean isPostgres() {
    return database.engine() == Engine.POSTGRES;
  }
}
