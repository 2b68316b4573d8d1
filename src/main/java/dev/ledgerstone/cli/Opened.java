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
import org.jspecify.annotations.Nullable;

/**
 * The database that a server found.
 *
 * @param isFallback whether it is SQLite in the data directory, because the PostgreSQL that is
 *     configured is not there and {@code database.fallback} allows it
 */
record Opened(Database database, boolean isFallback) {
  /** What a server that has fallen back says of itself in every line of its log. */
  static final String FALLBACK = "fallback-sqlite";

  /** Opens it; what serves instead is made if it is not there. */
  static Opened of(Settings settings) {
    Opened found = find(settings);
    if (found != null) {
      return found;
    }
    try {
      Files.createDirectories(settings.dataDirectory());
    } catch (IOException e) {
      throw new UncheckedIOException("the data directory cannot be made", e);
    }
    return instead(settings);
  }

  /** The same, and makes nothing; null: PostgreSQL is not there, nor what would serve instead. */
  static @Nullable Opened ifThere(Settings settings) {
    Opened found = find(settings);
    return found == null && Files.exists(file(settings)) ? instead(settings) : found;
  }

  /** Null: it is not there, and may be replaced. */
  private static @Nullable Opened find(Settings settings) {
    Settings.Database wanted = settings.database();
    try {
      return new Opened(open(settings, wanted.url()), false);
    } catch (ProblemException e) {
      boolean isAway = e.problem() instanceof DatabaseProblem.Gone;
      if (!isAway || !wanted.fallsBack() || wanted.url().startsWith("sqlite:")) {
        throw e;
      }
      return null;
    }
  }

  private static Opened instead(Settings settings) {
    return new Opened(open(settings, "sqlite:" + file(settings)), true);
  }

  private static Path file(Settings settings) {
    return settings.dataDirectory().resolve("ledgerstone.db");
  }

  private static Database open(Settings settings, String url) {
    Settings.Database how = settings.database();
    return Database.open(new DatabaseSettings(url, how.readers(), how.writers(), how.patience()));
  }

  boolean isPostgres() {
    return database.engine() == Engine.POSTGRES;
  }
}
