package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.db.schema.tables.records.BudgetPeriodsRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.impl.DSL;

/** The ledger as an auditor reads it: from the tables, past every line of the server's code. */
record Books(Database database) {
  /** In the order in which they were begun. */
  List<AiRequestsRecord> lines() {
    return database.read(sql -> sql.selectFrom(AI_REQUESTS).orderBy(AI_REQUESTS.ID).fetch());
  }

  Map<UUID, AiRequestsRecord> byId() {
    return lines().stream().collect(Collectors.toMap(AiRequestsRecord::getId, Function.identity()));
  }

  /** The only line there is. */
  AiRequestsRecord line() {
    List<AiRequestsRecord> lines = lines();
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  AiRequestsRecord line(UUID id) {
    return byId().get(id);
  }

  int open() {
    return database.read(sql -> sql.fetchCount(AI_REQUESTS, AI_REQUESTS.FINISHED_AT.isNull()));
  }

  /** Events that tell of a line. */
  int events(UUID line) {
    return database.read(sql -> sql.fetchCount(EVENTS, EVENTS.SUBJECT_ID.eq(line)));
  }

  /** Waits until no call is open. */
  void awaitSettled(Duration within) throws InterruptedException {
    Await.until("every line is settled", within, () -> open() == 0);
  }

  long spent() {
    return sum(periods(), BudgetPeriodsRecord::getSpentNanos);
  }

  long held() {
    return sum(periods(), BudgetPeriodsRecord::getHeldNanos);
  }

  private List<BudgetPeriodsRecord> periods() {
    return database.read(sql -> sql.selectFrom(BUDGET_PERIODS).fetch());
  }

  private static long sum(
      List<BudgetPeriodsRecord> periods, Function<BudgetPeriodsRecord, Long> of) {
    return periods.stream().mapToLong(of::apply).sum();
  }

  /**
   * Nothing is open and nothing is held; each budget period has spent the sum of the lines that
   * name it; the sums of the costs are the sums of the lines.
   */
  void balance() {
    List<AiRequestsRecord> lines = lines();
    Map<UUID, Long> costs = new HashMap<>();
    for (AiRequestsRecord line : lines) {
      assertThat(line.getFinishedAt()).as("end of line %s", line.getId()).isNotNull();
      for (JsonNode period : line.getBudgetPeriodIds()) {
        costs.merge(UUID.fromString(period.asText()), line.getCostNanos(), Long::sum);
      }
    }
    for (BudgetPeriodsRecord period : periods()) {
      assertThat(period.getHeldNanos()).as("held of period %s", period.getId()).isZero();
      assertThat(period.getSpentNanos())
          .as("spent of period %s", period.getId())
          .isEqualTo(costs.getOrDefault(period.getId(), 0L));
    }
    long cost = lines.stream().mapToLong(AiRequestsRecord::getCostNanos).sum();
    for (String kind : List.of("HOURLY", "MONTHLY")) {
      assertThat(tracked(kind))
          .as("%s sums of cost tracking: lines, nanos", kind)
          .containsExactly((long) lines.size(), cost);
    }
  }

  private List<Long> tracked(String kind) {
    return database.read(
        sql ->
            sql.select(
                    DSL.coalesce(DSL.sum(COST_TRACKING.REQUESTS), DSL.zero()).cast(Long.class),
                    DSL.coalesce(DSL.sum(COST_TRACKING.COST_NANOS), DSL.zero()).cast(Long.class))
                .from(COST_TRACKING)
                .where(COST_TRACKING.PERIOD_KIND.eq(kind))
                .fetchSingle(row -> List.of(row.value1(), row.value2())));
  }
}
