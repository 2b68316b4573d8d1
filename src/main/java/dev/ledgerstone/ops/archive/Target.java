package dev.ledgerstone.ops.archive;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database that an archive is restored into: all of it, or none. */
interface Target extends AutoCloseable {
  /**
   * Brings the schema to the archive's version, and makes all tables empty.
   *
   * @param tables those that will come
   */
  void begin(List<Manifest.Content> tables) throws SQLException;

  /** The rows that come are of this table. */
  void table(Shape shape) throws SQLException, IOException;

  void row(@Nullable Object[] values) throws SQLException, IOException;

  /** Keeps what came; what is closed before leaves the database as it was. */
  void finish() throws SQLException, IOException;

  @Override
  void close();
}
