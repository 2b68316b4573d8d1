package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.METRICS;
import static dev.ledgerstone.db.schema.Tables.METRIC_SERIES;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.SeedRows;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;

/**
 * Values that were kept in JSON files: {@code {"name", "value", "timestamp", "labels"}}, or a
 * record of a moment, each of whose numbers is a series: {@code {"timestamp", "cpu_usage",
 * "memory_usage", "host"}}, its texts being labels. A value that comes twice is there once.
 */
public final class MetricsSink implements Sink<List<MetricsSink.Value>> {
  private static final List<String> TIMES = List.of("timestamp", "at", "time", "ts");
  private static final double MILLIS_FROM = 1e11;

  private final Database database;
  private final Clock clock;
  private final UUID tenant;
  private final Map<String, UUID> series = new HashMap<>();

  public MetricsSink(Database database, Clock clock, UUID tenant) {
    this.database = database;
    this.clock = clock;
    this.tenant = tenant;
  }

  /** A measured value. */
  public record Value(String name, SortedMap<String, String> labels, Instant at, double value) {
    String key() {
      return name
          + labels.entrySet().stream()
              .map(it -> it.getKey() + "=\"" + it.getValue() + "\"")
              .collect(Collectors.joining(",", "{", "}"));
    }
  }

  @Override
  public String table() {
    return METRICS.getName();
  }

  @Override
  public String identity() {
    return "";
  }

  @Override
  public List<Value> take(ObjectNode record) throws Rejected {
    Instant at = at(record);
    SortedMap<String, String> labels = new TreeMap<>();
    record
        .path("labels")
        .properties()
        .forEach(it -> labels.put(it.getKey(), it.getValue().asText()));
    if (record.path("name").isTextual()) {
      JsonNode value = record.path("value");
      if (!value.isNumber()) {
        throw new Rejected("value: is no number");
      }
      return List.of(new Value(record.path("name").asText(), labels, at, value.doubleValue()));
    }
    List<Value> values = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      if (field.getValue().isTextual() && !TIMES.contains(field.getKey())) {
        labels.put(field.getKey(), field.getValue().asText());
      }
    }
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      if (field.getValue().isNumber() && !TIMES.contains(field.getKey())) {
        values.add(new Value(field.getKey(), labels, at, field.getValue().doubleValue()));
      }
    }
    if (values.isEmpty()) {
      throw new Rejected("no field of it is a number");
    }
    return values;
  }

  private static Instant at(ObjectNode record) throws Rejected {
    for (String name : TIMES) {
      JsonNode value = record.path(name);
      if (value.isNumber()) {
        double number = value.doubleValue();
        long micros = (long) (number * (Math.abs(number) > MILLIS_FROM ? 1e3 : 1e6));
        return Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L);
      } else if (value.isTextual()) {
        try {
          return Values.time(value);
        } catch (Rejected e) {
          throw new Rejected(name + ": " + e.reason());
        }
      }
    }
    throw new Rejected("timestamp: is missing");
  }

  @Override
  public long write(
      Connection connection, List<Taken<List<Value>>> records, Rejections rejections) {
    DSLContext sql = database.on(connection);
    Instant now = clock.instant();
    Map<UUID, Value> fresh = new HashMap<>();
    Map<Long, Set<UUID>> ids = new HashMap<>();
    for (Taken<List<Value>> record : records) {
      for (Value value : record.value()) {
        UUID id = SeedRows.id(tenant, "metric/" + value.key() + "/" + value.at(), value.at());
        fresh.putIfAbsent(id, value);
        ids.computeIfAbsent(record.row(), _ -> new HashSet<>()).add(id);
      }
    }
    Set<UUID> there =
        new HashSet<>(
            sql.select(METRICS.ID)
                .from(METRICS)
                .where(METRICS.TENANT_ID.eq(tenant))
                .and(METRICS.ID.in(fresh.keySet()))
                .fetch(METRICS.ID));
    fresh.keySet().removeAll(there);
    if (!fresh.isEmpty()) {
      insert(sql, fresh, now);
    }
    return ids.values().stream().filter(there::containsAll).count();
  }

  private void insert(DSLContext sql, Map<UUID, Value> values, Instant now) {
    BatchBindStep batch =
        sql.batch(
            sql.insertInto(
                    METRICS,
                    METRICS.ID,
                    METRICS.TENANT_ID,
                    METRICS.SERIES_ID,
                    METRICS.AT,
                    METRICS.VALUE)
                .values((UUID) null, null, null, null, null));
    Map<UUID, Value> newest = new HashMap<>();
    for (Map.Entry<UUID, Value> each : values.entrySet()) {
      Value value = each.getValue();
      UUID of = series(sql, value, now);
      batch = batch.bind(each.getKey(), tenant, of, value.at(), value.value());
      newest.merge(of, value, (a, b) -> a.at().isBefore(b.at()) ? b : a);
    }
    batch.execute();
    newest.forEach(
        (of, value) ->
            sql.update(METRIC_SERIES)
                .set(METRIC_SERIES.LAST_AT, value.at())
                .set(METRIC_SERIES.LAST_VALUE, value.value())
                .set(METRIC_SERIES.UPDATED_AT, now)
                .where(METRIC_SERIES.ID.eq(of))
                .and(METRIC_SERIES.TENANT_ID.eq(tenant))
                .and(METRIC_SERIES.LAST_AT.isNull().or(METRIC_SERIES.LAST_AT.lt(value.at())))
                .execute());
  }

  private UUID series(DSLContext sql, Value value, Instant now) {
    String fingerprint = Sha256.hex(value.key());
    UUID known = series.get(fingerprint);
    if (known != null) {
      return known;
    }
    ObjectNode labels = RecordReader.MAPPER.createObjectNode();
    value.labels().forEach(labels::put);
    sql.insertInto(METRIC_SERIES)
        .set(METRIC_SERIES.ID, Ids.next())
        .set(METRIC_SERIES.TENANT_ID, tenant)
        .set(METRIC_SERIES.NAME, value.name())
        .set(METRIC_SERIES.TYPE, "GAUGE")
        .set(METRIC_SERIES.LABELS, labels)
        .set(METRIC_SERIES.FINGERPRINT, fingerprint)
        .set(METRIC_SERIES.CREATED_AT, now)
        .set(METRIC_SERIES.UPDATED_AT, now)
        .onConflictDoNothing()
        .execute();
    UUID id =
        Objects.requireNonNull(
            sql.select(METRIC_SERIES.ID)
                .from(METRIC_SERIES)
                .where(METRIC_SERIES.TENANT_ID.eq(tenant))
                .and(METRIC_SERIES.FINGERPRINT.eq(fingerprint))
                .fetchSingle(METRIC_SERIES.ID));
    series.put(fingerprint, id);
    return id;
  }
}
