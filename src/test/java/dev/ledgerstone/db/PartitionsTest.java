package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PartitionsTest {
  private static final Instant NOVEMBER = Instant.parse("2031-11-30T23:59:59.999Z");

  private final Database database = TestDatabases.fresh(Engine.POSTGRES);
  private final Partitions partitions = new Partitions(database);

  /** Writes an event whose id is of a moment; gives the partition that took it. */
  private String partitionOf(Instant at) {
    String id = Ids.lowest(at).toString();
    database.write(
        sql ->
            sql.execute(
                "insert into events (id, tenant_id, type, subject_table, subject_id, at)"
                    + " values (?::uuid, ?::uuid, 't', 't', ?::uuid, now())",
                id,
                id,
                id));
    return database.read(
        sql ->
            sql.fetchSingle("select tableoid::regclass::text from events where id = ?::uuid", id)
                .get(0, String.class));
  }

  @Test
  void fourMonthsOfEachTableAreMadeOnce() {
    assertThat(byMonth(partitions.ensure(NOVEMBER)))
        .containsExactly(
            "ai_requests_2031_11",
            "ai_requests_2031_12",
            "ai_requests_2032_01",
            "ai_requests_2032_02",
            "audit_logs_2031_11",
            "audit_logs_2031_12",
            "audit_logs_2032_01",
            "audit_logs_2032_02",
            "events_2031_11",
            "events_2031_12",
            "events_2032_01",
            "events_2032_02");
    assertThat(partitions.ensure(NOVEMBER)).isEmpty();
    assertThat(byMonth(partitions.ensure(NOVEMBER.plusSeconds(1))))
        .containsExactly("ai_requests_2032_03", "audit_logs_2032_03", "events_2032_03");
  }

  private static List<String> byMonth(List<String> made) {
    return made.stream().filter(name -> !name.startsWith("metrics_")).toList();
  }

  @Test
  void metricsAreCutByDay() {
    assertThat(partitions.ensure(NOVEMBER))
        .filteredOn(name -> name.startsWith("metrics_"))
        .containsExactly(
            "metrics_2031_11_30",
            "metrics_2031_12_01",
            "metrics_2031_12_02",
            "metrics_2031_12_03",
            "metrics_2031_12_04",
            "metrics_2031_12_05",
            "metrics_2031_12_06",
            "metrics_2031_12_07");
    assertThat(partitions.ensure(NOVEMBER.plusSeconds(1)))
        .filteredOn(name -> name.startsWith("metrics_"))
        .containsExactly("metrics_2031_12_08");
    assertThat(metricPartitionOf(NOVEMBER)).isEqualTo("metrics_2031_11_30");
    assertThat(metricPartitionOf(NOVEMBER.plusMillis(1))).isEqualTo("metrics_2031_12_01");
    assertThat(metricPartitionOf(Instant.parse("2031-12-09T00:00:00Z")))
        .isEqualTo("metrics_default");
  }

  private String metricPartitionOf(Instant at) {
    String id = Ids.lowest(at).toString();
    return database.write(
        sql -> {
          sql.execute(
              "insert into tenants (id, slug, name, created_at, updated_at)"
                  + " values (?::uuid, ?, 'T', now(), now())",
              id,
              id);
          sql.execute(
              "insert into metric_series (id, tenant_id, name, fingerprint, created_at, updated_at)"
                  + " values (?::uuid, ?::uuid, 'm', 'm', now(), now())",
              id,
              id);
          sql.execute(
              "insert into metrics (id, tenant_id, series_id, at, value)"
                  + " values (?::uuid, ?::uuid, ?::uuid, now(), 1)",
              id,
              id,
              id);
          return sql.fetchSingle(
                  "select tableoid::regclass::text from metrics where id = ?::uuid", id)
              .get(0, String.class);
        });
  }

  @Test
  void idsFallIntoTheirMonthInUtc() {
    partitions.ensure(NOVEMBER);

    assertThat(partitionOf(Instant.parse("2031-11-01T00:00:00Z"))).isEqualTo("events_2031_11");
    assertThat(partitionOf(NOVEMBER)).isEqualTo("events_2031_11");
    assertThat(partitionOf(NOVEMBER.plusMillis(1))).isEqualTo("events_2031_12");
    assertThat(partitionOf(Instant.parse("2032-02-29T23:59:59.999Z"))).isEqualTo("events_2032_02");
    assertThat(partitionOf(Instant.parse("2032-03-01T00:00:00Z"))).isEqualTo("events_default");
    assertThat(partitionOf(Instant.parse("2031-10-31T23:59:59.999Z"))).isEqualTo("events_default");
  }

  @Test
  void aMonthThatTheDefaultPartitionHoldsIsLeftToIt() {
    assertThat(partitionOf(Instant.parse("2031-12-05T00:00:00Z"))).isEqualTo("events_default");

    assertThat(partitions.ensure(NOVEMBER))
        .contains("events_2031_11", "events_2032_01", "ai_requests_2031_12")
        .doesNotContain("events_2031_12");
    assertThat(partitionOf(Instant.parse("2031-12-06T00:00:00Z"))).isEqualTo("events_default");
  }

  @Test
  void nodesThatMakeThemAtOnceMakeThemOnce() throws Exception {
    int nodes = 4;
    CyclicBarrier start = new CyclicBarrier(nodes);
    List<String> made = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(nodes)) {
      List<Future<List<String>>> running = new ArrayList<>();
      for (int node = 0; node < nodes; node++) {
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  return partitions.ensure(NOVEMBER);
                }));
      }
      for (Future<List<String>> each : running) {
        made.addAll(each.get());
      }
    }
    assertThat(made).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void sqliteHasNone() {
    assertThat(new Partitions(TestDatabases.fresh(Engine.SQLITE)).ensure(NOVEMBER)).isEmpty();
  }
}
