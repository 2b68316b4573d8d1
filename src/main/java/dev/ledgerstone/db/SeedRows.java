package dev.ledgerstone.db;

import static java.time.temporal.ChronoUnit.DAYS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.schema.DefaultSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a database begins with, read from a JSON resource: tables in the order in which they
 * are filled, rows by the names of their columns.
 *
 * <p>A row's {@code id} is a name, which other rows of the resource use where they refer to it. The
 * same name, tenant and anchor make the same id, on every server and every time; rows that are
 * there already stay as they are. A time is an instant, or a day and time of day seen from the
 * anchor's day in UTC: {@code "-3d 09:30"}. Times that are left out are {@code now}.
 */
public final class SeedRows {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern RELATIVE = Pattern.compile("([+-]?\\d{1,4})d (\\d\\d:\\d\\d)");
  private static final Pattern GIVEN_TIME = Pattern.compile("at|created_at");

  private final String resource;
  private final UUID tenant;
  private final Instant anchor;
  private final Instant now;
  private final Map<String, UUID> ids;

  /**
   * @param anchor what ids and relative times begin at; the same each time
   * @param now when rows are made that do not say so
   * @param known names of rows that are not in the resource
   */
  public SeedRows(
      String resource, UUID tenant, Instant anchor, Instant now, Map<String, UUID> known) {
    this.resource = resource;
    this.tenant = tenant;
    this.anchor = anchor;
    this.now = now;
    this.ids = new HashMap<>(known);
  }

  /** Adds what is missing; returns how many rows that were. */
  public int sow(DSLContext sql) {
    JsonNode tables = read();
    name(tables);
    int added = 0;
    for (Map.Entry<String, JsonNode> table : tables.properties()) {
      Table<?> target = table(table.getKey());
      for (JsonNode row : table.getValue()) {
        added += sql.insertInto(target).set(values(target, row)).onConflictDoNothing().execute();
      }
    }
    return added;
  }

  /** The id of a row. */
  public UUID id(String name) {
    UUID id = ids.get(name);
    if (id == null) {
      throw wrong("there is no row " + name);
    }
    return id;
  }

  /** The ids of all rows that can be named, for another resource that refers to them. */
  public Map<String, UUID> ids() {
    return Map.copyOf(ids);
  }

  private JsonNode read() {
    try (InputStream in = SeedRows.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw wrong("the server was built without it");
      }
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives each row its id: its own time or the anchor's, in the order of the rows. */
  private void name(JsonNode tables) {
    int ordinal = 0;
    for (JsonNode rows : tables) {
      for (JsonNode row : rows) {
        String name = row.path("id").asText();
        Instant at = anchor.plusMillis(ordinal++);
        for (Map.Entry<String, JsonNode> field : row.properties()) {
          if (GIVEN_TIME.matcher(field.getKey()).matches()) {
            at = time(field.getValue().asText());
          }
        }
        if (name.isEmpty() || ids.put(name, id(tenant, name, at)) != null) {
          throw wrong("a row's id is missing or not the only one: " + row);
        }
      }
    }
  }

  /** A UUID of version 7 whose chance is the hash of its name. */
  public static UUID id(UUID tenant, String name, Instant at) {
    UUID lowest = Ids.lowest(at);
    ByteBuffer hash = ByteBuffer.wrap(Sha256.of(tenant + "/" + name));
    return new UUID(
        lowest.getMostSignificantBits() | (hash.getShort() & 0xFFF),
        lowest.getLeastSignificantBits() | (hash.getLong() >>> 2));
  }

  private Table<?> table(String name) {
    Table<?> table = DefaultSchema.DEFAULT_SCHEMA.getTable(name);
    if (table == null) {
      throw wrong("there is no table " + name);
    }
    return table;
  }

  private Map<Field<?>, Object> values(Table<?> table, JsonNode row) {
    Map<Field<?>, Object> values = new LinkedHashMap<>();
    row.properties()
        .forEach(
            column -> {
              Field<?> field = table.field(column.getKey());
              if (field == null) {
                throw wrong("table " + table.getName() + " has no column " + column.getKey());
              }
              values.put(field, value(field, column.getValue()));
            });
    give(values, table.field("tenant_id"), tenant);
    give(values, table.field("created_at"), now);
    give(values, table.field("updated_at"), now);
    return values;
  }

  private static void give(Map<Field<?>, Object> values, @Nullable Field<?> field, Object value) {
    if (field != null) {
      values.putIfAbsent(field, value);
    }
  }

  private Object value(Field<?> field, JsonNode value) {
    Class<?> type = field.getType();
    if (type == UUID.class) {
      return id(value.asText());
    }
    if (type == Instant.class) {
      return time(value.asText());
    }
    return type == JsonNode.class ? value : field.getDataType().convert(value.asText());
  }

  private Instant time(String text) {
    Matcher relative = RELATIVE.matcher(text);
    if (!relative.matches()) {
      return Instant.parse(text);
    }
    return anchor
        .truncatedTo(DAYS)
        .plus(Duration.ofDays(Long.parseLong(relative.group(1))))
        .plusSeconds(LocalTime.parse(relative.group(2)).toSecondOfDay());
  }

  private IllegalStateException wrong(String what) {
    return new IllegalStateException(resource + ": " + what);
  }
}
