package dev.ledgerstone.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

  /**
   * Said once by each connection to PostgreSQL: it sees every tenant's rows. {@link #AS_TENANT}
   * takes that away for a transaction.
   */
  private static final String AS_SYSTEM = "set app.system = on";

  /** How long a read waits for a replica's connection before it goes to the primary. */
  private static final long LATE_MILLIS = 1_000;

  private static final String AS_TENANT =
      "select set_config('app.system', 'off', true), set_config('app.tenant', ?, true)";

  /** Before a statement, in the same message and transaction. */
  private static final String ASKED_AS_TENANT =
      "select set_config('transaction_read_only', 'on', true), "
          + AS_TENANT.substring("select ".length())
          + "; ";

  /**
   * As above, before a statement that goes by a key: its plan is made once, whatever the values,
   * where PostgreSQL would go on comparing what plans for values might cost.
   */
  private static final String ASKED_BY_KEY =
      ASKED_AS_TENANT.replace(
          "; ", ", set_config('plan_cache_mode', 'force_generic_plan', true); ");

  private static final String FIXED_AS_TENANT =
      "set transaction isolation level repeatable read; " + AS_TENANT;

  private final Engine engine;
  private final Dialect dialect;

  /** The pool of the connection that this thread has; of both, the writers'. */
  private static final ThreadLocal<@Nullable HikariDataSource> HELD = new ThreadLocal<>();

  private final HikariDataSource readers;
  private final HikariDataSource writers;
  private final ExecutorService writing;

  /**
   * SQLite: threads for reads, one a connection. A virtual thread would keep its carrier as long as
   * SQLite is at work, of which there are as many as cores: two long queries held up every call for
   * two minutes (docs/performance.md).
   */
  private final @Nullable ExecutorService reading;

  /**
   * SQLite: whose turn it is to write. Fair, because SQLite's own busy handler is not: it sleeps
   * and hopes, and against a busy group commit it would find the file free once in seconds. Null on
   * PostgreSQL.
   */
  private final @Nullable ReentrantLock turn;

  /** Whether who knows has said that it cannot be reached: then nobody waits to find out. */
  private volatile boolean isAway;

  private Database(
      Engine engine, HikariDataSource readers, HikariDataSource writers, int writerCount) {
    this.engine = engine;
    this.dialect = Dialect.of(engine);
    this.readers = readers;
    this.writers = writers;
    this.turn = engine == Engine.SQLITE ? new ReentrantLock(true) : null;
    this.writing = threads("database-writer-", writerCount);
    this.reading =
        engine == Engine.SQLITE ? threads("database-reader-", readers.getMaximumPoolSize()) : null;
  }

  private static ExecutorService threads(String name, int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().name(name, 0).daemon().factory());
  }

  /** Opens a database; fails at once if it cannot be reached. */
  public static Database open(DatabaseSettings settings) {
    Engine engine = settings.engine();
    HikariDataSource writers = null;
    try {
      return switch (engine) {
        case SQLITE -> {
          // Four: three that group commits keep (the ledger's, the records API's, the jobs'), one
          // for everything else; the turn decides who writes.
          writers = pool(settings, "writer", 4, null);
          yield new Database(
              engine,
              pool(settings, "reader", settings.readers(), "pragma query_only = on"),
              writers,
              1);
        }
        case POSTGRES -> {
          // One more: the records API's group commit keeps it. A row that somebody keeps locked
          // must not keep a caller longer than a connection would.
          writers =
              pool(
                  settings,
                  "database",
                  settings.readers() + settings.writers() + 1,
                  AS_SYSTEM + "; set lock_timeout = " + settings.patience().toMillis());
          yield new Database(engine, writers, writers, settings.writers());
        }
      };
    } catch (RuntimeException e) {
      if (writers != null) {
        writers.close();
      }
      throw new DatabaseProblem.Gone(reason(e)).exception(e);
    }
  }

  /**
   * Opens a PostgreSQL that may not be there yet: each connection is tried when it is wanted, and
   * soon given up.
   */
  static Database openLate(DatabaseSettings settings) {
    HikariDataSource pool =
        new HikariDataSource(
            config(settings, "replica", settings.readers(), AS_SYSTEM, LATE_MILLIS));
    return new Database(Engine.POSTGRES, pool, pool, 1);
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
    if (patienceMillis == LATE_MILLIS) {
      config.setInitializationFailTimeout(-1);
    }
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

  public Engine engine() {
    return engine;
  }

  public Dialect dialect() {
    return dialect;
  }

  /** Runs a query on a connection of its own; sees what was committed before. */
  public <T extends @Nullable Object> T read(Function<DSLContext, T> query) {
    try {
      return with(readers, connection -> query.apply(on(connection)));
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    } catch (DataAccessException e) {
      throw problem(e);
    }
  }

  /** As {@link #read}, with the bare connection. */
  public <T extends @Nullable Object> T readJdbc(ConnectionWork<T> query) {
    try {
      return with(readers, query);
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
      case POSTGRES -> readAsTenant(tenant, AS_TENANT, query);
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
        case SQLITE ->
            with(
                readers,
                isBrief ? null : reading,
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    return question.on(new Asked(statement, 1));
                  }
                });
        case POSTGRES ->
            with(
                readers,
                connection -> {
                  try (PreparedStatement statement =
                      connection.prepareStatement(
                          (isBrief ? ASKED_BY_KEY : ASKED_AS_TENANT) + sql)) {
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
      case POSTGRES -> readAsTenant(tenant, FIXED_AS_TENANT, query);
    };
  }

  private <T extends @Nullable Object> T readAsTenant(
      UUID tenant, String become, ConnectionWork<T> query) {
    try {
      return with(
          readers,
          connection -> {
            connection.setReadOnly(true); // Hikari puts it back
            return inTransaction(
                connection,
                own -> {
                  become(own, tenant, become);
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

  /** For the transaction that has begun; what was said for it goes with it. */
  private static void become(Connection connection, UUID tenant, String how) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(how)) {
      statement.setString(1, tenant.toString());
      statement.execute();
    }
  }

  /**
   * Reads in one snapshot: every statement sees the database as the first one found it, whatever is
   * committed meanwhile. Rows can be streamed: on PostgreSQL with a fetch size, on SQLite always.
   */
  public <T extends @Nullable Object> T snapshot(ConnectionWork<T> query) {
    try {
      return with(readers, connection -> inSnapshot(connection, query));
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
      return joined(writing.submit(() -> transaction(work)));
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
                become(connection, tenant, AS_TENANT);
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
    become(
        connection,
        tenant,
        AS_TENANT + ", set_config('lock_timeout', '" + patience.toMillis() + "', true)");
  }

  private <T extends @Nullable Object> T transaction(ConnectionWork<T> work) {
    takeTurn();
    try {
      return with(writers, connection -> inTransaction(connection, work));
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
    return connection(writers);
  }

  /**
   * Work with a connection of its own. A thread that has one may wait for none, or all who have one
   * can come to wait for one more, as they once did, to read the callers' roles, until every wait
   * timed out. Only a reader may become a writer too: no writer waits for a reader.
   */
  private <T extends @Nullable Object> T with(HikariDataSource pool, ConnectionWork<T> work)
      throws SQLException {
    return with(pool, reading, work);
  }

  /**
   * As above.
   *
   * @param elsewhere whose threads do the work of virtual ones; null: they do it themselves
   */
  private <T extends @Nullable Object> T with(
      HikariDataSource pool, @Nullable ExecutorService elsewhere, ConnectionWork<T> work)
      throws SQLException {
    HikariDataSource before = HELD.get();
    assert before == null || (before.equals(readers) && pool.equals(writers))
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
  private static <T extends @Nullable Object> T joined(Future<T> work) throws SQLException {
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

  /**
   * Says whether the database is away: as long as it is, whoever wants a connection is refused at
   * once, and need not wait for what cannot come.
   */
  public void away(boolean isIt) {
    isAway = isIt;
  }

  public boolean isAway() {
    return isAway;
  }

  /**
   * A connection to PostgreSQL past the pool, which may be full of dead ones: for who looks whether
   * the database is back. The caller closes it.
   *
   * @param patienceSeconds how long that may take, and each statement after
   */
  public Connection connect(int patienceSeconds) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", String.valueOf(writers.getUsername()));
    String password = writers.getPassword();
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("loginTimeout", Integer.toString(patienceSeconds));
    Connection connection = DriverManager.getConnection(writers.getJdbcUrl(), properties);
    try {
      connection.setNetworkTimeout(Runnable::run, patienceSeconds * 1000);
      execute(connection, AS_SYSTEM);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
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
    if (reading != null) {
      reading.shutdown();
    }
    readers.close();
    writers.close();
  }

  /** Work on a connection. */
  @FunctionalInterface
  public interface ConnectionWork<T extends @Nullable Object> {
    T on(Connection connection) throws SQLException;
  }
}
