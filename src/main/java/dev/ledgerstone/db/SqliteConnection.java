package dev.ledgerstone.db;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Properties;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.core.DB;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/**
 * A connection that keeps its prepared statements when they are closed, and hands them out again
 * for the same text: SQLite's driver compiles each anew, which for a row by its key cost three
 * times what running it does (docs/performance.md). SQLite compiles a kept one again by itself when
 * the schema has changed.
 */
final class SqliteConnection extends JDBC4Connection {
  /**
   * A limit also keeps {@code analyze} from taking samples: where there are any, SQLite compiles a
   * kept statement again for each new value.
   */
  private static final String STATISTICS = "pragma analysis_limit = 1000";

  /** Statements that wait; the one that was used least recently goes. */
  static final int MOST_KEPT = 120;

  /** Not pragmas, some of which act while they are compiled. */
  private static final Pattern WORTH_KEEPING =
      Pattern.compile(
          "(?i)\\s*(?:select|with|insert|update|delete|savepoint|release|rollback to)\\b.*",
          Pattern.DOTALL);

  private final SequencedMap<String, Kept> waiting = new LinkedHashMap<>(16, 0.75f, true);

  SqliteConnection(String url, String file, Properties pragmas) throws SQLException {
    super(url, file, pragmas);
    try (Statement statement = createStatement()) {
      statement.execute(STATISTICS);
    }
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    Kept kept = waiting.remove(sql);
    if (kept != null) {
      kept.isOut = true;
      return kept;
    }
    return WORTH_KEEPING.matcher(sql).lookingAt()
        ? new Kept(this, sql)
        : super.prepareStatement(sql, type, concurrency, holdability);
  }

  private void keep(String sql, Kept statement) throws SQLException {
    Kept other = waiting.put(sql, statement);
    if (other != null) {
      other.end(); // two were out at once
    }
    if (waiting.size() > MOST_KEPT) {
      Kept oldest = waiting.pollFirstEntry().getValue();
      oldest.end();
    }
  }

  /** A statement that goes back to its connection when it is closed. */
  private static final class Kept extends JDBC4PreparedStatement {
    /** A value of more characters or bytes is not held for the sake of its statement. */
    private static final int LARGE = 1 << 16;

    private final SqliteConnection home;
    private final String text;
    private boolean isOut = true;
    private boolean isLarge;

    Kept(SqliteConnection home, String text) throws SQLException {
      super(home, text);
      this.home = home;
      this.text = text;
    }

    @Override
    protected void batch(int at, @Nullable Object value) throws SQLException {
      isLarge |=
          (value instanceof String text && text.length() > LARGE)
              || (value instanceof byte[] bytes && bytes.length > LARGE);
      super.batch(at, value);
    }

    /**
     * Its values stay bound until the next ones: to clear them would make SQLite compile it again.
     */
    @Override
    public void close() throws SQLException {
      if (!isOut) {
        return;
      }
      isOut = false;
      if (isLarge || pointer.isClosed()) { // closed: it failed, or its connection was
        super.close();
        return;
      }
      rs.close();
      pointer.safeRunInt(DB::reset); // or its read would go on
      batch = null;
      batchPos = 0;
      batchQueryCount = 0;
      setQueryTimeout(0);
      setMaxRows(0);
      home.keep(text, this);
    }

    @Override
    public boolean isClosed() {
      return !isOut;
    }

    private void end() throws SQLException {
      super.close();
    }
  }
}
