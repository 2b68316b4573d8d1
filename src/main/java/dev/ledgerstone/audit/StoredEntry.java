package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Entries as the database gives them back; its JSON as text, for no number may be rounded. */
final class StoredEntry {
  private static final ObjectMapper EXACT =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private static final Field<String> ROW_IDS = text(AUDIT_LOGS.ROW_IDS);
  private static final Field<String> OLD_VALUES = text(AUDIT_LOGS.OLD_VALUES);
  private static final Field<String> NEW_VALUES = text(AUDIT_LOGS.NEW_VALUES);

  static final List<Field<?>> COLUMNS =
      List.of(
          AUDIT_LOGS.ID,
          AUDIT_LOGS.TENANT_ID,
          AUDIT_LOGS.ACTOR_KIND,
          AUDIT_LOGS.ACTOR_ID,
          AUDIT_LOGS.API_KEY_ID,
          AUDIT_LOGS.SESSION_ID,
          AUDIT_LOGS.ACTION,
          AUDIT_LOGS.TABLE_NAME,
          AUDIT_LOGS.ROW_ID,
          ROW_IDS,
          AUDIT_LOGS.ROW_COUNT,
          OLD_VALUES,
          NEW_VALUES,
          AUDIT_LOGS.OUTCOME,
          AUDIT_LOGS.REASON,
          AUDIT_LOGS.REQUEST_ID,
          AUDIT_LOGS.IP,
          AUDIT_LOGS.USER_AGENT,
          AUDIT_LOGS.ENTRY_HASH,
          AUDIT_LOGS.CREATED_AT);

  private StoredEntry() {}

  private static Field<String> text(Field<JsonNode> column) {
    return column.cast(SQLDataType.CLOB).as(column.getName() + "_text");
  }

  /**
   * The hash of what the row says now; of one that no longer holds JSON, what nothing hashes to.
   */
  static String hash(Record row) {
    try {
      return new Entry(
              row.get(AUDIT_LOGS.ID),
              row.get(AUDIT_LOGS.TENANT_ID),
              row.get(AUDIT_LOGS.ACTOR_KIND),
              row.get(AUDIT_LOGS.ACTOR_ID),
              row.get(AUDIT_LOGS.API_KEY_ID),
              row.get(AUDIT_LOGS.SESSION_ID),
              row.get(AUDIT_LOGS.ACTION),
              row.get(AUDIT_LOGS.TABLE_NAME),
              row.get(AUDIT_LOGS.ROW_ID),
              tree(row.get(ROW_IDS)),
              row.get(AUDIT_LOGS.ROW_COUNT),
              tree(row.get(OLD_VALUES)),
              tree(row.get(NEW_VALUES)),
              row.get(AUDIT_LOGS.OUTCOME),
              row.get(AUDIT_LOGS.REASON),
              row.get(AUDIT_LOGS.REQUEST_ID),
              row.get(AUDIT_LOGS.IP),
              row.get(AUDIT_LOGS.USER_AGENT),
              row.get(AUDIT_LOGS.CREATED_AT))
          .hash();
    } catch (JsonProcessingException e) {
      return "not JSON";
    }
  }

  private static @Nullable JsonNode tree(@Nullable String text) throws JsonProcessingException {
    return text == null ? null : EXACT.readTree(text);
  }
}
