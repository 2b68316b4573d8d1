package dev.ledgerstone.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Keeps a database in shape while it serves: statistics, indexes, SQLite's log. Table by table, so
 * that calls come through in between; on PostgreSQL indexes are made anew beside the old ones.
 */
public final class Upkeep {
  private static final Executor SAME_THREAD = Runnable::run;

  private static final String TABLES_OF_SQLITE =
      "select name from pragma_table_list where schema = 'main' and type = 'table'"
          + " and name not like 'sqlite\\_%' escape '\\' order by name";

  private static final String TABLES_OF_POSTGRES =
      """
      select c.relname from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      order by c.relname""";

  /** What an interrupted {@code concurrently} leaves behind. */
  private static final String BROKEN_INDEXES =
      """
      select x.relname from pg_index i join pg_class x on x.oid = i.indexrelid
      where not i.indisvalid and x.relkind = 'i' and x.relnamespace = current_schema()::regnamespace
        and x.relname ~ '_cc(new|old)[0-9]*$'""";

  /**
   * One step that was done.
   *
   * @param table {@code *}: all of it
   */
  public record Done(String what, String table, Duration took) {}

  private final Database database;
  private final Consumer<String> progress;
  private final List<Done> done = new ArrayList<>();

  private Upkeep(Database database, Consumer<String> progress) {
    this.database = database;
    this.progress = progress;
  }

  /**
   * Does what is asked for, and on SQLite empties the log into the file.
   *
   * @param reindexes whether every index is made anew
   * @param analyzes whether the planner's statistics are
   * @param progress is told of each step
   */
  public static List<Done> run(
      Database database, boolean reindexes, boolean analyzes, Consumer<String> progress) {
    Upkeep upkeep = new Upkeep(database, progress);
    try {
      switch (database.engine()) {
        case SQLITE -> upkeep.sqlite(reindexes, analyzes);
        case POSTGRES -> upkeep.postgres(reindexes, analyzes);
      }
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
    return List.copyOf(upkeep.done);
  }

  private void sqlite(boolean reindexes, boolean analyzes) throws SQLException {
    List<String> tables =
        database.readJdbc(
            connection -> {
              try (Statement statement = connection.createStatement()) {
                return names(statement, TABLES_OF_SQLITE);
              }
            });
    for (String table : tables) {
      if (reindexes) {
        inATransaction("reindex", table);
      }
      if (analyzes) {
        inATransaction("analyze", table);
      }
    }
    try (Connection connection = database.borrowWriter();
        Statement statement = connection.createStatement()) {
      time(statement, "checkpoint", "*", "pragma wal_checkpoint(truncate)");
    }
  }

  private void inATransaction(String what, String table) {
    database.<Boolean>writeJdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            time(statement, what, table, what + " " + quoted(table));
          }
          return true;
        });
  }

  private void postgres(boolean reindexes, boolean analyzes) throws SQLException {
    try (Connection connection = database.borrowWriter()) {
      int timeout = connection.getNetworkTimeout();
      connection.setNetworkTimeout(SAME_THREAD, 0); // an index on a large table takes minutes
      try (Statement statement = connection.createStatement()) {
        if (reindexes) {
          for (String index : names(statement, BROKEN_INDEXES)) {
            time(statement, "drop broken index", index, "drop index concurrently " + quoted(index));
          }
        }
        for (String table : names(statement, TABLES_OF_POSTGRES)) {
          if (reindexes) {
            time(statement, "reindex", table, "reindex table concurrently " + quoted(table));
          }
          if (analyzes) {
            time(statement, "analyze", table, "analyze " + quoted(table));
          }
        }
      } finally {
        connection.setNetworkTimeout(SAME_THREAD, timeout);
      }
    }
  }

  private void time(Statement statement, String what, String table, String sql)
      throws SQLException {
    progress.accept(what + " " + table);
    long begin = System.nanoTime();
    statement.execute(sql);
    done.add(new Done(what, table, Duration.ofNanos(System.nanoTime() - begin)));
  }

  private static List<String> names(Statement statement, String question) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(question)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
