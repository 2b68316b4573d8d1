package dev.ledgerstone.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;

/**
 * What PostgreSQL is told so that the policies of its tables hold a transaction to one tenant's
 * rows (docs/adr/0012). Each text takes the tenant as its first value.
 */
final class Policies {
  /**
   * Said once by each connection: it sees every tenant's rows. {@link #AS_TENANT} takes that away
   * for a transaction.
   */
  static final String AS_SYSTEM = "set app.system = on";

  static final String AS_TENANT =
      "select set_config('app.system', 'off', true), set_config('app.tenant', ?, true)";

  /** Before a statement, in the same message and transaction. */
  static final String ASKED_AS_TENANT =
      "select set_config('transaction_read_only', 'on', true), "
          + AS_TENANT.substring("select ".length())
          + "; ";

  /**
   * As above, before a statement that goes by a key: its plan is made once, whatever the values,
   * where PostgreSQL would go on comparing what plans for values might cost.
   */
  static final String ASKED_BY_KEY =
      ASKED_AS_TENANT.replace(
          "; ", ", set_config('plan_cache_mode', 'force_generic_plan', true); ");

  static final String FIXED_AS_TENANT =
      "set transaction isolation level repeatable read; " + AS_TENANT;

  private Policies() {}

  /** For the transaction that has begun; what was said for it goes with it. */
  static void say(Connection connection, UUID tenant, String how) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(how)) {
      statement.setString(1, tenant.toString());
      statement.execute();
    }
  }
}
