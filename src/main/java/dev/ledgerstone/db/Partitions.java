package dev.ledgerstone.db;

import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * Makes, and takes away, the partitions of the tables that PostgreSQL partitions by range of a
 * UUIDv7 id; does nothing on SQLite.
 *
 * <p>Which tables those are is read from the catalogue. They are cut by month, those of {@link
 * #BY_DAY} by day. A partition is named {@code table_YYYY_MM} or {@code table_YYYY_MM_DD} and holds
 * the ids of that time in UTC. Rows for which there is no partition fall into the default one that
 * the migration made; a time that has rows there already is left to it, for PostgreSQL refuses a
 * partition whose rows lie elsewhere.
 */
public final class Partitions {
  private static final System.Logger LOG = System.getLogger(Partitions.class.getName());

  /** What grows so fast, and is kept so short, that a month is too much to drop at once. */
  private static final Set<String> BY_DAY = Set.of("metrics");

  /** How a table is cut. */
  private enum Cut {
    MONTH(3, DateTimeFormatter.ofPattern("uuuu_MM")) {
      @Override
      LocalDate begin(LocalDate day, int ahead) {
        return day.withDayOfMonth(1).plusMonths(ahead);
      }
    },
    DAY(7, DateTimeFormatter.ofPattern("uuuu_MM_dd")) {
      @Override
      LocalDate begin(LocalDate day, int ahead) {
        return day.plusDays(ahead);
      }
    };

    /** How many are made beyond the present one. */
    private final int ahead;

    private final DateTimeFormatter suffix;

    private static final DateTimeFormatter DAYS = DateTimeFormatter.ofPattern("uuuu_MM_dd");

    Cut(int ahead, DateTimeFormatter suffix) {
      this.ahead = ahead;
      this.suffix = suffix;
    }

    /** The first day of the part that lies so many parts after the one of a day. */
    abstract LocalDate begin(LocalDate day, int ahead);

    /** The first day of a part, by what its name ends in. */
    LocalDate day(String ending) {
      return LocalDate.parse(ending.length() == 7 ? ending + "_01" : ending, DAYS);
    }

    static Cut of(String table) {
      return BY_DAY.contains(table) ? DAY : MONTH;
    }
  }

  /**
   * One part of a table.
   *
   * @param from its first day
   * @param to the first day after it
   */
  private record Part(String table, String name, LocalDate from, LocalDate to) {
    static Part of(String table, LocalDate day, int ahead) {
      Cut cut = Cut.of(table);
      LocalDate from = cut.begin(day, ahead);
      return new Part(
          table, table + "_" + cut.suffix.format(from), from, cut.begin(day, ahead + 1));
    }
  }

  /** Parts that {@link #cover} makes: a year and more by day. */
  private static final int MOST = 400;

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

  private static final String PARTS =
      """
      select part.relname from pg_inherits i
      join pg_class part on part.oid = i.inhrelid
      join pg_class whole on whole.oid = i.inhparent
      where whole.relname = ? and whole.relnamespace = current_schema()::regnamespace
      order by part.relname
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

  /** A partition is a table of its own: the policy of the whole does not hold on it. */
  private static final String HOLD = "select hold_tenants(cast(? as regclass))";

  private final Database database;

  public Partitions(Database database) {
    this.database = database;
  }

  /**
   * Makes what is missing from the month of {@code now} to three months ahead, or from its day to
   * seven days ahead. Safe on several nodes at once, and cheap if nothing is missing: call it at
   * start and daily.
   *
   * @return the names of those that this call made
   */
  public List<String> ensure(Instant now) {
    return switch (database.engine()) {
      case SQLITE -> List.of();
      case POSTGRES -> make(LocalDate.ofInstant(now, ZoneOffset.UTC));
    };
  }

  /** The parts of a table whose last day is over before a moment, oldest first; none on SQLite. */
  public List<String> ended(String table, Instant before) {
    return switch (database.engine()) {
      case SQLITE -> List.of();
      case POSTGRES -> {
        Cut cut = Cut.of(table);
        yield database.read(sql -> sql.connectionResult(it -> parts(it, table))).stream()
            .filter(
                part ->
                    !cut.begin(cut.day(part.substring(table.length() + 1)), 1)
                        .atStartOfDay()
                        .toInstant(ZoneOffset.UTC)
                        .isAfter(before))
            .toList();
      }
    };
  }

  /**
   * Keeps everybody from writing into a part until the transaction ends; who reads goes on. What is
   * decided by the part's rows is true until then.
   *
   * @param part one of {@link #ended}
   */
  public void still(DSLContext sql, String part) {
    sql.connection(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("set local lock_timeout = '3s'"); // or all calls queue up behind it
            execute(connection, statement, "lock table %I in share mode", part);
          }
        });
  }

  /**
   * Takes a part away, with all its rows, when the transaction is committed.
   *
   * @param part one of {@link #ended}
   */
  public void drop(DSLContext sql, String table, String part) {
    sql.connection(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("set local lock_timeout = '3s'"); // or all calls queue up behind it
            execute(connection, statement, "alter table %I detach partition %I", table, part);
            execute(connection, statement, "drop table %I", part);
          }
        });
  }

  /**
   * As {@link #drop}, of a part that has no rows; another one stays.
   *
   * @return how many rows have gone: none
   */
  public int dropIfEmpty(DSLContext sql, String table, String part) {
    still(sql, part);
    if (!sql.fetchExists(DSL.table(DSL.name(part)))) {
      drop(sql, table, part);
    }
    return 0;
  }

  private static void execute(
      Connection connection, Statement statement, String pattern, String... names)
      throws SQLException {
    try (PreparedStatement format =
        connection.prepareStatement(
            "select format(?" + ", cast(? as text)".repeat(names.length) + ")")) {
      format.setString(1, pattern);
      for (int i = 0; i < names.length; i++) {
        format.setString(i + 2, names[i]);
      }
      try (ResultSet row = format.executeQuery()) {
        row.next();
        statement.execute(row.getString(1));
      }
    }
  }

  private static List<String> parts(Connection connection, String table) throws SQLException {
    List<String> parts = new ArrayList<>();
    try (PreparedStatement question = connection.prepareStatement(PARTS)) {
      question.setString(1, table);
      try (ResultSet row = question.executeQuery()) {
        while (row.next()) {
          if (row.getString(1).matches(table + "_\\d{4}_\\d{2}(_\\d{2})?")) {
            parts.add(row.getString(1));
          }
        }
      }
    }
    return parts;
  }

  /** The tables that are cut; none on SQLite. */
  public Set<String> tables() {
    return switch (database.engine()) {
      case SQLITE -> Set.of();
      case POSTGRES ->
          Set.copyOf(database.read(sql -> sql.connectionResult(Partitions::partitioned)));
    };
  }

  /**
   * Makes what is missing of one table from one time to another, for rows that come with a past; no
   * more than {@value #MOST} parts, the last ones.
   */
  public void cover(String table, Instant from, Instant to) {
    Cut cut = Cut.of(table);
    LocalDate first = cut.begin(LocalDate.ofInstant(from, ZoneOffset.UTC), 0);
    LocalDate day = cut.begin(LocalDate.ofInstant(to, ZoneOffset.UTC), 0);
    for (int made = 0; made < MOST && !day.isBefore(first); made++) {
      Part part = Part.of(table, day, 0);
      if (!database.<Boolean>read(sql -> sql.connectionResult(it -> exists(it, part)))) {
        database.writeJdbc(connection -> make(connection, part));
      }
      day = cut.begin(day.minusDays(1), 0);
    }
  }

  private List<String> make(LocalDate today) {
    List<String> made = new ArrayList<>();
    for (String table : database.read(sql -> sql.connectionResult(Partitions::partitioned))) {
      for (int ahead = 0; ahead <= Cut.of(table).ahead; ahead++) {
        Part part = Part.of(table, today, ahead);
        boolean exists =
            database.read(sql -> sql.connectionResult(connection -> exists(connection, part)));
        if (!exists && database.writeJdbc(connection -> make(connection, part))) {
          made.add(part.name());
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

  private static boolean exists(Connection connection, Part part) throws SQLException {
    try (PreparedStatement question = connection.prepareStatement(EXISTS)) {
      question.setString(1, part.table());
      question.setString(2, part.name());
      try (ResultSet row = question.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static boolean make(Connection connection, Part part) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
      if (exists(connection, part)) {
        return false; // another node was faster
      }
      statement.execute("set local lock_timeout = '3s'"); // or all calls queue up behind this one
      var beforeCreate = connection.setSavepoint();
      try {
        statement.execute(create(connection, part));
        hold(connection, part);
        return true;
      } catch (SQLException e) {
        if (!SqlStates.of(e).equals(CHECK_VIOLATION)) {
          throw e;
        }
        connection.rollback(beforeCreate);
        LOG.log(
            System.Logger.Level.WARNING,
            "partition {0} cannot be made: the default partition of {1} has rows of that time",
            part.name(),
            part.table());
        return false;
      }
    }
  }

  private static void hold(Connection connection, Part part) throws SQLException {
    try (PreparedStatement hold = connection.prepareStatement(HOLD)) {
      hold.setString(1, part.name());
      hold.execute();
    }
  }

  private static String create(Connection connection, Part part) throws SQLException {
    try (PreparedStatement format = connection.prepareStatement(CREATE)) {
      format.setString(1, part.name());
      format.setString(2, part.table());
      format.setString(3, lowest(part.from()));
      format.setString(4, lowest(part.to()));
      try (ResultSet row = format.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static String lowest(LocalDate day) {
    return Ids.lowest(day.atStartOfDay().toInstant(ZoneOffset.UTC)).toString();
  }
}
