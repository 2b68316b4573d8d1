package dev.ledgerstone.records;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.query.RowWriter;
import dev.ledgerstone.records.query.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** Where writing requests get their transactions. */
public final class Writes implements AutoCloseable {
  private final Transactions transactions;
  private final RowWriter rows;
  private final Database database;

  public Writes(Database database, Statements statements) {
    this.database = database;
    this.rows = new RowWriter(database, statements);
    this.transactions = new Transactions(database, rows);
  }

  /** Writes, within a transaction; may be run again from its begin. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection, Writing writing) throws SQLException;
  }

  /**
   * Does what one plan says.
   *
   * @param isTakenBack whether nothing but the result stays
   */
  <T> T run(WritePlan plan, Work<T> work, boolean isTakenBack) {
    return run(plan.tenant(), Optional.of(plan), work, isTakenBack);
  }

  /**
   * Does what several plans say.
   *
   * @param tenant whose rows are written
   */
  <T> T runAll(UUID tenant, Work<T> work, boolean isTakenBack) {
    return run(tenant, Optional.empty(), work, isTakenBack);
  }

  private <T> T run(UUID tenant, Optional<WritePlan> plan, Work<T> work, boolean isTakenBack) {
    return transactions.run(
        tenant,
        plan,
        (connection, deeds, made) ->
            work.on(connection, new Writing(database.engine(), rows, deeds, made)),
        isTakenBack);
  }

  @Override
  public void close() {
    transactions.close();
  }
}
