package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.DefaultSchema;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.ForeignKey;
import org.jooq.InsertSetMoreStep;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableOptions;
import org.jooq.impl.DSL;

/**
 * Makes one small row in any table, and in those that it needs: only what has to be there, values
 * that the checks let pass, all of one tenant.
 */
public final class SampleRows {
  /** Columns that may be null and have to be there nevertheless, by a check over several. */
  private static final Map<String, Set<String>> NEEDED =
      Map.of(
          "file_shares", Set.of("user_id"),
          "generated_content", Set.of("text"),
          "alert_rules", Set.of("metric_name"),
          "event_attendees", Set.of("email"),
          "availability_rules", Set.of("user_id"),
          "quote_scores", Set.of("judge_id"));

  /** References that must name another row than their neighbour does. */
  private static final Map<String, String> TO_ANOTHER =
      Map.of(
          "card_dependencies", "depends_on_id",
          "service_dependencies", "to_service_id",
          "schedule_conflicts", "other_event_id");

  private static final Set<String> LATER =
      Set.of("period_end", "expires_at", "finished_at", "ends_at", "until", "latest_at", "dtend");

  private static final Pattern ONE_OF =
      Pattern.compile("(?i)\\(?\"?(\\w+)\"?\\s+in\\s*\\('((?:[^']|'')*)'");

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final DSLContext sql;
  private final UUID tenant;
  private final String text;
  private final Map<String, Map<String, Object>> rows = new HashMap<>();

  public SampleRows(DSLContext sql) {
    this(sql, Ids.next(), "x");
  }

  /**
   * Rows of one tenant among several.
   *
   * @param text one letter, which stands in every text; another tenant's is another, for some texts
   *     are unique over all tenants
   */
  public SampleRows(DSLContext sql, UUID tenant, String text) {
    this.sql = sql;
    this.tenant = tenant;
    this.text = text;
  }

  /** Every table of the schema; views left out. */
  public static List<Table<?>> tables() {
    return DefaultSchema.DEFAULT_SCHEMA.getTables().stream()
        .filter(it -> it.getTableType() == TableOptions.TableType.TABLE)
        .toList();
  }

  /**
   * The row of a table, made if it is not there.
   *
   * @return what was written, by column; defaults left out
   */
  public Map<String, Object> row(Table<?> table) {
    Map<String, Object> there = rows.get(table.getName());
    if (there != null) {
      return there;
    }
    Map<String, Object> row = new HashMap<>();
    if (table.equals(TENANTS)) {
      row.put("id", tenant);
    }
    for (ForeignKey<?, ?> key : table.getReferences()) {
      if (key.getFields().stream().allMatch(it -> isNeeded(table, it))) {
        Map<String, Object> target = target(table, key);
        for (int i = 0; i < key.getFields().size(); i++) {
          row.put(
              key.getFields().get(i).getName(), target.get(key.getKeyFields().get(i).getName()));
        }
      }
    }
    Map<String, String> oneOf = new HashMap<>();
    table
        .getChecks()
        .forEach(
            check -> {
              Matcher match = ONE_OF.matcher(check.condition().toString());
              if (match.lookingAt()) {
                oneOf.put(match.group(1), match.group(2));
              }
            });
    for (Field<?> field : table.fields()) {
      if (isNeeded(table, field) && !row.containsKey(field.getName())) {
        row.put(field.getName(), value(field, oneOf));
      }
    }
    insert(table, row);
    rows.put(table.getName(), row);
    return row;
  }

  private Map<String, Object> target(Table<?> table, ForeignKey<?, ?> key) {
    Table<?> target = key.getKey().getTable();
    String another = TO_ANOTHER.get(table.getName());
    return key.getFields().stream().anyMatch(it -> it.getName().equals(another))
        ? second(target)
        : row(target);
  }

  /** A second row of a table: the first one's, with another id, name and number. */
  private Map<String, Object> second(Table<?> table) {
    Map<String, Object> second = new HashMap<>(row(table));
    second.replaceAll((_, value) -> value.equals(text) ? "y" : value.equals(1L) ? 2L : value);
    second.put("id", Ids.next());
    insert(table, second);
    return second;
  }

  private static boolean isNeeded(Table<?> table, Field<?> field) {
    return NEEDED.getOrDefault(table.getName(), Set.of()).contains(field.getName())
        || (!field.getDataType().nullable() && !field.getDataType().defaulted());
  }

  private Object value(Field<?> field, Map<String, String> oneOf) {
    String name = field.getName();
    Class<?> type = field.getType();
    if (name.equals("tenant_id")) {
      return Objects.requireNonNull(row(TENANTS).get("id"));
    }
    if (type == UUID.class) {
      return Ids.next();
    }
    if (type == String.class) {
      return oneOf.getOrDefault(name, text);
    }
    if (type == Instant.class) {
      return LATER.contains(name) ? NOW.plusSeconds(60) : NOW;
    }
    if (type == JsonNode.class) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (type == Boolean.class) {
      return true;
    }
    if (type == Long.class) {
      return name.endsWith("_to") ? 2L : 1L;
    }
    if (type == Integer.class) {
      return name.startsWith("ends_") ? 2 : 1;
    }
    if (type == Double.class) {
      return 1.0;
    }
    throw new IllegalStateException("no value for " + field);
  }

  private void insert(Table<?> table, Map<String, Object> row) {
    InsertSetMoreStep<? extends Record> insert = sql.insertInto(table).set(Map.of());
    for (Field<?> field : table.fields()) {
      if (row.containsKey(field.getName())) {
        insert = set(insert, field, row.get(field.getName()));
      }
    }
    insert.execute();
  }

  private static <R extends Record, T> InsertSetMoreStep<R> set(
      InsertSetMoreStep<R> insert, Field<T> field, Object value) {
    return insert.set(field, DSL.val(value, field));
  }
}
