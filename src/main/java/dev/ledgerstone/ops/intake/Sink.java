package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What records become.
 *
 * @param <T> a record that was checked as far as it can be without the database
 */
public interface Sink<T> {
  /** The table that they go into. */
  String table();

  /** What makes the same file another import: a mapping. */
  String identity();

  T take(ObjectNode record) throws Rejected;

  /**
   * Writes records in the transaction of a connection. Rejects those that the database does not
   * take, and leaves no trace of them.
   *
   * @return how many were there already, and were left
   */
  long write(Connection connection, List<Taken<T>> records, Rejections rejections)
      throws SQLException;

  /** A record on its way. */
  record Taken<T>(long row, ObjectNode source, T value) {}

  /** Is told of what is rejected. */
  interface Rejections {
    void add(Taken<?> record, String reason);
  }
}
