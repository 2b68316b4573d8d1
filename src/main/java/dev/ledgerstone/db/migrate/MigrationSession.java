package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SqlStates;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A connection on which one migrator at a time works.
 *
 * <p>PostgreSQL: an advisory lock, held for the whole session by a second connection, which a
 * migration outside of a transaction cannot lose. It is asked for again and again instead of waited
 * for: a session that waits inside a statement holds a snapshot, and {@code create index
 * concurrently} in the other session would wait for that for ever. SQLite: every transaction begins
 * with the file's write lock. On both, each transaction also locks the history before it reads it.
 */
final class MigrationSession implements AutoCloseable {
  /** "ledger" in ASCII: our advisory lock in the database. */
  static final long LOCK = 0x6c6564676572L;

  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Executor SAME_THREAD = Runnable::run;

  private final Engine engine;
  private final Duration patience;
  private final Runnable waiting;
  private final Connection connection;
  private final @Nullable Connection lock;
  private final int networkTimeout;

  private MigrationSession(
      Engine engine,
      Duration patience,
      Runnable waiting,
      Connection connection,
      @Nullable Connection lock)
      throws SQLException {
    this.engine = engine;
    this.patience = patience;
    this.waiting = waiting;
    this.connection = connection;
    this.lock = lock;
    this.networkTimeout = engine == Engine.POSTGRES ? connection.getNetworkTimeout() : 0;
    if (engine == Engine.POSTGRES) {
      connection.setNetworkTimeout(SAME_THREAD, 0); // an index on a large table takes minutes
    }
  }

  /**
   * Opens a session, after the one that has the lock.
   *
   * @param patience how long it waits for another migrator
   * @param waiting is told once if it has to wait
   */
  static MigrationSession open(Database database, Duration patience, Runnable waiting)
      throws SQLException {
    @Nullable Connection lock = null;
    @Nullable Connection connection = null;
    try {
      if (database.engine() == Engine.POSTGRES) {
        lock = database.borrowWriter();
        lock(lock, patience, waiting);
      }
      connection = database.borrowWriter();
      return new MigrationSession(database.engine(), patience, waiting, connection, lock);
    } catch (SQLException | RuntimeException e) {
      if (connection != null) {
        connection.close();
      }
      if (lock != null) {
        unlock(lock);
      }
      throw e;
    }
  }

  Connection connection() {
    return connection;
  }

  /**
   * Runs work in one transaction that has the history to itself.
   *
   * @param rebuilds SQLite's foreign keys rest meanwhile; they cannot be switched inside a
   *     transaction
   */
  <T extends @Nullable Object> T transaction(boolean rebuilds, Database.ConnectionWork<T> work)
      throws SQLException {
    boolean rests = rebuilds && engine == Engine.SQLITE;
    if (rests) {
      execute("pragma foreign_keys = off");
      execute("pragma legacy_alter_table = on"); // else a rename trips over views of the old table
    }
    try {
      begin();
      return finish(work);
    } finally {
      if (rests) {
        execute("pragma legacy_alter_table = off");
        execute("pragma foreign_keys = on");
      }
    }
  }

  private <T extends @Nullable Object> T finish(Database.ConnectionWork<T> work)
      throws SQLException {
    boolean isDone = false;
    try {
      T result = work.on(connection);
      execute("commit");
      isDone = true;
      return result;
    } finally {
      if (!isDone) {
        rollBack();
      }
    }
  }

  private void begin() throws SQLException {
    switch (engine) {
      case SQLITE -> {
        beginImmediate();
        execute(History.CREATE);
      }
      case POSTGRES -> {
        execute("begin");
        try {
          execute("set local client_min_messages = warning");
          execute("set local lock_timeout = '10s'"); // or all calls queue up behind this one
          execute(History.CREATE);
          execute("lock table schema_history in exclusive mode"); // readers go on
        } catch (SQLException e) {
          rollBack();
          throw e;
        }
      }
    }
  }

  private void beginImmediate() throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    boolean told = false;
    while (true) {
      try {
        execute("begin immediate");
        break;
      } catch (SQLException e) {
        if (!SqlStates.of(e).equals("55P03")) {
          throw e;
        }
        if (!told) {
          waiting.run();
          told = true;
        }
        if (System.nanoTime() > deadline) {
          throw new MigrationProblem.Locked(patience).exception(e);
        }
      }
    }
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  /** A rebuild may not leave what resting foreign keys would have refused; SQLite only. */
  void checkReferences(String migration) throws SQLException {
    if (engine != Engine.SQLITE) {
      return;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("pragma foreign_key_check")) {
      if (row.next()) {
        throw new MigrationProblem.BrokenReferences(migration, row.getString(1), row.getString(3))
            .exception();
      }
    }
  }

  private void rollBack() {
    try {
      execute("rollback");
    } catch (SQLException e) {
      // Either the engine has rolled back by itself, or the connection is broken and it will. The
      // pool must not lend it again in this state.
      abandon(connection);
    }
  }

  private static void lock(Connection connection, Duration patience, Runnable waiting)
      throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    boolean told = false;
    while (!ask(connection, "select pg_try_advisory_lock(" + LOCK + ")")) {
      if (!told) {
        waiting.run();
        told = true;
      }
      if (System.nanoTime() > deadline) {
        throw new MigrationProblem.Locked(patience).exception();
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DatabaseProblem.Gone("the server is stopping").exception(e);
      }
    }
  }

  private static void unlock(Connection connection) throws SQLException {
    try {
      ask(connection, "select pg_advisory_unlock_all() is null");
    } catch (SQLException e) {
      abandon(connection); // the lock goes with the connection
    } finally {
      connection.close();
    }
  }

  private static boolean ask(Connection connection, String question) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(question)) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static void abandon(Connection connection) {
    try {
      connection.abort(SAME_THREAD);
    } catch (SQLException e) {
      System.getLogger(MigrationSession.class.getName())
          .log(System.Logger.Level.DEBUG, "a connection is broken beyond closing", e);
    }
  }

  @Override
  public void close() throws SQLException {
    try {
      if (engine == Engine.POSTGRES && !connection.isClosed()) {
        connection.setNetworkTimeout(SAME_THREAD, networkTimeout);
      }
    } catch (SQLException e) {
      abandon(connection);
    } finally {
      try {
        connection.close();
      } finally {
        if (lock != null) {
          unlock(lock);
        }
      }
    }
  }
}
