package dev.ledgerstone.sample;

import static dev.ledgerstone.db.schema.Tables.ANOMALY_PREDICTIONS;
import static dev.ledgerstone.db.schema.Tables.METRICS;
import static dev.ledgerstone.db.schema.Tables.METRIC_SERIES;
import static java.time.temporal.ChronoUnit.HOURS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.SeedRows;
import java.time.Instant;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Three days of a server's hours: 146 values, 73 of its processors and 73 of its memory, of which
 * eleven are far from the others. Processors are busy to 3.98 % on average, memory to 1.70 %.
 */
final class SampleMetrics {
  private static final int HOURS_EACH = 73;
  private static final long SEED = 146_011L;
  private static final double THRESHOLD = 3;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /**
   * @param mean of all values, in per cent
   * @param peak what a value is multiplied by in the hours that stand out
   */
  private record Series(
      String name, String description, double mean, double noise, double peak, Set<Integer> odd) {}

  private static final Series CPU =
      new Series(
          "cpu_usage_percent",
          "Processors, busy",
          3.98,
          0.08,
          4.5,
          Set.of(9, 17, 23, 31, 44, 52, 60, 68));
  private static final Series MEMORY =
      new Series("memory_usage_percent", "Memory, used", 1.70, 0.05, 2.5, Set.of(12, 37, 61));

  private final UUID tenant;
  private final Instant anchor;

  /**
   * @param anchor the last value is of its hour
   */
  SampleMetrics(UUID tenant, Instant anchor) {
    this.tenant = tenant;
    this.anchor = anchor;
  }

  /** Adds what is missing; returns how many rows that were. */
  int sow(DSLContext sql) {
    SplittableRandom chance = new SplittableRandom(SEED);
    return sow(sql, CPU, chance) + sow(sql, MEMORY, chance);
  }

  private int sow(DSLContext sql, Series series, SplittableRandom chance) {
    double[] values = values(series, chance);
    UUID id = SeedRows.id(tenant, "series/" + series.name(), anchor);
    Instant first = anchor.truncatedTo(HOURS).minus(HOURS_EACH - 1L, HOURS);
    int rows = sow(sql, series, id, values[HOURS_EACH - 1]);
    double usual = usual(series, values);
    double spread = spread(series, values, usual);
    for (int hour = 0; hour < HOURS_EACH; hour++) {
      Instant at = first.plus(hour, HOURS);
      UUID metric = SeedRows.id(tenant, series.name() + "/" + hour, at);
      rows +=
          sql.insertInto(METRICS)
              .set(METRICS.ID, metric)
              .set(METRICS.TENANT_ID, tenant)
              .set(METRICS.SERIES_ID, id)
              .set(METRICS.AT, at)
              .set(METRICS.VALUE, values[hour])
              .onConflictDoNothing()
              .execute();
      if (series.odd().contains(hour)) {
        rows += anomaly(sql, id, metric, at, values[hour], usual, spread);
      }
    }
    return rows;
  }

  private int sow(DSLContext sql, Series series, UUID id, double last) {
    return sql.insertInto(METRIC_SERIES)
        .set(METRIC_SERIES.ID, id)
        .set(METRIC_SERIES.TENANT_ID, tenant)
        .set(METRIC_SERIES.NAME, series.name())
        .set(METRIC_SERIES.TYPE, "GAUGE")
        .set(METRIC_SERIES.UNIT, "%")
        .set(METRIC_SERIES.DESCRIPTION, series.description())
        .set(METRIC_SERIES.LABELS, JSON.objectNode().put("host", "demo-1"))
        .set(METRIC_SERIES.FINGERPRINT, Sha256.hex(series.name() + "{host=\"demo-1\"}"))
        .set(METRIC_SERIES.LAST_AT, anchor.truncatedTo(HOURS))
        .set(METRIC_SERIES.LAST_VALUE, last)
        .set(METRIC_SERIES.CREATED_AT, anchor)
        .set(METRIC_SERIES.UPDATED_AT, anchor)
        .onConflictDoNothing()
        .execute();
  }

  /** Noise around a daily rise and fall, peaks in the odd hours, all scaled to the mean. */
  private static double[] values(Series series, SplittableRandom chance) {
    double[] values = new double[HOURS_EACH];
    double sum = 0;
    for (int hour = 0; hour < HOURS_EACH; hour++) {
      double day = 1 + 0.15 * Math.sin(2 * Math.PI * hour / 24);
      double noise = 1 + series.noise() * chance.nextGaussian();
      values[hour] = day * noise * (series.odd().contains(hour) ? series.peak() : 1);
      sum += values[hour];
    }
    double scale = series.mean() * HOURS_EACH / sum;
    for (int hour = 0; hour < HOURS_EACH; hour++) {
      values[hour] *= scale;
    }
    return values;
  }

  private static double usual(Series series, double[] values) {
    double sum = 0;
    for (int hour = 0; hour < HOURS_EACH; hour++) {
      sum += series.odd().contains(hour) ? 0 : values[hour];
    }
    return sum / (HOURS_EACH - series.odd().size());
  }

  private static double spread(Series series, double[] values, double usual) {
    double squares = 0;
    for (int hour = 0; hour < HOURS_EACH; hour++) {
      squares += series.odd().contains(hour) ? 0 : Math.pow(values[hour] - usual, 2);
    }
    return Math.sqrt(squares / (HOURS_EACH - series.odd().size()));
  }

  /** A value that lies so many spreads from what is usual. */
  private int anomaly(
      DSLContext sql,
      UUID series,
      UUID metric,
      Instant at,
      double value,
      double usual,
      double spread) {
    double score = Math.abs(value - usual) / spread;
    ObjectNode why = JSON.objectNode().put("spreads_from_usual", score).put("usual", usual);
    return sql.insertInto(ANOMALY_PREDICTIONS)
        .set(ANOMALY_PREDICTIONS.ID, SeedRows.id(tenant, "anomaly/" + metric, at))
        .set(ANOMALY_PREDICTIONS.TENANT_ID, tenant)
        .set(ANOMALY_PREDICTIONS.SERIES_ID, series)
        .set(ANOMALY_PREDICTIONS.METRIC_ID, metric)
        .set(ANOMALY_PREDICTIONS.AT, at)
        .set(ANOMALY_PREDICTIONS.VALUE, value)
        .set(ANOMALY_PREDICTIONS.EXPECTED, usual)
        .set(ANOMALY_PREDICTIONS.LOWER_BOUND, usual - THRESHOLD * spread)
        .set(ANOMALY_PREDICTIONS.UPPER_BOUND, usual + THRESHOLD * spread)
        .set(ANOMALY_PREDICTIONS.SCORE, score)
        .set(ANOMALY_PREDICTIONS.THRESHOLD, THRESHOLD)
        .set(ANOMALY_PREDICTIONS.SEVERITY, score > 6 * THRESHOLD ? "HIGH" : "MEDIUM")
        .set(ANOMALY_PREDICTIONS.IS_ANOMALY, true)
        .set(ANOMALY_PREDICTIONS.DETECTOR, "SPREAD")
        .set(ANOMALY_PREDICTIONS.MODEL_VERSION, "sample-1")
        .set(ANOMALY_PREDICTIONS.EXPLANATION, why)
        .set(ANOMALY_PREDICTIONS.CREATED_AT, at)
        .set(ANOMALY_PREDICTIONS.UPDATED_AT, at)
        .onConflictDoNothing()
        .execute();
  }
}
