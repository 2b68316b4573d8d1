package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;
import static dev.ledgerstone.db.schema.Tables.CARRIED_COSTS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;
import static dev.ledgerstone.db.schema.Tables.REQUEST_SCORES;
import static dev.ledgerstone.db.schema.Tables.RETENTION_RUNS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.audit.Verification;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.PastLines;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.testkit.OldCalls;
import dev.ledgerstone.testkit.People;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Lines of the ledger go, and all that they prove stays proved. */
@ParameterizedClass
@EnumSource(Engine.class)
class LineRetentionTest {
  private static final Duration YEAR = Duration.ofDays(365);

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final Instant lastYear = now.minus(Duration.ofDays(400));

  @TempDir Path folder;

  private final Database database;
  private final People people;
  private final OldCalls calls;

  LineRetentionTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    Policies.platform(database);
    people = People.in(database);
    calls = new OldCalls(database, people, 7);
  }

  private void policy(UUID tenant, String action, int keepDays, boolean isHeld) {
    Policies.set(database, tenant, "lines", action, keepDays, isHeld, "ai_requests");
  }

  private List<Retention.Outcome> run() {
    return Policies.run(database, folder, now);
  }

  private Reconciliation.Report reconciled() {
    Reconciliation.Report report = Reconciliation.run(database, _ -> {});
    assertThat(report.named()).isEmpty();
    assertThat(report.isClean()).isTrue();
    return report;
  }

  private int lines(Condition... which) {
    return database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS, which));
  }

  private static Condition before(Instant cutoff) {
    return AI_REQUESTS.ID.lt(Ids.lowest(cutoff));
  }

  /**
   * Random calls of two tenants, who have random policies under a platform's random one, run again
   * and again: sums and periods are as they were, to the nano, and reconcile finds nothing.
   */
  @Test
  void whateverGoesTheBooksAreAsTheyWere() {
    People others = People.in(database);
    OldCalls theirs = new OldCalls(database, others, 8);
    for (People each : List.of(people, others)) {
      each.hardBudget("MONTHLY", 40_000_000);
      each.budget("API_KEY", each.key().toString(), "DAILY", 1_000_000, false);
      each.budget("TAG", "x", "TOTAL", 1_000_000, false);
    }
    // Days that are cut at moments at which calls are.
    calls.make(120, lastYear, YEAR);
    theirs.make(120, lastYear, YEAR);
    calls.bring(300, lastYear, YEAR);
    calls.end();
    Random random = new Random(11);
    long made = reconciled().lines();
    String sums = OldCalls.sums(database);
    long gone = 0;
    for (int i = 0; i < 8; i++) {
      int all = 30 + random.nextInt(370);
      int own = 30 + random.nextInt(370);
      policy(Tenants.PLATFORM, random.nextBoolean() ? "DELETE" : "ARCHIVE", all, false);
      if (i % 3 > 0) {
        policy(others.tenant(), "DELETE", own, i % 3 == 1);
      }

      List<Retention.Outcome> outcomes = run();

      assertThat(outcomes)
          .allMatch(
              it ->
                  it.status() == Retention.Status.COMPLETED
                      || it.status() == Retention.Status.HELD);
      gone += outcomes.stream().mapToLong(Retention.Outcome::rows).sum();
      assertThat(lines(AI_REQUESTS.TENANT_ID.eq(people.tenant()), before(days(all)))).isZero();
      Reconciliation.Report report = reconciled();
      assertThat(report.gone()).isEqualTo(gone);
      assertThat(report.lines()).isEqualTo(made - gone);
      assertThat(OldCalls.sums(database)).isEqualTo(sums);
    }
    assertThat(gone).isPositive();
    assertThat(Verification.run(database, Policies.VAULT, null, List.of(), _ -> {}).isClean())
        .isTrue();
  }

  private Instant days(int before) {
    return now.minus(Duration.ofDays(before));
  }

  @Test
  void whatRunsStaysAndGoesWhenItHasEnded() {
    people.hardBudget("TOTAL", Long.MAX_VALUE / 2);
    calls.make(60, lastYear, Duration.ofDays(10));
    int running = lines(AI_REQUESTS.FINISHED_AT.isNull());
    assertThat(running).isPositive();
    policy(Tenants.PLATFORM, "DELETE", 30, false);

    run();

    assertThat(lines()).isEqualTo(running);
    assertThat(reconciled().pending()).isEqualTo(running);
    calls.end(); // settled at what they held, behind the horizon
    assertThat(lines(AI_REQUESTS.FINISHED_AT.isNull())).isZero();
    assertThat(reconciled().lines()).isEqualTo(running);
    assertThat(run().getFirst().rows()).isEqualTo(running);
    assertThat(lines()).isZero();
    assertThat(reconciled().gone()).isGreaterThan(60 - 1);
  }

  @Test
  void theArchiveHasTheLineWithWhatHangsOnItAndNothingOfItStays() throws IOException {
    calls.make(40, lastYear, Duration.ofDays(10));
    calls.end();
    List<UUID> roots =
        database.read(
            sql ->
                sql.select(AI_REQUESTS.ID)
                    .from(AI_REQUESTS)
                    .where(AI_REQUESTS.PARENT_ID.isNull())
                    .orderBy(AI_REQUESTS.ID)
                    .fetch(AI_REQUESTS.ID));
    calls.rate(roots.getFirst(), 4);
    int lines = lines();
    int scores = database.<Integer>read(sql -> sql.fetchCount(REQUEST_SCORES));
    assertThat(scores).isPositive();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUEST_BODIES))).isPositive();
    UUID young = calls.make(8, now.minus(Duration.ofDays(2)), Duration.ofDays(1)).getFirst();
    calls.end();
    calls.rate(young, 2);
    policy(people.tenant(), "ARCHIVE", 30, false);

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.rows()).isEqualTo(lines);
    List<JsonNode> archived = archived(outcome.archive());
    assertThat(archived).hasSize(lines);
    assertThat(archived.stream().mapToInt(it -> it.path("request_scores").size()).sum())
        .isEqualTo(scores);
    JsonNode rated = archived.getFirst();
    assertThat(rated.path("id").asText()).isEqualTo(roots.getFirst().toString());
    assertThat(rated.path("cost_nanos").isIntegralNumber()).isTrue();
    assertThat(rated.path("request_feedback").path(0).path("rating").asInt()).isEqualTo(4);
    assertThat(archived.toString()).doesNotContain("\"input\"");
    for (Hanging each : Hanging.values()) {
      assertThat(each.orphans(database)).as(each.name()).isZero();
    }
    assertThat(database.<Integer>read(sql -> sql.fetchCount(REQUEST_FEEDBACK))).isEqualTo(1);
    reconciled();
  }

  /** What hangs on lines. */
  private enum Hanging {
    FEEDBACK("request_feedback"),
    SCORES("request_scores"),
    BODIES("ai_request_bodies");

    private final String table;

    Hanging(String table) {
      this.table = table;
    }

    int orphans(Database database) {
      return database.read(
          sql ->
              Objects.requireNonNull(
                  sql.fetchSingle(
                          "select count(*) from "
                              + table
                              + " where request_id not in (select id from ai_requests)")
                      .get(0, Integer.class)));
    }
  }

  private List<JsonNode> archived(@Nullable String key) throws IOException {
    Path file = folder.resolve("archive").resolve(Objects.requireNonNull(key));
    List<JsonNode> rows = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      lines.lines().forEach(it -> rows.add(JsonBinding.parse(it)));
    }
    return rows;
  }

  @Test
  void aHoldOnLinesOrOnWhatHangsOnThemKeepsThem() {
    calls.bring(5, lastYear, YEAR);
    People others = People.in(database);
    new OldCalls(database, others, 1).bring(5, lastYear, Duration.ofDays(1));
    policy(Tenants.PLATFORM, "DELETE", 30, false);
    for (String table : List.of("ai_requests", "request_feedback", "ai_request_bodies")) {
      Policies.set(database, people.tenant(), "case 7", "DELETE", 1, true, table);
      run();
      assertThat(lines(AI_REQUESTS.TENANT_ID.eq(people.tenant()))).as(table).isEqualTo(5);
    }
    assertThat(lines(AI_REQUESTS.TENANT_ID.eq(others.tenant()))).isZero();
    reconciled();
  }

  @Test
  void aHoldThatComesWhileARunIsAtWorkHoldsFromThere() {
    calls.bring(2 * LinePass.SLICE + 1, lastYear, YEAR);
    policy(people.tenant(), "DELETE", 30, false);

    List<Retention.Outcome> outcomes =
        Policies.run(
            database,
            folder,
            now,
            step -> {
              if (step.endsWith(LinePass.SLICE + " rows")) {
                policy(people.tenant(), "DELETE", 30, true);
              }
            });

    assertThat(outcomes.getFirst().status()).isEqualTo(Retention.Status.FAILED);
    assertThat(outcomes.getFirst().note()).contains("policies were changed");
    assertThat(lines()).isEqualTo(LinePass.SLICE + 1);
    reconciled();
    assertThat(run().getFirst().status()).isEqualTo(Retention.Status.HELD);
  }

  @Test
  void aRunThatBreaksBetweenSlicesLeavesTheBooksCleanAndTheNextGoesOn() {
    calls.bring(2 * LinePass.SLICE + 1, lastYear, Duration.ofDays(100));
    String sums = OldCalls.sums(database);
    policy(Tenants.PLATFORM, "DELETE", 30, false);

    assertThatThrownBy(
            () ->
                Policies.run(
                    database,
                    folder,
                    now,
                    step -> {
                      if (step.endsWith(LinePass.SLICE + " rows")) {
                        throw new IllegalStateException("killed");
                      }
                    }))
        .hasMessage("killed");

    assertThat(lines()).isEqualTo(LinePass.SLICE + 1);
    assertThat(reconciled().gone()).isEqualTo(LinePass.SLICE);
    assertThat(OldCalls.sums(database)).isEqualTo(sums);
    Policies.run(database, folder, now.plus(Duration.ofHours(7)));
    assertThat(lines()).isZero();
    assertThat(reconciled().gone()).isEqualTo(2 * LinePass.SLICE + 1);
    assertThat(OldCalls.sums(database)).isEqualTo(sums);
  }

  /** Another policy's run, on another node, has read the same lines. */
  @Test
  void linesThatTwoWantToLetGoAreCarriedOnce() {
    calls.bring(20, lastYear, Duration.ofDays(1));
    PastLines lines = new PastLines();
    Condition which = before(now).and(AI_REQUESTS.FINISHED_AT.isNotNull());
    PastLines.Leaving all = database.read(sql -> lines.read(sql, "ai_requests", which, 30));
    PastLines.Leaving some = database.read(sql -> lines.read(sql, "ai_requests", which, 5));
    letGo(lines, some);

    assertThatThrownBy(() -> letGo(lines, all)).isInstanceOf(PastLines.Overtaken.class);

    assertThat(lines()).isEqualTo(15);
    policy(Tenants.PLATFORM, "DELETE", 30, false);
    run();
    assertThat(lines()).isZero();
    assertThat(reconciled().gone()).isEqualTo(20);
  }

  private void letGo(PastLines lines, PastLines.Leaving leaving) {
    database.<Integer>write(
        sql -> {
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, Ids.next())
              .set(MAINTENANCE.REASON, "a test")
              .set(MAINTENANCE.AT, now)
              .execute();
          lines.letGo(sql, leaving, now);
          return sql.deleteFrom(MAINTENANCE).execute();
        });
  }

  /**
   * Calls are made, lines are brought, and a tenant comes, with a past, between slice and slice.
   */
  @Test
  void whatComesWhileARunIsAtWorkCountsOnce() {
    calls.bring(2 * LinePass.SLICE, lastYear, Duration.ofDays(1));
    BroughtLine late = calls.line(Ids.at(lastYear.plusSeconds(1)), lastYear.plusSeconds(1));
    policy(Tenants.PLATFORM, "DELETE", 30, false);
    List<People> fresh = new ArrayList<>();

    Retention.Outcome outcome =
        Policies.run(
                database,
                folder,
                now,
                step -> {
                  if (step.endsWith(" " + LinePass.SLICE + " rows")) {
                    calls.make(10, now.minusSeconds(60), Duration.ofSeconds(1));
                    assertThat(calls.bring(List.of(late)).late()).containsExactly(late.id());
                    fresh.add(People.in(database));
                    new OldCalls(database, fresh.getFirst(), 2)
                        .bring(5, lastYear.plus(Duration.ofDays(20)), Duration.ofDays(1));
                  }
                })
            .getFirst();

    assertThat(outcome.note()).isNull();
    assertThat(outcome.rows()).isEqualTo(2 * LinePass.SLICE);
    assertThat(lines(AI_REQUESTS.TENANT_ID.eq(fresh.getFirst().tenant())))
        .as("lines of a tenant of which nobody knows yet that they may be gone")
        .isEqualTo(5);
    assertThat(reconciled().gone()).isEqualTo(2 * LinePass.SLICE);
    assertThat(run().getFirst().rows()).isEqualTo(5);
    reconciled();
  }

  @Test
  void aLineThatDoesNotProveStaysAndIsNamed() {
    calls.make(30, lastYear, Duration.ofDays(10));
    calls.end();
    UUID line =
        Objects.requireNonNull(
            database.read(
                sql ->
                    sql.select(AI_REQUESTS.ID)
                        .from(AI_REQUESTS)
                        .where(AI_REQUESTS.COST_NANOS.gt(10L))
                        .orderBy(AI_REQUESTS.ID)
                        .limit(1)
                        .fetchSingle(AI_REQUESTS.ID)));
    database.<Integer>write(
        sql -> {
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, Ids.next())
              .set(MAINTENANCE.REASON, "a forger's")
              .set(MAINTENANCE.AT, now)
              .execute();
          sql.update(AI_REQUESTS)
              .set(AI_REQUESTS.COST_NANOS, 1L)
              .where(AI_REQUESTS.ID.eq(line))
              .execute();
          return sql.deleteFrom(MAINTENANCE).execute();
        });
    policy(Tenants.PLATFORM, "DELETE", 30, false);
    int before = lines();

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.status()).isEqualTo(Retention.Status.FAILED);
    assertThat(outcome.note()).contains(line.toString(), "does not prove");
    assertThat(lines()).isEqualTo(before);
    assertThat(Reconciliation.run(database, _ -> {}).isClean()).isFalse();
  }

  @Test
  void whatIsBroughtAgainWhenItIsGoneDoesNotCountTwice() {
    BroughtLine old = calls.line(Ids.at(lastYear), lastYear);
    BroughtLine kept = calls.line(Ids.at(now.minusSeconds(60)), now.minusSeconds(60));
    calls.bring(List.of(old, kept));
    policy(people.tenant(), "DELETE", 30, false);
    run();
    String sums = OldCalls.sums(database);

    BroughtLine other = calls.line(Ids.at(days(31)), days(31));
    BroughtLine fresh = calls.line(Ids.at(days(29)), days(29));
    BroughtLines.Written written = calls.bring(List.of(old, kept, other));

    assertThat(written.there()).isEqualTo(1);
    assertThat(written.late()).containsExactlyInAnyOrder(old.id(), other.id());
    assertThat(OldCalls.sums(database)).isEqualTo(sums);
    assertThat(calls.bring(List.of(fresh)).late()).isEmpty();
    assertThat(reconciled().lines()).isEqualTo(2);
  }

  @Test
  void anEventThatIsLostIsMissedWhereLinesMustBeThere() {
    calls.bring(3, lastYear, Duration.ofDays(1));
    calls.bring(3, days(20), Duration.ofDays(1));
    policy(people.tenant(), "DELETE", 30, false);
    run();
    reconciled();
    UUID young =
        database.read(
            sql -> sql.select(AI_REQUESTS.ID).from(AI_REQUESTS).limit(1).fetchSingle().value1());

    database.<Integer>write(
        sql -> {
          sql.execute(
              "insert into maintenance (id, reason, at) values ('"
                  + Ids.next()
                  + "', 'a thief', '2026-01-01T00:00:00.000000Z')");
          sql.execute("delete from events where subject_id = '" + young + "'");
          return sql.deleteFrom(MAINTENANCE).execute();
        });

    assertThat(Reconciliation.run(database, _ -> {}).named())
        .extracting(Reconciliation.Difference::key)
        .containsExactly(young.toString());
  }

  @Test
  void aCarriedSumThatIsChangedIsFound() {
    calls.bring(3, lastYear, Duration.ofDays(1));
    policy(people.tenant(), "DELETE", 30, false);
    run();
    reconciled();
    for (String column : List.of("requests", "failures", "cost_nanos", "latency_le_100ms")) {
      database.<Integer>write(
          sql -> sql.execute("update carried_costs set " + column + " = " + column + " + 1"));
      assertThat(Reconciliation.run(database, _ -> {}).isClean()).as(column).isFalse();
      database.<Integer>write(
          sql -> sql.execute("update carried_costs set " + column + " = " + column + " - 1"));
      reconciled();
    }
    database.<Integer>write(sql -> sql.deleteFrom(CARRIED_COSTS).execute());
    assertThat(Reconciliation.run(database, _ -> {}).isClean()).isFalse();
  }

  /** On SQLite there are none, and the same lines go in slices. */
  @Test
  void wholePartsOfTheTableGoAndOneWithALineThatRunsStays() throws IOException {
    Partitions partitions = new Partitions(database);
    Instant first = Instant.parse("2025-01-10T00:00:00Z");
    Instant second = Instant.parse("2025-02-10T00:00:00Z");
    if (database.engine() == Engine.POSTGRES) {
      partitions.cover("ai_requests", first, second);
    }
    people.hardBudget("TOTAL", Long.MAX_VALUE / 2);
    calls.bring(LinePass.SLICE + 10, first, Duration.ofDays(10));
    calls.rate(calls.make(20, first, Duration.ofDays(5)).getFirst(), 3);
    calls.end();
    calls.make(40, second, Duration.ofDays(5));
    int running = lines(AI_REQUESTS.FINISHED_AT.isNull());
    int made = lines();
    String sums = OldCalls.sums(database);
    Set<String> before = new HashSet<>(partitions.ended("ai_requests", now));
    policy(Tenants.PLATFORM, "ARCHIVE", 30, false);

    Retention.Outcome outcome = run().getFirst();

    assertThat(outcome.note()).isNull();
    assertThat(outcome.rows()).isEqualTo(made - running);
    assertThat(archived(outcome.archive())).hasSize(made - running);
    assertThat(lines()).isEqualTo(running);
    assertThat(reconciled().gone()).isEqualTo(made - running);
    assertThat(OldCalls.sums(database)).isEqualTo(sums);
    for (Hanging each : Hanging.values()) {
      assertThat(each.orphans(database)).as(each.name()).isZero();
    }
    if (database.engine() == Engine.POSTGRES) {
      assertThat(before).contains("ai_requests_2025_01", "ai_requests_2025_02");
      assertThat(partitions.ended("ai_requests", now))
          .doesNotContain("ai_requests_2025_01")
          .contains("ai_requests_2025_02");
    }
    calls.end();
    run();
    assertThat(partitions.ended("ai_requests", now)).doesNotContain("ai_requests_2025_02");
    assertThat(lines()).isZero();
    assertThat(reconciled().gone()).isEqualTo(made);
  }

  @Test
  void personalColumnsOfLinesAreEmptiedAndTheBooksStay() {
    calls.make(20, lastYear, YEAR);
    calls.end();
    policy(Tenants.PLATFORM, "ANONYMIZE", 30, false);

    long rows = run().getFirst().rows();

    assertThat(rows).isEqualTo(lines());
    assertThat(lines(AI_REQUESTS.IP.isNotNull())).isZero();
    assertThat(reconciled().gone()).isZero();
  }

  @Test
  void eachRunLeavesItsRow() {
    calls.bring(3, lastYear, Duration.ofDays(1));
    policy(people.tenant(), "ARCHIVE", 30, false);

    run();

    var row = database.read(sql -> sql.fetchSingle(RETENTION_RUNS));
    assertThat(row.getTenantId()).isEqualTo(people.tenant());
    assertThat(row.getTableName()).isEqualTo("ai_requests");
    assertThat(row.getCutoff()).isEqualTo(days(30));
    assertThat(row.getStatus()).isEqualTo("COMPLETED");
    assertThat(row.getRowsDeleted()).isEqualTo(3);
    assertThat(row.getRowsArchived()).isEqualTo(3);
    assertThat(row.getArchive()).startsWith("ai_requests/");
  }
}
