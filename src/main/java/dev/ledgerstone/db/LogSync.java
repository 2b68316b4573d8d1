package dev.ledgerstone.db;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Waits for the disk apart from a commit to SQLite, so that the next transaction is written
 * meanwhile (docs/adr/0018).
 *
 * <p>With {@code synchronous = normal} a commit writes its frames to the log and returns; what a
 * power cut takes is an end of the log, never something before it, and checkpoints wait for the
 * disk by themselves (sqlite.org/pragma.html#pragma_synchronous). Nobody may hear of a commit
 * before {@link #force} has returned.
 */
final class LogSync implements AutoCloseable {
  private final Connection connection;
  private final FileChannel log;

  private LogSync(Connection connection, FileChannel log) {
    this.connection = connection;
    this.log = log;
  }

  /** Takes over from SQLite for one connection, until it is closed. */
  static LogSync of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      FileChannel log = FileChannel.open(path(statement), StandardOpenOption.WRITE);
      statement.execute("pragma synchronous = normal");
      return new LogSync(connection, log);
    } catch (IOException e) {
      throw new SQLException("the log of the database cannot be opened", "58030", e);
    }
  }

  /** Of the log, which is there as long as a connection is. */
  private static Path path(Statement statement) throws SQLException {
    try (ResultSet main = statement.executeQuery("pragma database_list")) {
      return Path.of(main.getString("file") + "-wal");
    }
  }

  /** Returns when all that was committed before is on disk. */
  void force() throws IOException {
    log.force(false);
  }

  /** The connection goes on to others, who rely on SQLite. */
  @Override
  public void close() throws SQLException, IOException {
    try (log;
        Statement statement = connection.createStatement()) {
      statement.execute("pragma synchronous = full");
    }
  }
}
