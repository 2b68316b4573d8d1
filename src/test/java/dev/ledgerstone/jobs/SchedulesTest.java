package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_SCHEDULES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.JobSchedulesRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class SchedulesTest {
  private static final JobType NIGHTLY = JobType.of("test.nightly", "By night");
  private static final Instant NOW = Instant.parse("2026-05-04T10:00:30Z");

  private final Shop shop;

  SchedulesTest(Engine engine) {
    shop = new Shop(engine);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  private Schedules at(Instant now) {
    return new Schedules(
        shop.database,
        Clock.fixed(now, ZoneOffset.UTC),
        new JobRows(shop.database.dialect(), "a"),
        Map.of(NIGHTLY.name(), NIGHTLY));
  }

  private UUID schedule(String cron, String misfire, Instant next) {
    UUID id = Ids.next();
    shop.database.write(
        sql ->
            sql.insertInto(JOB_SCHEDULES)
                .set(JOB_SCHEDULES.ID, id)
                .set(JOB_SCHEDULES.TENANT_ID, shop.tenant)
                .set(JOB_SCHEDULES.NAME, "s" + id)
                .set(JOB_SCHEDULES.CRON, cron)
                .set(JOB_SCHEDULES.KIND, NIGHTLY.name())
                .set(JOB_SCHEDULES.MISFIRE, misfire)
                .set(JOB_SCHEDULES.PAYLOAD, JsonNodeFactory.instance.objectNode().put("a", 1))
                .set(JOB_SCHEDULES.NEXT_AT, next)
                .set(JOB_SCHEDULES.CREATED_AT, Shop.NOW)
                .set(JOB_SCHEDULES.UPDATED_AT, Shop.NOW)
                .execute());
    return id;
  }

  private List<JobsRecord> made(UUID schedule) {
    return shop.database.read(
        sql ->
            sql.selectFrom(JOBS)
                .where(JOBS.SCHEDULE_ID.eq(schedule))
                .orderBy(JOBS.SCHEDULED_FOR)
                .fetch());
  }

  private JobSchedulesRecord row(UUID schedule) {
    return shop.database.read(
        sql -> sql.selectFrom(JOB_SCHEDULES).where(JOB_SCHEDULES.ID.eq(schedule)).fetchSingle());
  }

  @Test
  void aTimeThatHasComeMakesAJobAndMovesOn() {
    UUID id = schedule("*/5 * * * *", "RUN_ONCE", Instant.parse("2026-05-04T10:00:00Z"));

    assertThat(at(NOW).tick()).isEqualTo(1);
    assertThat(at(NOW).tick()).isZero();

    assertThat(made(id))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getScheduledFor()).isEqualTo(Instant.parse("2026-05-04T10:00:00Z"));
              assertThat(it.getPayload().path("a").asInt()).isEqualTo(1);
              assertThat(it.getState()).isEqualTo("QUEUED");
            });
    assertThat(row(id).getNextAt()).isEqualTo(Instant.parse("2026-05-04T10:05:00Z"));
  }

  @Test
  void ofWhatWasMissedThereIsOneJobNoneOrAll() {
    Instant then = Instant.parse("2026-05-04T09:45:00Z");
    UUID once = schedule("*/5 * * * *", "RUN_ONCE", then);
    UUID all = schedule("*/5 * * * *", "RUN_ALL", then);
    UUID skipped = schedule("*/7 * * * *", "SKIP", Instant.parse("2026-05-04T09:42:00Z"));

    at(NOW).tick();

    assertThat(made(once))
        .extracting(JobsRecord::getScheduledFor)
        .containsExactly(Instant.parse("2026-05-04T10:00:00Z"));
    assertThat(made(all)).hasSize(4);
    assertThat(made(skipped)).as("10:00:00 is not late").hasSize(1);
    assertThat(List.of(once, all))
        .allSatisfy(
            it -> assertThat(row(it).getNextAt()).isEqualTo(Instant.parse("2026-05-04T10:05:00Z")));
    UUID late = schedule("0 9 * * *", "SKIP", Instant.parse("2026-05-04T09:00:00Z"));
    at(NOW).tick();
    assertThat(made(late)).isEmpty();
  }

  @Test
  void aServerThatWasDownForYearsMakesOneJob() {
    UUID id = schedule("* * * * *", "RUN_ONCE", Instant.parse("2024-05-04T09:45:00Z"));

    at(NOW).tick();

    assertThat(made(id)).hasSize(1);
    assertThat(row(id).getNextAt()).isAfter(NOW);
  }

  @Test
  void whileTheLastOneIsUnfinishedNoneIsMade() {
    UUID id = schedule("* * * * *", "RUN_ONCE", Instant.parse("2026-05-04T10:00:00Z"));

    at(NOW).tick();
    at(NOW.plusSeconds(60)).tick();

    assertThat(made(id)).hasSize(1);
    assertThat(row(id).getNextAt()).isEqualTo(Instant.parse("2026-05-04T10:02:00Z"));
  }

  @Test
  void nodesThatLookAtOnceMakeNoDoubles() throws Exception {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(schedule("*/5 * * * *", "RUN_ALL", Instant.parse("2026-05-04T09:45:00Z")));
    }
    try (ExecutorService nodes = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> ticks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        ticks.add(nodes.submit(() -> at(NOW).tick()));
      }
      int made = 0;
      for (Future<Integer> tick : ticks) {
        made += tick.get();
      }
      assertThat(made).isEqualTo(80);
    }
    assertThat(ids).allSatisfy(it -> assertThat(made(it)).hasSize(4));
  }

  @Test
  void aScheduleThatCannotBeReadRestsAndKeepsNoOther() {
    UUID broken = schedule("every day", "RUN_ONCE", Instant.parse("2026-05-04T10:00:00Z"));
    UUID sound = schedule("*/5 * * * *", "RUN_ONCE", Instant.parse("2026-05-04T10:00:00Z"));

    at(NOW).tick();

    assertThat(made(sound)).hasSize(1);
    assertThat(made(broken)).isEmpty();
    assertThat(row(broken).getNextAt()).isNull();
  }

  @Test
  void theServersOwnSchedulesAreWrittenOnceAndFollowItsVersion() {
    at(NOW).ensure(List.of(new Schedules.Own("n", "0 3 * * *", ZoneOffset.UTC, NIGHTLY)));
    shop.database.write(
        sql -> sql.update(JOB_SCHEDULES).set(JOB_SCHEDULES.IS_ACTIVE, false).execute());
    at(NOW).ensure(List.of(new Schedules.Own("n", "0 3 * * *", ZoneOffset.UTC, NIGHTLY)));
    at(NOW).ensure(List.of(new Schedules.Own("n", "0 4 * * *", ZoneOffset.UTC, NIGHTLY)));

    JobSchedulesRecord row = shop.database.read(sql -> sql.selectFrom(JOB_SCHEDULES).fetchSingle());
    assertThat(row.getTenantId()).isEqualTo(Tenants.PLATFORM);
    assertThat(row.getCron()).isEqualTo("0 4 * * *");
    assertThat(row.getNextAt()).isEqualTo(Instant.parse("2026-05-05T04:00:00Z"));
    assertThat(row.getIsActive()).as("what the operator said").isFalse();
  }
}
