package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statements that are kept act as new ones would. */
class SqliteConnectionTest {
  private static final String INSERT = "insert into t (a, b) values (?, ?)";
  private static final String SELECT = "select b from t where a = ?";

  @TempDir private Path folder;
  private SqliteSource source;
  private Connection connection;

  @BeforeEach
  void open() throws SQLException {
    source = new SqliteSource("jdbc:sqlite:" + folder.resolve("a.db"), Duration.ofSeconds(1));
    connection = source.getConnection();
    execute(connection, "create table t (a integer primary key, b varchar not null)");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void insert(int a, String b) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      statement.setInt(1, a);
      statement.setString(2, b);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  private String select(int a) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
      statement.setInt(1, a);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : "none";
      }
    }
  }

  @Test
  void theSameTextIsTheSameStatementOnceItWasClosed() throws SQLException {
    PreparedStatement first = connection.prepareStatement(SELECT);
    first.close();
    assertThat(first.isClosed()).isTrue();
    try (PreparedStatement again = connection.prepareStatement(SELECT);
        PreparedStatement beside = connection.prepareStatement(SELECT)) {
      assertThat(again).isSameAs(first);
      assertThat(again.isClosed()).isFalse();
      assertThat(beside).isNotSameAs(first);
    }
    PreparedStatement pragma = connection.prepareStatement("pragma user_version");
    pragma.close();
    try (PreparedStatement again = connection.prepareStatement("pragma user_version")) {
      assertThat(again).isNotSameAs(pragma);
    }
  }

  @Test
  void eachUseHasItsOwnValuesAndRows() throws SQLException {
    insert(1, "one");
    insert(2, "two");
    assertThat(select(1)).isEqualTo("one");
    assertThat(select(2)).isEqualTo("two");
    assertThat(select(3)).isEqualTo("none");
    assertThat(select(1)).isEqualTo("one");
  }

  @Test
  void aBatchLeavesNothingForTheNext() throws SQLException {
    for (int round = 0; round < 2; round++) {
      try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
        for (int i = 0; i < 3; i++) {
          statement.setInt(1, round * 10 + i);
          statement.setString(2, "x");
          statement.addBatch();
        }
        if (round == 0) {
          continue; // closed without having been run
        }
        assertThat(statement.executeBatch()).hasSize(3);
      }
    }
    assertThat(select(0)).isEqualTo("none");
    assertThat(select(12)).isEqualTo("x");
  }

  @Test
  void oneThatFailedIsNotHandedOutAgain() throws SQLException {
    insert(1, "one");
    assertThatThrownBy(() -> insert(1, "again")).isInstanceOf(SQLException.class);
    insert(2, "two");
    assertThat(select(2)).isEqualTo("two");
  }

  @Test
  void aReadEndsWithItsStatement() throws SQLException {
    insert(1, "one");
    PreparedStatement statement = connection.prepareStatement("select a from t");
    assertThat(statement.execute()).isTrue(); // its rows are not read
    statement.close();
    try (Connection other = source.getConnection()) {
      execute(other, "insert into t (a, b) values (2, 'two')");
      try (Statement checkpoint = other.createStatement();
          ResultSet row = checkpoint.executeQuery("pragma wal_checkpoint(truncate)")) {
        assertThat(row.getInt(1)).as("busy").isZero();
      }
    }
    assertThat(select(2)).isEqualTo("two");
  }

  @Test
  void aKeptStatementKnowsTheSchemaAsItIs() throws SQLException {
    insert(1, "one");
    assertThat(select(1)).isEqualTo("one");
    try (Connection other = source.getConnection()) {
      execute(other, "create index t_b on t (b)");
      execute(other, "alter table t add column c integer");
    }
    assertThat(select(1)).isEqualTo("one");
    execute(connection, "drop table t");
    assertThatThrownBy(() -> select(1)).hasMessageContaining("no such table");
  }

  @Test
  void largeValuesAreNotHeld() throws SQLException {
    PreparedStatement statement = connection.prepareStatement(INSERT);
    statement.setInt(1, 1);
    statement.setString(2, "x".repeat(1 << 20));
    statement.executeUpdate();
    statement.close();
    try (PreparedStatement next = connection.prepareStatement(INSERT)) {
      assertThat(next).isNotSameAs(statement);
    }
  }

  @Test
  void noMoreAreKeptThanAreWorthIt() throws SQLException {
    PreparedStatement first = connection.prepareStatement(SELECT);
    first.close();
    for (int i = 0; i < SqliteConnection.MOST_KEPT; i++) {
      connection.prepareStatement("select b from t where a = " + i).close();
    }
    try (PreparedStatement again = connection.prepareStatement(SELECT)) {
      assertThat(again).isNotSameAs(first);
    }
  }

  /** Samples would make SQLite compile a kept statement again for each value. */
  @Test
  void analyzeTakesNoSamples() throws SQLException {
    for (int i = 0; i < 100; i++) {
      insert(i, "b" + i);
    }
    execute(connection, "create index t_b on t (b)");
    execute(connection, "analyze");
    try (Statement statement = connection.createStatement();
        ResultSet tables =
            statement.executeQuery(
                "select count(*) from sqlite_master where name = 'sqlite_stat1'")) {
      assertThat(tables.getInt(1)).isOne();
    }
    try (Statement statement = connection.createStatement();
        ResultSet samples = statement.executeQuery("select count(*) from sqlite_stat4")) {
      assertThat(samples.getInt(1)).isZero();
    }
  }
}
