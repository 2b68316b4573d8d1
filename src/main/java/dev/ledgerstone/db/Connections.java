package dev.ledgerstone.db;

import com.zaxxer.hikari.HikariDataSource;
import dev.ledgerstone.db.Database.ConnectionWork;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Work with a connection of its own. A thread that has one may wait for none, or all who have one
 * can come to wait for one more, as they once did, to read the callers' roles, until every wait
 * timed out. Only a reader may become a writer too: no writer waits for a reader.
 */
final class Connections implements AutoCloseable {
  /** The pool of the connection that this thread has; of both, the writers'. */
  private static final ThreadLocal<@Nullable HikariDataSource> HELD = new ThreadLocal<>();

  private final Pools pools;

  /**
   * SQLite: threads for reads, one a connection. A virtual thread would keep its carrier as long as
   * SQLite is at work, of which there are as many as cores: two long queries held up every call for
   * two minutes (docs/performance.md).
   */
  private final @Nullable ExecutorService reading;

  /** Whether who knows has said that it cannot be reached: then nobody waits to find out. */
  private volatile boolean isAway;

  Connections(Engine engine, Pools pools) {
    this.pools = pools;
    this.reading =
        engine == Engine.SQLITE
            ? threads("database-reader-", pools.readers().getMaximumPoolSize())
            : null;
  }

  static ExecutorService threads(String name, int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().name(name, 0).daemon().factory());
  }

  /** Runs work with a reader's connection; what a virtual thread asks of SQLite, elsewhere. */
  <T extends @Nullable Object> T read(ConnectionWork<T> work) throws SQLException {
    return with(pools.readers(), reading, work);
  }

  /** As above, on this thread: work that costs no more than changing threads for it would. */
  <T extends @Nullable Object> T readBriefly(ConnectionWork<T> work) throws SQLException {
    return with(pools.readers(), null, work);
  }

  /** Runs work with a writer's connection, on this thread. */
  <T extends @Nullable Object> T write(ConnectionWork<T> work) throws SQLException {
    return with(pools.writers(), null, work);
  }

  /** Of a writer, for a caller that keeps it, and closes it. */
  Connection borrowWriter() throws SQLException {
    return connection(pools.writers());
  }

  /**
   * @param elsewhere whose threads do the work of virtual ones; null: they do it themselves
   */
  private <T extends @Nullable Object> T with(
      HikariDataSource pool, @Nullable ExecutorService elsewhere, ConnectionWork<T> work)
      throws SQLException {
    HikariDataSource before = HELD.get();
    assert before == null || (before.equals(pools.readers()) && pool.equals(pools.writers()))
        : "this thread has a connection: pass that one on";
    try (Connection connection = connection(pool)) {
      return elsewhere != null && Thread.currentThread().isVirtual()
          ? joined(elsewhere.submit(() -> held(pool, connection, work)))
          : held(pool, connection, work);
    }
  }

  private static <T extends @Nullable Object> T held(
      HikariDataSource pool, Connection connection, ConnectionWork<T> work) throws SQLException {
    HikariDataSource before = HELD.get();
    HELD.set(pool);
    try {
      return work.on(connection);
    } finally {
      HELD.set(before);
    }
  }

  /** Waits for the end, whatever happens: until then the connection is in use. */
  static <T extends @Nullable Object> T joined(Future<T> work) throws SQLException {
    boolean wasInterrupted = false;
    try {
      while (true) {
        try {
          return work.get();
        } catch (InterruptedException e) {
          wasInterrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case SQLException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Connection connection(HikariDataSource pool) throws SQLException {
    if (isAway) {
      throw new SQLException("the database is known to be away", "08001");
    }
    return pool.getConnection();
  }

  void away(boolean isIt) {
    isAway = isIt;
  }

  boolean isAway() {
    return isAway;
  }

  /** To PostgreSQL, past the pools. */
  Connection connect(int patienceSeconds) throws SQLException {
    HikariDataSource pool = pools.writers();
    Properties properties = new Properties();
    properties.setProperty("user", String.valueOf(pool.getUsername()));
    String password = pool.getPassword();
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("loginTimeout", Integer.toString(patienceSeconds));
    Connection connection = DriverManager.getConnection(pool.getJdbcUrl(), properties);
    try (Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, patienceSeconds * 1000);
      statement.execute(Policies.AS_SYSTEM);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public void close() {
    if (reading != null) {
      reading.shutdown();
    }
    pools.close();
  }
}
