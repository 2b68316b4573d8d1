package dev.ledgerstone.records;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.records.query.RowWriter;
import dev.ledgerstone.records.query.Statements;
import java.sql.Connection;
import java.sql.SQLException;

/** Where writing requests get their transactions. */
public final class Writes {
  private final Transactions transactions;
  private final Writing writing;

  public Writes(Database database, Statements statements) {
    this.transactions = new Transactions(database);
    this.writing = new Writing(database, new RowWriter(database, statements));
  }

  /** Writes, within a transaction; may be run again from its begin. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection, Writing writing) throws SQLException;
  }

  /**
   * @param isTakenBack whether nothing but the result stays
   */
  <T> T run(Work<T> work, boolean isTakenBack) {
    return transactions.run(connection -> work.on(connection, writing), isTakenBack);
  }
}
