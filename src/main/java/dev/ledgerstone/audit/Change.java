package dev.ledgerstone.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.UpdatableRecord;
import org.jspecify.annotations.Nullable;

/**
 * One change of one row.
 *
 * @param table by its name
 * @param before the row as it was, by column; null: it was not there, or is not told
 * @param after the row as it is now; null: it is gone, or is not told
 */
public record Change(
    String table,
    UUID row,
    Action action,
    @Nullable ObjectNode before,
    @Nullable ObjectNode after) {
  /** What was done to a row. */
  public enum Action {
    INSERT("inserted"),
    UPDATE("updated"),
    DELETE("deleted"),
    RESTORE("restored");

    private final String past;

    Action(String past) {
      this.past = past;
    }

    /** The type of the event that tells of it: {@code users.updated}. */
    String event(String table) {
      return table.toLowerCase(Locale.ROOT) + "." + past;
    }
  }

  /** A row that was made. */
  public static Change inserted(Table<?> table, UUID row, Record now) {
    return new Change(table.getName(), row, Action.INSERT, null, RowJson.of(now));
  }

  /** A row that was changed. */
  public static Change updated(Table<?> table, UUID row, Record before, Record after) {
    return new Change(table.getName(), row, Action.UPDATE, RowJson.of(before), RowJson.of(after));
  }

  /** A row that is no more. */
  public static Change deleted(Table<?> table, UUID row, Record before) {
    return new Change(table.getName(), row, Action.DELETE, RowJson.of(before), null);
  }

  /**
   * What is about to be stored of a record: made before {@code store} or {@code update}, which make
   * the record forget what it was.
   *
   * @param isNew whether it will be inserted
   */
  public static Change of(UpdatableRecord<?> record, boolean isNew) {
    UUID row = Objects.requireNonNull(record.get("id", UUID.class), "the record has no id");
    return isNew
        ? inserted(record.getTable(), row, record)
        : updated(record.getTable(), row, record.original(), record);
  }
}
