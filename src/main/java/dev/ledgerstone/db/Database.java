package dev.ledgerstone.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.conf.RenderQuotedNames;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One database, of either engine: many readers, and writers whose transactions are whole or absent.
 *
 * <p>SQLite has one writer connection (taken in {@code BEGIN IMMEDIATE}, full fsync); PostgreSQL a
 * pool of them. Work that writes runs on platform threads: an fsync inside native code would pin a
 * virtual thread's carrier, of which a small machine has two.
 */
public final class Database implements AutoCloseable {
  private static final Settings JOOQ =
      new Settings()
          .withRenderSchema(false)
          .withRenderQuotedNames(RenderQuotedNames.EXPLICIT_DEFAULT_UNQUOTED)
          .withExecuteLogging(false);

  private final Engine engine;
  private final Dialect dialect;

  private final Connections connections;
  private final ExecutorService writing;

  /**
   * SQLite: whose turn it is to write. Fair, because SQLite's own busy handler is not: it sleeps
   * and hopes, and against a busy group commit it would find the file free once in seconds. Null on
   * PostgreSQL.
   */
  private final @Nullable ReentrantLock turn;

  private Database(Engine engine, Pools pools, int writerCount) {
    this.engine = engine;
    this.dialect = Dialect.of(engine);
    this.connections = new Connections(engine, pools);
    this.turn = engine == Engine.SQLITE ? new ReentrantLock(true) : null;
    this.writing = Connections.threads("database-writer-", writerCount);
  }

  /** Opens a database; fails at once if it cannot be reached. */
  public static Database open(DatabaseSettings settings) {
    Engine engine = settings.engine();
    int writers =
        switch (engine) {
          case SQLITE -> 1;
          case POSTGRES -> settings.writers();
        };
    return new Database(engine, Pools.open(settings), writers);
  }

  /**
   * Opens a PostgreSQL that may not be there yet: each connection is tried when it is wanted, and
   * soon given up.
   */
  static Database openLate(DatabaseSettings settings) {
    return new Database(Engine.POSTGRES, Pools.openLate(settings), 1);
  }

  public Engine engine() {
    return engine;
  }

  public Dialect dialect() {
    return dialect;
  }

  /** Runs a query on a connection of its own; sees what was committed before. */
  public <T extends @Nullable Object> T read(Function<DSLContext, T> query) {
    try {
      return connections.read(connection -> query.apply(on(connection)));
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    } catch (DataAccessException e) {
      throw problem(e);
    }
  }

  /** As {@link #read}, with the bare connection. */
  public <T extends @Nullable Object> T readJdbc(ConnectionWork<T> query) {
    try {
      return connections.read(query);
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  /**
   * As {@link #readJdbc}, and on PostgreSQL held to one tenant's rows by the policies of the tables
   * (docs/adr/0012), whatever the statements say. SQLite has no policies: there the statements
   * alone keep tenants apart.
   */
  public <T extends @Nullable Object> T readAs(UUID tenant, ConnectionWork<T> query) {
    return switch (engine) {
      case SQLITE -> readJdbc(query);
      case POSTGRES -> readAsTenant(tenant, Policies.AS_TENANT, query);
    };
  }

  /** What is made of a statement that is a tenant's. */
  @FunctionalInterface
  public interface Question<T extends @Nullable Object> {
    T on(Asked asked) throws SQLException;
  }

  /**
   * A statement that is about to be asked.
   *
   * @param first the place of its first value
   */
  public record Asked(PreparedStatement statement, int first) {
    /** Asks it; the rows are to be closed. */
    public ResultSet rows() throws SQLException {
      if (first == 1) {
        return statement.executeQuery();
      }
      statement.execute();
      statement.getMoreResults(); // behind the one row of what was set for it
      return statement.getResultSet();
    }
  }

  /**
   * Asks one statement as {@link #readAs} does. On PostgreSQL in one round trip instead of three:
   * what holds it to the tenant stands before it in the same message, and until that ends all of it
   * is one transaction.
   *
   * @param isBrief whether it goes by a key, and costs no more than changing threads for it would
   */
  public <T extends @Nullable Object> T askAs(
      UUID tenant, String sql, boolean isBrief, Question<T> question) {
    try {
      return switch (engine) {
        case SQLITE -> {
          ConnectionWork<T> work =
              connection -> {
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                  return question.on(new Asked(statement, 1));
                }
              };
          yield isBrief ? connections.readBriefly(work) : connections.read(work);
        }
        case POSTGRES ->
            connections.read(
                connection -> {
                  try (PreparedStatement statement =
                      connection.prepareStatement(
                          (isBrief ? Policies.ASKED_BY_KEY : Policies.ASKED_AS_TENANT) + sql)) {
                    statement.setString(1, tenant.toString());
                    return question.on(new Asked(statement, 2));
                  }
                });
      };
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  /**
   * As {@link #readAs}, and in one snapshot as long as a statement that it began has rows: others
   * beside it see the database as it does. Rows can be streamed, on PostgreSQL with a fetch size.
   */
  public <T extends @Nullable Object> T snapshotAs(UUID tenant, ConnectionWork<T> query) {
    return switch (engine) {
      case SQLITE -> readJdbc(query);
      case POSTGRES -> readAsTenant(tenant, Policies.FIXED_AS_TENANT, query);
    };
  }

  private <T extends @Nullable Object> T readAsTenant(
      UUID tenant, String become, ConnectionWork<T> query) {
    try {
      return connections.read(
          connection -> {
            connection.setReadOnly(true); // Hikari puts it back
            return inTransaction(
                connection,
                own -> {
                  Policies.say(own, tenant, become);
                  return query.on(own);
                });
          });
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  private <T extends @Nullable Object> T inTransaction(
      Connection connection, ConnectionWork<T> work) throws SQLException {
    begin(connection);
    try {
      T result = work.on(connection);
      commit(connection);
      return result;
    } catch (SQLException | RuntimeException e) {
      rollBack(connection, e);
      throw e;
    }
  }

  /**
   * Reads in one snapshot: every statement sees the database as the first one found it, whatever is
   * committed meanwhile. Rows can be streamed: on PostgreSQL with a fetch size, on SQLite always.
   */
  public <T extends @Nullable Object> T snapshot(ConnectionWork<T> query) {
    try {
      return connections.read(connection -> inSnapshot(connection, query));
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    } catch (DataAccessException e) {
      throw problem(e);
    }
  }

  private <T extends @Nullable Object> T inSnapshot(Connection connection, ConnectionWork<T> query)
      throws SQLException {
    switch (engine) {
      case SQLITE -> execute(connection, "begin deferred");
      case POSTGRES -> {
        // Hikari puts both back when the connection comes home.
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
      }
    }
    try {
      return query.on(connection);
    } finally {
      switch (engine) {
        case SQLITE -> execute(connection, "rollback");
        case POSTGRES -> connection.rollback();
      }
    }
  }

  /**
   * As {@link #snapshot}, through jOOQ; rows are streamed by {@code fetchLazy} with a fetch size.
   */
  public <T extends @Nullable Object> T readSnapshot(Function<DSLContext, T> query) {
    return snapshot(connection -> query.apply(on(connection)));
  }

  /**
   * Runs work in one transaction: all of it is committed when this returns, none of it if it
   * throws. Whoever is interrupted meanwhile hears of it afterwards, for half an end there is none.
   */
  public <T extends @Nullable Object> T write(Function<DSLContext, T> work) {
    return writeJdbc(connection -> work.apply(on(connection)));
  }

  /** As {@link #write}, with the bare connection. */
  public <T extends @Nullable Object> T writeJdbc(ConnectionWork<T> work) {
    if (!Thread.currentThread().isVirtual()) {
      return transaction(work);
    }
    try {
      return Connections.joined(writing.submit(() -> transaction(work)));
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  /**
   * As {@link #writeJdbc}, and on PostgreSQL held to one tenant's rows as {@link #readAs} is:
   * others' are neither seen nor changed, and a row written for another tenant fails with SQLSTATE
   * 42501.
   */
  public <T extends @Nullable Object> T writeAs(UUID tenant, ConnectionWork<T> work) {
    return switch (engine) {
      case SQLITE -> writeJdbc(work);
      case POSTGRES ->
          writeJdbc(
              connection -> {
                Policies.say(connection, tenant, Policies.AS_TENANT);
                return work.on(connection);
              });
    };
  }

  /**
   * Holds a transaction on PostgreSQL that has begun to one tenant's rows, as {@link #writeAs}
   * does; again, and it is held to the other one's.
   *
   * @param patience how long each of its statements waits for a lock
   */
  public static void become(Connection connection, UUID tenant, Duration patience)
      throws SQLException {
    Policies.say(
        connection,
        tenant,
        Policies.AS_TENANT + ", set_config('lock_timeout', '" + patience.toMillis() + "', true)");
  }

  private <T extends @Nullable Object> T transaction(ConnectionWork<T> work) {
    takeTurn();
    try {
      return connections.write(connection -> inTransaction(connection, work));
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    } catch (DataAccessException e) {
      throw problem(e);
    } finally {
      endTurn();
    }
  }

  void takeTurn() {
    if (turn != null) {
      turn.lock();
    }
  }

  void endTurn() {
    if (turn != null) {
      turn.unlock();
    }
  }

  /**
   * Begins a transaction that will write. On SQLite by hand: the driver, with auto-commit off,
   * follows each commit at once with the next BEGIN IMMEDIATE, and an idle connection would keep
   * every other process from writing.
   */
  void begin(Connection connection) throws SQLException {
    switch (engine) {
      case SQLITE -> execute(connection, "begin immediate");
      case POSTGRES -> connection.setAutoCommit(false);
    }
  }

  void commit(Connection connection) throws SQLException {
    switch (engine) {
      case SQLITE -> execute(connection, "commit");
      case POSTGRES -> {
        connection.commit();
        connection.setAutoCommit(true);
      }
    }
  }

  void rollBack(Connection connection, Exception cause) {
    try {
      switch (engine) {
        case SQLITE -> execute(connection, "rollback");
        case POSTGRES -> {
          connection.rollback();
          connection.setAutoCommit(true);
        }
      }
    } catch (SQLException | AssertionError e) {
      if (!e.equals(cause)) {
        cause.addSuppressed(e); // the connection is broken, or no transaction was begun
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static RuntimeException problem(DataAccessException e) {
    SQLException cause = e.getCause(SQLException.class);
    return cause == null ? e : DatabaseProblem.of(cause);
  }

  /**
   * A connection of the writers, for a caller that keeps it: migrations and group commit. The
   * caller closes it.
   */
  public Connection borrowWriter() throws SQLException {
    return connections.borrowWriter();
  }

  /**
   * Says whether the database is away: as long as it is, whoever wants a connection is refused at
   * once, and need not wait for what cannot come.
   */
  public void away(boolean isIt) {
    connections.away(isIt);
  }

  public boolean isAway() {
    return connections.isAway();
  }

  /**
   * A connection to PostgreSQL past the pool, which may be full of dead ones: for who looks whether
   * the database is back. The caller closes it.
   *
   * @param patienceSeconds how long that may take, and each statement after
   */
  public Connection connect(int patienceSeconds) throws SQLException {
    return connections.connect(patienceSeconds);
  }

  /**
   * Rows that a connection to SQLite has changed since it was opened; those that were taken back
   * count too, those of a statement that failed do not.
   */
  public static long changes(Connection connection) throws SQLException {
    return connection.unwrap(SqliteConnection.class).getDatabase().total_changes();
  }

  /** jOOQ on a connection that the caller holds. */
  public DSLContext on(Connection connection) {
    return DSL.using(connection, engine.jooq(), JOOQ);
  }

  @Override
  public void close() {
    writing.close();
    connections.close();
  }

  /** Work on a connection. */
  @FunctionalInterface
  public interface ConnectionWork<T extends @Nullable Object> {
    T on(Connection connection) throws SQLException;
  }
}
