package dev.ledgerstone.ops.archive;

import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A new SQLite file beside the place of the database, which it takes when it is whole. Triggers and
 * indexes are made after the rows, so that rows stay as they were and come fast; words to be
 * searched follow their rows by triggers that stay.
 */
final class SqliteTarget implements Target {
  private static final int BATCH = 1000;

  /** They fill the tables of words. */
  private static final String WORDS = "%\\_fts\\_%";

  private final Path file;
  private final Path part;
  private final Runnable upgrade;
  private final Connection connection;
  private final List<String> later = new ArrayList<>();
  private @Nullable PreparedStatement insert;
  private List<Shape.Column> columns = List.of();
  private int batched;
  private boolean isOver;

  /**
   * @param file where the database will be; there is none, or one that is to be replaced
   * @param part a file of the schema's version that the archive has
   * @param upgrade brings it to this server's version
   */
  SqliteTarget(Path file, Path part, Runnable upgrade) throws SQLException {
    this.file = file;
    this.part = part;
    this.upgrade = upgrade;
    connection = DriverManager.getConnection("jdbc:sqlite:" + part);
  }

  @Override
  public void begin(List<Manifest.Content> tables) throws SQLException {
    // Nobody else sees the file before it is whole, so nothing needs a journal.
    for (String pragma :
        List.of(
            "journal_mode = off",
            "synchronous = off",
            "locking_mode = exclusive",
            "foreign_keys = off",
            "threads = 2", // of which one sorts an index while the other reads on
            "cache_size = -262144")) {
      execute("pragma " + pragma);
    }
    execute("begin immediate");
    leaveForLater("trigger", "name not like '" + WORDS + "' escape '\\'");
    leaveForLater("index", "sql is not null");
    for (Manifest.Content each : tables) {
      execute("delete from " + each.shape().name());
    }
  }

  private void leaveForLater(String type, String which) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select name, sql from sqlite_schema where type = '"
                    + type
                    + "' and "
                    + which
                    + " order by name")) {
      while (row.next()) {
        names.add(row.getString(1));
        later.add(row.getString(2));
      }
    }
    for (String name : names) {
      execute("drop " + type + " \"" + name + "\"");
    }
  }

  @Override
  public void table(Shape shape) throws SQLException {
    flush();
    columns = shape.columns();
    insert =
        connection.prepareStatement(
            "insert into "
                + shape.name()
                + " ("
                + shape.names()
                + ") values (?"
                + ", ?".repeat(columns.size() - 1)
                + ")");
  }

  @Override
  public void row(@Nullable Object[] values) throws SQLException {
    PreparedStatement into = insert;
    if (into == null) {
      throw new IllegalStateException("rows of no table");
    }
    for (int i = 0; i < values.length; i++) {
      switch (values[i]) {
        case null -> into.setNull(i + 1, Types.NULL);
        case String text -> into.setString(i + 1, text);
        case Long number -> into.setLong(i + 1, number);
        case Boolean truth -> into.setBoolean(i + 1, truth);
        case Object other -> into.setObject(i + 1, other);
      }
    }
    into.addBatch();
    if (++batched == BATCH) {
      into.executeBatch();
      batched = 0;
    }
  }

  private void flush() throws SQLException {
    if (insert != null) {
      if (batched > 0) {
        insert.executeBatch();
        batched = 0;
      }
      insert.close();
      insert = null;
    }
  }

  @Override
  public void finish() throws SQLException, IOException {
    flush();
    for (String each : later) {
      execute(each);
    }
    checkReferences();
    execute("commit");
    execute("pragma analysis_limit = 1000"); // no samples: db.SqliteConnection says why
    execute("analyze");
    execute("pragma locking_mode = normal");
    execute("pragma journal_mode = wal");
    connection.close();
    upgrade.run();
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    giveWay();
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    isOver = true;
  }

  private void checkReferences() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("pragma foreign_key_check")) {
      if (row.next()) {
        throw Damage.of(
            "a row of "
                + row.getString(1)
                + " refers to one of "
                + row.getString(3)
                + " that is not in the archive");
      }
    }
  }

  /**
   * Takes the log of the database away that is replaced, or it would be played into the new one;
   * fails if somebody works on it.
   */
  private void giveWay() throws SQLException {
    if (!Files.exists(file)) {
      return;
    }
    try (Connection old = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = old.createStatement();
        ResultSet row = statement.executeQuery("pragma journal_mode = delete")) {
      if (!row.next() || !row.getString(1).equals("delete")) {
        throw inUse(null);
      }
    } catch (SQLException e) {
      throw inUse(e);
    }
  }

  private RuntimeException inUse(@Nullable SQLException cause) {
    RequestProblem.Conflict problem =
        new RequestProblem.Conflict(
            "a server works on " + file, "stop it, and restore again: nothing was changed");
    return cause == null ? problem.exception() : problem.exception(cause);
  }

  @Override
  public void close() {
    if (isOver) {
      return;
    }
    try {
      connection.close();
      for (String suffix : List.of("", "-wal", "-shm", "-journal")) {
        Files.deleteIfExists(part.resolveSibling(part.getFileName() + suffix));
      }
    } catch (SQLException | IOException e) {
      throw new UncheckedIOException(
          "what was begun cannot be taken away: " + part, new IOException(e));
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
