package dev.ledgerstone.db;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;

/** Connections to one SQLite file, each with its pragmas and {@link SqliteFunctions}. */
final class SqliteSource implements DataSource {
  private final String url;
  private final Properties pragmas = new Properties();
  private volatile int loginTimeout;

  SqliteSource(String url, Duration patience) {
    this.url = url;
    // As properties: of an init string with several statements the driver runs only the first.
    pragmas.setProperty("busy_timeout", Long.toString(patience.toMillis()));
    pragmas.setProperty("journal_mode", "WAL");
    pragmas.setProperty("synchronous", "FULL");
    pragmas.setProperty("foreign_keys", "true");
    pragmas.setProperty("journal_size_limit", "67108864");
    pragmas.setProperty("temp_store", "MEMORY");
    pragmas.setProperty("cache_size", "-32000");
    pragmas.setProperty("transaction_mode", "IMMEDIATE");
    // Else the driver asks for the last rowid after each insert, and its answer stays open.
    pragmas.setProperty("jdbc.get_generated_keys", "false");
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = new SqliteConnection(url, url.substring(JDBC.PREFIX.length()), pragmas);
    try {
      SqliteFunctions.register(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    // It logs nothing.
  }

  /** A file is there or it is not; but the pool, when it is closed, waits so long for who opens. */
  @Override
  public void setLoginTimeout(int seconds) {
    loginTimeout = seconds;
  }

  @Override
  public int getLoginTimeout() {
    return loginTimeout;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("it logs nothing");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("it wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
