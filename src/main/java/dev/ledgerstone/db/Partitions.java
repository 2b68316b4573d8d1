package dev.ledgerstone.db;

import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the monthly partitions of the tables that PostgreSQL partitions by range of a UUIDv7 id;
 * does nothing on SQLite.
 *
 * <p>Which tables those are is read from the catalogue. A partition is named {@code table_YYYY_MM}
 * and holds the ids of that month in UTC. Rows for which there is no month fall into the default
 * partition that the migration made; a month that has rows there already is left to it, for
 * PostgreSQL refuses a partition whose rows lie elsewhere.
 */
public final class Partitions {
  private static final System.Logger LOG = System.getLogger(Partitions.class.getName());

  /** How many months ahead of the present one. */
  private static final int AHEAD = 3;

  private static final DateTimeFormatter SUFFIX = DateTimeFormatter.ofPattern("uuuu_MM");

  /** "parts" in ASCII: the advisory lock of those who make partitions. */
  private static final long LOCK = 0x7061727473L;

  /** Raised by a default partition that holds rows of the new one. */
  private static final String CHECK_VIOLATION = "23514";

  private static final String PARTITIONED =
      """
      select c.relname
      from pg_partitioned_table p
      join pg_class c on c.oid = p.partrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
      where p.partstrat = 'r' and p.partnatts = 1 and a.atttypid = 'uuid'::regtype
        and c.relnamespace = current_schema()::regnamespace
      order by c.relname
      """;

  private static final String EXISTS =
      """
      select exists (
        select 1 from pg_inherits i
        join pg_class part on part.oid = i.inhrelid
        join pg_class whole on whole.oid = i.inhparent
        where whole.relname = ? and part.relname = ? and whole.relnamespace = current_schema()::regnamespace)
      """;

  /** Identifiers and bounds are quoted by the server: DDL takes no parameters. */
  private static final String CREATE =
      "select format('create table %I partition of %I for values from (%L) to (%L)',"
          + " cast(? as text), cast(? as text), cast(? as text), cast(? as text))";

  private final Database database;

  public Partitions(Database database) {
    this.database = database;
  }

  /**
   * Makes what is missing from the month of {@code now} to three months ahead. Safe on several
   * nodes at once, and cheap if nothing is missing: call it at start and daily.
   *
   * @return the names of those that this call made
   */
  public List<String> ensure(Instant now) {
    return switch (database.engine()) {
      case SQLITE -> List.of();
      case POSTGRES -> make(YearMonth.from(now.atOffset(ZoneOffset.UTC)));
    };
  }

  private List<String> make(YearMonth first) {
    List<String> made = new ArrayList<>();
    for (String table : database.read(sql -> sql.connectionResult(Partitions::partitioned))) {
      for (int ahead = 0; ahead <= AHEAD; ahead++) {
        YearMonth month = first.plusMonths(ahead);
        String name = table + "_" + SUFFIX.format(month);
        boolean exists =
            database.read(
                sql -> sql.connectionResult(connection -> exists(connection, table, name)));
        if (!exists && database.writeJdbc(connection -> make(connection, table, name, month))) {
          made.add(name);
        }
      }
    }
    return List.copyOf(made);
  }

  private static List<String> partitioned(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(PARTITIONED)) {
      while (row.next()) {
        tables.add(row.getString(1));
      }
    }
    return tables;
  }

  private static boolean exists(Connection connection, String table, String name)
      throws SQLException {
    try (PreparedStatement question = connection.prepareStatement(EXISTS)) {
      question.setString(1, table);
      question.setString(2, name);
      try (ResultSet row = question.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static boolean make(Connection connection, String table, String name, YearMonth month)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
      if (exists(connection, table, name)) {
        return false; // another node was faster
      }
      statement.execute("set local lock_timeout = '3s'"); // or all calls queue up behind this one
      var beforeCreate = connection.setSavepoint();
      try {
        statement.execute(create(connection, table, name, month));
        return true;
      } catch (SQLException e) {
        if (!SqlStates.of(e).equals(CHECK_VIOLATION)) {
          throw e;
        }
        connection.rollback(beforeCreate);
        LOG.log(
            System.Logger.Level.WARNING,
            "partition {0} cannot be made: the default partition of {1} has rows of that month",
            name,
            table);
        return false;
      }
    }
  }

  private static String create(Connection connection, String table, String name, YearMonth month)
      throws SQLException {
    try (PreparedStatement format = connection.prepareStatement(CREATE)) {
      format.setString(1, name);
      format.setString(2, table);
      format.setString(3, lowest(month));
      format.setString(4, lowest(month.plusMonths(1)));
      try (ResultSet row = format.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static String lowest(YearMonth month) {
    return Ids.lowest(month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC)).toString();
  }
}
