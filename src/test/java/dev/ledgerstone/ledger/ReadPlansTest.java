package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Sight;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.Tables;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.db.schema.tables.records.CostTrackingRecord;
import dev.ledgerstone.testkit.People;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Select;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What grows for ever is never read whole: the engines' own plans say so. */
@ParameterizedClass
@EnumSource(Engine.class)
class ReadPlansTest {
  private static final int ROWS = 3000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Database database;
  private final Sight sight;

  ReadPlansTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    People seen = People.in(database);
    People others = People.in(database);
    sight = new Sight(seen.tenant(), Optional.of(seen.user()));
    database.write(
        sql -> {
          List<AiRequestsRecord> lines = new ArrayList<>();
          List<CostTrackingRecord> sums = new ArrayList<>();
          for (int i = 0; i < ROWS; i++) {
            People of = i % 3 == 0 ? seen : others;
            Instant at = START.plus(Duration.ofHours(i));
            lines.add(line(sql, of, at));
            sums.add(sum(sql, of, at));
          }
          sql.batchInsert(lines).execute();
          sql.batchInsert(sums).execute();
          return null;
        });
  }

  private static AiRequestsRecord line(DSLContext sql, People of, Instant at) {
    AiRequestsRecord row = sql.newRecord(Tables.AI_REQUESTS);
    row.setId(Ids.next());
    row.setTenantId(of.tenant());
    row.setUserId(of.user());
    row.setProvider("p");
    row.setModel("m");
    row.setRequestedModel("m");
    row.setRequestType("CHAT");
    row.setStatus("COMPLETED");
    row.setNodeId(Tenants.PLATFORM);
    row.setPriceId(Tenants.PLATFORM);
    row.setStartedAt(at);
    row.setFinishedAt(at);
    return row;
  }

  private static CostTrackingRecord sum(DSLContext sql, People of, Instant at) {
    CostTrackingRecord row = sql.newRecord(Tables.COST_TRACKING);
    row.setId(Ids.next());
    row.setTenantId(of.tenant());
    row.setPeriodKind("HOURLY");
    row.setPeriodStart(at);
    row.setUserId(of.user());
    row.setApiKeyId(of.key());
    row.setServiceConfigId(Rollup.NONE);
    row.setProvider("p");
    row.setModel("m");
    row.setTaskType("CHAT");
    row.setStatus("COMPLETED");
    row.setEndpoint("/v1/chat/completions");
    row.setUpdatedAt(at);
    return row;
  }

  /** Before and after the engine knows its rows: a new server has no statistics. */
  private Stream<String> plans(Function<DSLContext, Select<?>> query) {
    String before = plan(query);
    database.write(sql -> sql.execute("analyze"));
    return Stream.of(before, plan(query));
  }

  private String plan(Function<DSLContext, Select<?>> query) {
    String explain =
        switch (database.engine()) {
          case SQLITE -> "explain query plan {0}";
          case POSTGRES -> "explain {0}";
        };
    int column = database.engine() == Engine.SQLITE ? 3 : 0;
    return database.read(
        sql ->
            sql.resultQuery(explain, query.apply(sql)).fetch().stream()
                .map(row -> String.valueOf(row.get(column)))
                .collect(Collectors.joining("\n")));
  }

  private void isSearched(Stream<String> plans) {
    plans.forEach(
        plan ->
            assertThat(plan.toLowerCase(Locale.ROOT))
                .contains("index")
                .doesNotContain(
                    "seq scan on ai_requests",
                    "scan ai_requests",
                    "seq scan on cost_tracking",
                    "scan cost_tracking"));
  }

  @Test
  void aPlantedScanIsSeen() {
    String plan = plan(sql -> sql.selectFrom(Tables.AI_REQUESTS)).toLowerCase(Locale.ROOT);

    assertThat(plan).containsAnyOf("seq scan", "scan ai_requests");
  }

  @Test
  void listsFollowTheIndexOfIds() {
    Instant now = Instant.now();
    isSearched(
        plans(
            sql ->
                LedgerReader.lines(
                    sql,
                    sight,
                    Tables.AI_REQUESTS
                        .PARENT_ID
                        .isNull()
                        .and(Tables.AI_REQUESTS.ID.ge(Ids.lowest(now.minusSeconds(60))))
                        .and(Tables.AI_REQUESTS.ID.lt(Ids.lowest(now.plusSeconds(60)))),
                    Optional.of(Ids.next()),
                    51)));
    isSearched(
        plans(sql -> LedgerReader.lines(sql, sight, DSL.noCondition(), Optional.empty(), 51)));
  }

  @Test
  void attemptsAreFoundByTheirFirst() {
    UUID root = Ids.next();
    Stream<String> plans = plans(sql -> LedgerReader.later(sql, database.dialect(), sight, root));

    plans.forEach(
        plan ->
            assertThat(plan)
                .containsAnyOf("ai_requests_parent_idx", "parent_id_idx")
                .doesNotContain("Seq Scan"));
  }

  @Test
  void sumsAreReadFromTheirTimeOnly() {
    CostReader.Range range =
        new CostReader.Range(
            PeriodKind.HOURLY,
            START.plus(Duration.ofHours(100)),
            START.plus(Duration.ofHours(130)));
    List<CostGroup> by = List.of(CostGroup.TIME, CostGroup.MODEL);
    Stream<String> plans =
        Stream.concat(
            plans(sql -> CostReader.groups(sql, sight, range, by, List.of(), 51)),
            plans(sql -> CostReader.totals(sql, sight, range)));

    isSearched(
        plans.peek(
            plan -> assertThat(plan).contains("cost_tracking").doesNotContain("ai_requests")));
    isSearched(
        plans(
            sql ->
                CostReader.usage(
                    sql, sight, Optional.empty(), range.from(), range.to(), Optional.empty(), 51)));
  }
}
