package dev.ledgerstone.records;

import dev.ledgerstone.audit.Audit.Deed;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.records.query.RowWriter;
import dev.ledgerstone.records.query.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** Where writing requests get their transactions. */
public final class Writes implements AutoCloseable {
  private final Transactions transactions;
  private final RowWriter rows;
  private final Database database;

  public Writes(Database database, Statements statements) {
    this.database = database;
    this.transactions = new Transactions(database);
    this.rows = new RowWriter(database, statements);
  }

  /** Writes, within a transaction; may be run again from its begin. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection, Writing writing) throws SQLException;
  }

  /**
   * @param tenant whose rows are written
   * @param isTakenBack whether nothing but the result stays
   */
  <T> T run(UUID tenant, Work<T> work, boolean isTakenBack) {
    return transactions.run(
        tenant, (connection, deeds) -> work.on(connection, writing(deeds)), isTakenBack);
  }

  private Writing writing(List<Deed> deeds) {
    return new Writing(database.engine(), rows, deeds);
  }

  @Override
  public void close() {
    transactions.close();
  }
}
