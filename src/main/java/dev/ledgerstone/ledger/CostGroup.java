package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;

import dev.ledgerstone.db.schema.tables.records.CostTrackingRecord;
import org.jooq.TableField;

/** What costs can be told apart by. */
enum CostGroup {
  MODEL,
  PROVIDER,
  USER,
  KEY,
  SERVICE,
  TASK,
  STATUS,
  TIME;

  TableField<CostTrackingRecord, ?> column() {
    return switch (this) {
      case MODEL -> COST_TRACKING.MODEL;
      case PROVIDER -> COST_TRACKING.PROVIDER;
      case USER -> COST_TRACKING.USER_ID;
      case KEY -> COST_TRACKING.API_KEY_ID;
      case SERVICE -> COST_TRACKING.SERVICE_CONFIG_ID;
      case TASK -> COST_TRACKING.TASK_TYPE;
      case STATUS -> COST_TRACKING.STATUS;
      case TIME -> COST_TRACKING.PERIOD_START;
    };
  }
}
