package dev.ledgerstone.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The pools of connections to one database. On PostgreSQL both are one pool; on SQLite the readers'
 * may not write.
 */
record Pools(HikariDataSource readers, HikariDataSource writers) implements AutoCloseable {
  /** How long a read waits for a replica's connection before it goes to the primary. */
  private static final long LATE_MILLIS = 1_000;

  /** Fails at once if the database cannot be reached. */
  static Pools open(DatabaseSettings settings) {
    HikariDataSource writers = null;
    try {
      return switch (settings.engine()) {
        case SQLITE -> {
          // Four: three that group commits keep (the ledger's, the records API's, the jobs'), one
          // for everything else; the turn decides who writes.
          writers = pool(settings, "writer", 4, null);
          yield new Pools(
              pool(settings, "reader", settings.readers(), "pragma query_only = on"), writers);
        }
        case POSTGRES -> {
          // One more: the records API's group commit keeps it. A row that somebody keeps locked
          // must not keep a caller longer than a connection would.
          writers =
              pool(
                  settings,
                  "database",
                  settings.readers() + settings.writers() + 1,
                  Policies.AS_SYSTEM + "; set lock_timeout = " + settings.patience().toMillis());
          yield new Pools(writers, writers);
        }
      };
    } catch (RuntimeException e) {
      if (writers != null) {
        writers.close();
      }
      throw new DatabaseProblem.Gone(reason(e)).exception(e);
    }
  }

  /** Of a PostgreSQL that may not be there yet: each connection is tried when it is wanted. */
  static Pools openLate(DatabaseSettings settings) {
    HikariConfig config =
        config(settings, "replica", settings.readers(), Policies.AS_SYSTEM, LATE_MILLIS);
    config.setInitializationFailTimeout(-1);
    HikariDataSource pool = new HikariDataSource(config);
    return new Pools(pool, pool);
  }

  private static String reason(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return String.valueOf(last.getMessage());
  }

  private static HikariDataSource pool(
      DatabaseSettings settings, String name, int size, @Nullable String init) {
    return new HikariDataSource(config(settings, name, size, init, settings.patience().toMillis()));
  }

  private static HikariConfig config(
      DatabaseSettings settings,
      String name,
      int size,
      @Nullable String init,
      long patienceMillis) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(patienceMillis);
    config.setConnectionInitSql(init);
    switch (settings.engine()) {
      case SQLITE -> {
        config.setDataSource(new SqliteSource("jdbc:" + settings.url(), settings.patience()));
        config.setMaxLifetime(0);
        config.setIdleTimeout(0);
      }
      case POSTGRES -> {
        URI url = URI.create(settings.url());
        String query = url.getRawQuery() == null ? "" : "&" + url.getRawQuery();
        config.setJdbcUrl(
            "jdbc:postgresql://"
                + url.getHost()
                + (url.getPort() < 0 ? "" : ":" + url.getPort())
                + url.getRawPath()
                + "?reWriteBatchedInserts=true&tcpKeepAlive=true&connectTimeout=5&socketTimeout=30&ApplicationName=ledgerstone"
                // Else that of the pool that was made last holds for all: Hikari sets the driver's.
                + "&loginTimeout="
                + Math.max(1, patienceMillis / 1000)
                + query);
        if (url.getRawUserInfo() != null) {
          String[] user = url.getRawUserInfo().split(":", 2);
          config.setUsername(URLDecoder.decode(user[0], StandardCharsets.UTF_8));
          if (user.length == 2) {
            config.setPassword(URLDecoder.decode(user[1], StandardCharsets.UTF_8));
          }
        }
      }
    }
    return config;
  }

  @Override
  public void close() {
    readers.close();
    writers.close();
  }
}
