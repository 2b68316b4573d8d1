package dev.ledgerstone.db;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the database is and how it is used.
 *
 * @param url {@code sqlite:FILE} or {@code
 *     postgresql://user:secret@host:port/database?parameter=value}
 * @param readers connections for reading at a time
 * @param writers connections for writing at a time; PostgreSQL only, SQLite has one writer
 * @param patience how long a statement waits for a lock, and a caller for a connection
 */
public record DatabaseSettings(String url, int readers, int writers, Duration patience) {
  public DatabaseSettings {
    if (!url.startsWith("sqlite:")
        && !url.startsWith("postgresql://")
        && !url.startsWith("postgres://")) {
      throw DatabaseProblem.badUrl();
    }
  }

  public static DatabaseSettings of(String url) {
    return new DatabaseSettings(url, 4, 4, Duration.ofSeconds(10));
  }

  public static DatabaseSettings sqlite(Path file) {
    return of("sqlite:" + file);
  }

  Engine engine() {
    return url.startsWith("sqlite:") ? Engine.SQLITE : Engine.POSTGRES;
  }

  /** The URL holds a password: never shown. */
  @Override
  public String toString() {
    return "DatabaseSettings[" + engine() + "]";
  }
}
