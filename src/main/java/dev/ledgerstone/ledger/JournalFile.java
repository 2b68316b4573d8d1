package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.ledgerstone.base.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The journal's file: entries in the order in which they were written, each on disk when {@link
 * #append} returns. SQLite, so that a torn write at a crash is its problem and not ours.
 *
 * <p>Sequences rise for ever, also over entries that are gone: a mark in the database that names
 * one never comes to mean another. For one thread at a time.
 */
final class JournalFile implements AutoCloseable {
  /** An entry with its place. */
  record Stored(long sequence, JournalEntry entry) {}

  private final Connection connection;
  private final UUID id;
  private final AtomicLong length = new AtomicLong();

  private JournalFile(Connection connection) throws SQLException {
    this.connection = connection;
    run("create table if not exists journal (id text not null)");
    run(
        "create table if not exists entry (sequence integer primary key autoincrement, kind text not null, body text not null)");
    run(
        "create table if not exists rejected (sequence integer primary key, kind text not null, body text not null, reason text not null)");
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into journal select ? where not exists (select 1 from journal)")) {
      insert.setString(1, Ids.next().toString());
      insert.executeUpdate();
    }
    this.id = UUID.fromString(one("select id from journal"));
    this.length.set(Long.parseLong(one("select count(*) from entry")));
  }

  /** Opens a journal; made if it is not there, and for its owner alone: it holds what was said. */
  static JournalFile open(Path file) {
    try {
      if (Files.notExists(file)) {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
          Files.createFile(
              file,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
          Files.createFile(file);
        }
      }
      Properties pragmas = new Properties();
      pragmas.setProperty("busy_timeout", "10000");
      pragmas.setProperty("journal_mode", "WAL");
      pragmas.setProperty("synchronous", "FULL");
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file, pragmas);
      try {
        return new JournalFile(connection);
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException("the journal " + file + " cannot be opened", e);
    }
  }

  /** Whose entries they are, wherever the file is brought. */
  UUID id() {
    return id;
  }

  /** Entries that wait; for any thread. */
  long length() {
    return length.get();
  }

  /** Writes entries; they are on disk when this returns, all or none. */
  void append(List<JournalEntry> entries) throws SQLException {
    if (entries.isEmpty()) {
      return;
    }
    transact(
        () -> {
          try (PreparedStatement insert =
              connection.prepareStatement("insert into entry (kind, body) values (?, ?)")) {
            for (JournalEntry entry : entries) {
              insert.setString(1, JournalEntry.Kind.of(entry).name());
              insert.setString(2, JournalEntry.Kind.text(entry));
              insert.addBatch();
            }
            insert.executeBatch();
          }
        });
    length.addAndGet(entries.size());
  }

  /** The first entries after a sequence, in their order. */
  List<Stored> read(long after, int most) throws SQLException {
    List<Stored> entries = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "select sequence, kind, body from entry where sequence > ? order by sequence limit ?")) {
      select.setLong(1, after);
      select.setInt(2, most);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          entries.add(
              new Stored(
                  rows.getLong(1),
                  JournalEntry.Kind.valueOf(rows.getString(2)).read(rows.getString(3))));
        }
      }
    } catch (JsonProcessingException e) {
      throw new SQLException("an entry of the journal cannot be read", "XX001", e);
    }
    return entries;
  }

  /** Forgets entries that the database has: those up to a sequence. */
  void forget(long through) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("delete from entry where sequence <= ?")) {
      delete.setLong(1, through);
      length.addAndGet(-delete.executeUpdate());
    }
  }

  /** Puts an entry aside that the database will never take. */
  void reject(long sequence, String reason) throws SQLException {
    transact(
        () -> {
          try (PreparedStatement keep =
                  connection.prepareStatement(
                      "insert into rejected (sequence, kind, body, reason) select sequence, kind, body, ? from entry where sequence = ?");
              PreparedStatement delete =
                  connection.prepareStatement("delete from entry where sequence = ?")) {
            keep.setString(1, reason);
            keep.setLong(2, sequence);
            keep.executeUpdate();
            delete.setLong(1, sequence);
            length.addAndGet(-delete.executeUpdate());
          }
        });
  }

  /** Calls that were begun here and have no end here, though nobody is left to end them. */
  List<JournalEntry.Begun> open() throws SQLException {
    Map<UUID, JournalEntry.Begun> open = new HashMap<>();
    long after = 0;
    while (true) {
      List<Stored> page = read(after, 1000);
      if (page.isEmpty()) {
        return List.copyOf(open.values());
      }
      for (Stored stored : page) {
        switch (stored.entry) {
          case JournalEntry.Begun begun -> open.put(begun.line(), begun);
          case JournalEntry.Ended ended -> open.remove(ended.line());
          case JournalEntry.Served _, JournalEntry.Freed _ -> {}
        }
      }
      after = page.getLast().sequence;
    }
  }

  private interface Work {
    void run() throws SQLException;
  }

  private void transact(Work work) throws SQLException {
    try {
      run("begin immediate");
      work.run();
      run("commit");
    } catch (SQLException e) {
      try {
        run("rollback");
      } catch (SQLException _) {
        // the one that broke it tells more
      }
      // A full disk may have room later: what must last is kept, and tried again.
      throw new SQLException("the journal cannot be written: " + e.getMessage(), "58030", e);
    }
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String one(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new SQLException("the journal is not one of ours", "XX001");
      }
      return rows.getString(1);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("the journal cannot be closed", e);
    }
  }
}
