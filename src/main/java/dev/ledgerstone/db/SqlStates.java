package dev.ledgerstone.db;

import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.sqlite.SQLiteException;

/** Both engines' errors as SQLSTATEs (ISO 9075, PostgreSQL appendix A). */
public final class SqlStates {
  private static final Pattern SQLITE_CONSTRAINT = Pattern.compile("constraint failed: ([^)]*)");

  private SqlStates() {}

  /** The SQLSTATE of an error; SQLite's result codes are mapped to the nearest. */
  @SuppressWarnings("UnnecessaryDefaultInEnumSwitch") // the driver's codes, hundreds of them
  public static String of(SQLException e) {
    if (e instanceof SQLiteException sqlite) {
      return switch (sqlite.getResultCode()) {
        case SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID ->
            "23505";
        case SQLITE_CONSTRAINT_FOREIGNKEY -> "23503";
        case SQLITE_CONSTRAINT_NOTNULL -> "23502";
        case SQLITE_CONSTRAINT_CHECK -> "23514";
        case SQLITE_CONSTRAINT_TRIGGER -> "23001";
        case SQLITE_CONSTRAINT -> "23000";
        case SQLITE_BUSY,
            SQLITE_BUSY_RECOVERY,
            SQLITE_BUSY_SNAPSHOT,
            SQLITE_BUSY_TIMEOUT,
            SQLITE_LOCKED ->
            "55P03";
        case SQLITE_INTERRUPT -> "57014";
        case SQLITE_FULL -> "53100";
        case SQLITE_IOERR, SQLITE_CANTOPEN -> "58030";
        case SQLITE_CORRUPT, SQLITE_NOTADB -> "XX001";
        default -> "XX000";
      };
    }
    String state = e.getSQLState();
    return state == null ? "08000" : state; // without a state it is the pool that gave up
  }

  /**
   * Whether the same statement may succeed later: connection, lock, resources, shutdown, a standby
   * that is not promoted yet.
   */
  public static boolean isTransient(String state) {
    return state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("55")
        || state.startsWith("57")
        || state.startsWith("58")
        || state.equals("25006")
        || state.equals("40001")
        || state.equals("40P01");
  }

  /** The name of the rule that was broken, as far as the engine tells it. */
  public static String constraint(SQLException e) {
    if (e instanceof PSQLException postgres) {
      ServerErrorMessage server = postgres.getServerErrorMessage();
      return server == null || server.getConstraint() == null
          ? "of the schema"
          : server.getConstraint();
    }
    String message = e.getMessage();
    Matcher name = SQLITE_CONSTRAINT.matcher(message == null ? "" : message);
    return name.find() ? name.group(1) : "of the schema";
  }
}
