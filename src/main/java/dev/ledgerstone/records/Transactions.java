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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Transactions of writing requests: each is whole, or absent, and its entries in the audit log are
 * in it.
 *
 * <p>SQLite has one writer, and an fsync costs more than many a request: requests that wait share a
 * commit, and rows for one table a statement. One that fails takes back itself alone: most fail
 * before they changed a row, and have nothing to take back; if one fails later, all of them run
 * again, each behind a savepoint of its own. (A savepoint has SQLite copy each page that is changed
 * behind it, docs/performance.md.) PostgreSQL has writers for all, and shares the fsync by itself.
 */
final class Transactions implements AutoCloseable {
  private static final int MOST_TRIES = 4;
  private static final int MOST_WAITING = 2_000;

  private final Database database;
  private final RowWriter rows;
  private final @Nullable GroupCommit<Entry<?>> group;

  Transactions(Database database, RowWriter rows) {
    this.database = database;
    this.rows = rows;
    this.group =
        database.engine() == Engine.SQLITE
            ? new GroupCommit<>(
                "records-writer", database, MOST_WAITING, this::write, () -> {}, (_, _) -> {})
            : null;
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
      return group == null ? alone(tenant, work) : grouped(group, new Entry<>(work, plan, false));
    }
    Work<T> undone =
        (connection, deeds, made) -> {
          throw new TakenBack(work.on(connection, deeds, made));
        };
    try {
      return group == null
          ? alone(tenant, undone)
          : grouped(group, new Entry<>(undone, Optional.empty(), true));
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

  private static <T> T grouped(GroupCommit<Entry<?>> group, Entry<T> entry) {
    if (!group.offer(entry)) {
      throw new RequestProblem.Unavailable("the database's writer", 1).exception();
    }
    try {
      return entry.done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** One request's part of a shared commit. */
  private static final class Entry<T> implements GroupCommit.Entry {
    private final Work<T> work;
    private final WritePlan.@Nullable Insert joinable;
    private final boolean isTakenBack;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private @Nullable T result;
    private @Nullable RuntimeException failure;

    Entry(Work<T> work, Optional<WritePlan> plan, boolean isTakenBack) {
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
    List<WritePlan.Insert> inserts = new ArrayList<>();
    for (Entry<?> entry : entries) {
      if (entry.joinable != null) {
        inserts.add(entry.joinable);
      }
    }
    Made made = Made.join(rows, connection, inserts);
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
    if (group != null) {
      group.close();
    }
  }
}
