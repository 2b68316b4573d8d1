package dev.ledgerstone.records;

import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Audit.Deed;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.query.RowWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * Transactions of writing requests: each is whole, or absent, and its entries in the audit log are
 * in it.
 *
 * <p>SQLite has one writer, and an fsync costs more than many a request: requests that wait share a
 * commit, and rows for one table a statement. One that fails takes back itself alone: most fail
 * before they changed a row, and have nothing to take back; if one fails later, all of them run
 * again, each behind a savepoint of its own. (A savepoint has SQLite copy each page that is changed
 * behind it, docs/performance.md.)
 *
 * <p>PostgreSQL has writers for all, and shares the fsync by itself; but a single new row costs six
 * round trips there. Those that wait share them, and their commit. An error ends all of a
 * transaction: where one fails, each of them runs by itself, beside the others.
 */
final class Transactions implements AutoCloseable {
  private static final int MOST_TRIES = 4;
  private static final int MOST_WAITING = 2_000;

  /** A lock that somebody keeps must not keep all who share a transaction: each waits by itself. */
  private static final Duration PATIENCE = Duration.ofMillis(100);

  private final Database database;
  private final RowWriter rows;
  private final GroupCommit<Entry<?>> group;

  Transactions(Database database, RowWriter rows) {
    this.database = database;
    this.rows = rows;
    this.group =
        new GroupCommit<>(
            "records-writer", database, MOST_WAITING, this::write, () -> {}, (_, _) -> {});
  }

  /** Writes; may be called again from its begin, and so must not remember anything. */
  @FunctionalInterface
  interface Work<T> {
    /**
     * @param deeds takes what was done, for the audit log
     * @param made rows that are there already
     */
    T on(Connection connection, List<Deed> deeds, Made made) throws SQLException;
  }

  /** Carries a result out of a transaction that is to leave nothing. */
  private static final class TakenBack extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Object result;

    TakenBack(Object result) {
      super("taken back, as the request asked", null, false, false);
      this.result = result;
    }
  }

  /**
   * Runs work in one transaction, which on PostgreSQL reaches one tenant's rows alone.
   *
   * @param plan what the work does, if that is all
   * @param isTakenBack whether it is rolled back at its end, and only its result stays
   */
  @SuppressWarnings("unchecked") // what is taken back is what the work gave
  <T> T run(UUID tenant, Optional<WritePlan> plan, Work<T> work, boolean isTakenBack) {
    if (!isTakenBack) {
      boolean isShared =
          database.engine() == Engine.SQLITE || plan.filter(Made::isJoinable).isPresent();
      return isShared
          ? grouped(tenant, new Entry<>(tenant, work, plan, false))
          : alone(tenant, work);
    }
    Work<T> undone =
        (connection, deeds, made) -> {
          throw new TakenBack(work.on(connection, deeds, made));
        };
    try {
      return database.engine() == Engine.POSTGRES
          ? alone(tenant, undone)
          : grouped(tenant, new Entry<>(tenant, undone, Optional.empty(), true));
    } catch (TakenBack e) {
      return (T) e.result;
    }
  }

  /** One that lost against another (SQLSTATE class 40: a deadlock) is run again. */
  private <T> T alone(UUID tenant, Work<T> work) {
    for (int i = 1; ; i++) {
      try {
        return database.writeAs(
            tenant,
            connection -> {
              List<Deed> deeds = new ArrayList<>();
              T result = work.on(connection, deeds, Made.nothing());
              Audit.write(database.on(connection), deeds);
              return result;
            });
      } catch (ProblemException e) {
        boolean hasLost =
            e.getCause() instanceof SQLException cause && SqlStates.of(cause).startsWith("40");
        if (i == MOST_TRIES || !hasLost) {
          throw e;
        }
      }
    }
  }

  private <T> T grouped(UUID tenant, Entry<T> entry) {
    if (!group.offer(entry)) {
      throw new RequestProblem.Unavailable("the database's writer", 1).exception();
    }
    try {
      return entry.done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Parted) {
        return alone(tenant, entry.work);
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Says that a shared transaction is taken back, and each request to be run by itself. */
  private static final class Parted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Parted() {
      super("a request that shared the transaction failed", null, false, false);
    }
  }

  /** One request's part of a shared commit. */
  private static final class Entry<T> implements GroupCommit.Entry {
    private final UUID tenant;
    private final Work<T> work;
    private final WritePlan.@Nullable Insert joinable;
    private final boolean isTakenBack;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private @Nullable T result;
    private @Nullable RuntimeException failure;

    Entry(UUID tenant, Work<T> work, Optional<WritePlan> plan, boolean isTakenBack) {
      this.tenant = tenant;
      this.work = work;
      this.joinable = plan.filter(Made::isJoinable).map(it -> (WritePlan.Insert) it).orElse(null);
      this.isTakenBack = isTakenBack;
    }

    /**
     * Runs it as it is.
     *
     * @return false: it failed, and has changed rows before
     */
    boolean runBare(Connection connection, Made made, List<Deed> all) throws SQLException {
      long before = Database.changes(connection);
      List<Deed> deeds = attempt(connection, made);
      if (failure == null) {
        all.addAll(deeds);
        return true;
      }
      boolean isMade = joinable != null && made.of(joinable).isPresent();
      if (isMade || Database.changes(connection) != before) {
        return false;
      }
      requireOpen(connection);
      return true;
    }

    /** Leaves nothing behind if it fails. */
    void runSaved(Connection connection, List<Deed> all) throws SQLException {
      execute(connection, "savepoint request");
      List<Deed> deeds = attempt(connection, Made.nothing());
      if (failure == null) {
        all.addAll(deeds);
      } else {
        execute(connection, "rollback to request");
      }
      execute(connection, "release request");
    }

    private List<Deed> attempt(Connection connection, Made made) {
      List<Deed> deeds = new ArrayList<>();
      result = null;
      failure = null;
      try {
        result = work.on(connection, deeds, made);
      } catch (SQLException e) {
        failure = DatabaseProblem.of(e);
      } catch (RuntimeException e) {
        failure = e;
      }
      return deeds;
    }

    @Override
    public void committed() {
      RuntimeException fault = failure;
      T made = result;
      if (fault != null) {
        done.completeExceptionally(fault);
      } else if (made != null) {
        done.complete(made);
      } else {
        done.completeExceptionally(new IllegalStateException("a request without a result"));
      }
    }

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      done.completeExceptionally(DatabaseProblem.of(cause));
    }

    @Override
    public boolean mustLast() {
      return false;
    }
  }

  private void write(Connection connection, List<Entry<?>> entries) throws SQLException {
    switch (database.engine()) {
      case SQLITE -> writeOne(connection, entries);
      case POSTGRES -> writeOrPart(connection, entries);
    }
  }

  private void writeOrPart(Connection connection, List<Entry<?>> entries) throws SQLException {
    Map<UUID, List<Entry<?>>> alike = new LinkedHashMap<>();
    for (Entry<?> entry : entries) {
      alike.computeIfAbsent(entry.tenant, _ -> new ArrayList<>()).add(entry);
    }
    try {
      for (Map.Entry<UUID, List<Entry<?>>> each : alike.entrySet()) {
        writeAs(connection, each.getKey(), each.getValue());
      }
    } catch (Parted | DataAccessException _) {
      connection.rollback();
      entries.forEach(entry -> entry.failure = new Parted());
    }
  }

  private void writeAs(Connection connection, UUID tenant, List<Entry<?>> entries)
      throws SQLException {
    Database.become(connection, tenant, PATIENCE);
    Made made = join(connection, entries);
    List<Deed> deeds = new ArrayList<>();
    for (Entry<?> entry : entries) {
      if (made.isComplete()) {
        deeds.addAll(entry.attempt(connection, made));
      }
      if (!made.isComplete() || entry.failure != null) {
        throw new Parted();
      }
    }
    Audit.write(database.on(connection), deeds);
  }

  private Made join(Connection connection, List<Entry<?>> entries) throws SQLException {
    List<WritePlan.Insert> inserts = new ArrayList<>();
    for (Entry<?> entry : entries) {
      if (entry.joinable != null) {
        inserts.add(entry.joinable);
      }
    }
    return Made.join(rows, connection, inserts);
  }

  private void writeOne(Connection connection, List<Entry<?>> entries) throws SQLException {
    List<Deed> deeds = new ArrayList<>();
    if (!writeBare(connection, entries, deeds)) {
      deeds.clear();
      for (Entry<?> entry : entries) {
        entry.runSaved(connection, deeds);
      }
    }
    Audit.write(database.on(connection), deeds);
  }

  /**
   * Runs requests without savepoints of their own.
   *
   * @return false: one failed behind a change; nothing of any of them is left
   */
  private boolean writeBare(Connection connection, List<Entry<?>> entries, List<Deed> deeds)
      throws SQLException {
    if (entries.stream().anyMatch(it -> it.isTakenBack)) {
      return false;
    }
    execute(connection, "savepoint batch");
    execute(connection, "savepoint running");
    Made made = join(connection, entries);
    if (!made.isComplete()) {
      requireOpen(connection);
    }
    for (Entry<?> entry : entries) {
      if (!entry.runBare(connection, made, deeds)) {
        execute(connection, "rollback to batch");
        execute(connection, "release batch");
        return false;
      }
    }
    execute(connection, "release batch");
    return true;
  }

  /** Fails where the transaction is gone: a full disk or an interrupted write ends it. */
  private static void requireOpen(Connection connection) throws SQLException {
    execute(connection, "release running");
    execute(connection, "savepoint running");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    // Prepared: SQLite's connection keeps it.
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  @Override
  public void close() {
    group.close();
  }
}
