package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;
import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_ATTEMPTS;
import static dev.ledgerstone.db.schema.Tables.JOB_SCHEDULES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.cli.ApiClient.Answer;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Expiry;
import dev.ledgerstone.db.MaterializedViews;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code /api/v1/jobs} of a started server, and what it does for itself by schedule. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class JobsApiTest {
  @TempDir static Path data;

  private static Database database;
  private static Server server;
  private static HttpClient http;

  JobsApiTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    server = Servers.start(database, data.resolve(engine.name()));
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  private record Owner(ApiClient api, String key) {}

  private static Owner tenant() {
    String key =
        database.write(
            sql ->
                Seed.tenant(
                        sql,
                        Actor.system(Tenants.PLATFORM),
                        "t-" + Ids.next(),
                        "Tenant",
                        Instant.now())
                    .secret());
    return new Owner(new ApiClient(http, server.port(), key), key);
  }

  private static JsonNode await(ApiClient api, String id, String state) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    JsonNode job = api.get("/jobs/" + id).body();
    while (!job.path("state").asText().equals(state)) {
      assertThat(System.nanoTime()).as("%s is not %s", job, state).isLessThan(end);
      job = api.get("/jobs/" + id).body();
    }
    return job;
  }

  @Test
  void aJobIsMadeRunAndRead() {
    ApiClient api = tenant().api;

    Answer made =
        api.post("/jobs", "{\"type\":\"jobs.trial\",\"payload\":{\"failures\":1},\"priority\":3}");

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.header("location")).isEqualTo("/api/v1/jobs/" + made.id());
    JsonNode job = await(api, made.id(), "SUCCEEDED");
    assertThat(job.path("priority").asInt()).isEqualTo(3);
    assertThat(job.path("result").path("try").asInt()).isEqualTo(2);
    assertThat(job.path("tries"))
        .extracting(it -> it.path("outcome").asText())
        .containsExactly("FAILED", "SUCCEEDED");
    assertThat(api.get("/jobs?state=SUCCEEDED&type=jobs.trial").ids()).containsExactly(made.id());
    assertThat(api.get("/jobs?state=QUEUED,FAILED").ids()).isEmpty();
    assertThat(tenant().api.get("/jobs/" + made.id()).status()).as("another tenant").isEqualTo(404);
  }

  @Test
  void whatIsNotOpenOrNotRightIsRefused() {
    ApiClient api = tenant().api;

    Answer closed = api.post("/jobs", "{\"type\":\"upkeep.jobs\"}");
    assertThat(closed.status()).isEqualTo(422);
    assertThat(closed.body().path("code").asText()).isEqualTo("job_type_not_open");
    assertThat(api.post("/jobs", "{\"type\":\"jobs.trial\",\"payload\":[]}").status())
        .isEqualTo(400);
    assertThat(api.post("/jobs", "{\"type\":\"jobs.trial\",\"priority\":10}").status())
        .isEqualTo(400);
    assertThat(api.get("/jobs?state=LAZY").status()).isEqualTo(400);
    assertThat(api.get("/jobs/types").data())
        .anyMatch(it -> it.path("name").asText().equals("jobs.trial"));
  }

  @Test
  void aJobIsCancelledWhileItWaitsAndWhileItRunsAndReplayed() {
    ApiClient api = tenant().api;
    String waiting =
        api.post("/jobs", "{\"type\":\"jobs.trial\",\"run_at\":\"2099-01-01T00:00:00Z\"}").id();

    Answer cancelled = api.post("/jobs/" + waiting + "/cancel", "");
    assertThat(cancelled.status()).isEqualTo(200);
    assertThat(cancelled.body().path("state").asText()).isEqualTo("CANCELLED");
    assertThat(api.post("/jobs/" + waiting + "/cancel", "").status()).isEqualTo(409);

    String running =
        api.post(
                "/jobs",
                "{\"type\":\"jobs.trial\",\"payload\":{\"steps\":100,\"pause_millis\":1000}}")
            .id();
    await(api, running, "RUNNING");
    assertThat(api.post("/jobs/" + running + "/cancel", "").status()).isEqualTo(202);
    await(api, running, "CANCELLED");

    assertThat(api.post("/jobs/" + waiting + "/replay", "").status()).isEqualTo(200);
    await(api, waiting, "SUCCEEDED");
    assertThat(api.post("/jobs/" + waiting + "/replay", "").status()).isEqualTo(409);
  }

  @Test
  void deadLettersAreReplayedTogether() {
    ApiClient api = tenant().api;
    String dead =
        api.post(
                "/jobs",
                "{\"type\":\"jobs.trial\",\"max_attempts\":1,\"payload\":{\"failures\":1}}")
            .id();
    await(api, dead, "FAILED");

    Answer replayed = api.post("/jobs/replay", "{\"type\":\"jobs.trial\"}");

    assertThat(replayed.body().path("replayed").asInt()).isEqualTo(1);
    assertThat(await(api, dead, "SUCCEEDED").path("attempts").asInt()).isEqualTo(2);
  }

  @Test
  void aQueueIsPausedResumedAndScaledForItsTenantAlone() {
    ApiClient api = tenant().api;
    ApiClient other = tenant().api;
    assertThat(api.post("/jobs/queues/default/pause", "").status()).isEqualTo(200);
    String paused = api.post("/jobs", "{\"type\":\"jobs.trial\"}").id();
    await(other, other.post("/jobs", "{\"type\":\"jobs.trial\"}").id(), "SUCCEEDED");
    assertThat(api.get("/jobs/" + paused).body().path("state").asText()).isEqualTo("QUEUED");

    Answer resumed = api.post("/jobs/queues/default/resume", "");
    assertThat(resumed.body().path("is_paused").asBoolean()).isFalse();
    await(api, paused, "SUCCEEDED");

    Answer scaled =
        api.patch("/jobs/queues/default", "{\"max_running\":2,\"rate_per_minute\":600}");
    assertThat(scaled.body().path("max_running").asInt()).isEqualTo(2);
    Answer unscaled = api.patch("/jobs/queues/default", "{\"max_running\":null}");
    assertThat(unscaled.body().path("max_running").isNull()).isTrue();
    assertThat(unscaled.body().path("rate_per_minute").asInt()).isEqualTo(600);
    assertThat(api.get("/jobs/queues").data())
        .anyMatch(it -> it.path("name").asText().equals("upkeep"));
    assertThat(api.post("/jobs/queues/nowhere/pause", "").status()).isEqualTo(404);
  }

  @Test
  void aScheduleIsMadeChangedAndDeleted() {
    ApiClient api = tenant().api;
    String wish =
        "{\"name\":\"nightly\",\"cron\":\"%s\",\"timezone\":\"Europe/Berlin\",\"type\":\"jobs.trial\"}";

    assertThat(api.post("/jobs/schedules", wish.formatted("every day")).status()).isEqualTo(400);
    Answer made = api.post("/jobs/schedules", wish.formatted("30 2 * * *"));
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.body().path("next_at").asText()).isNotEmpty();
    assertThat(api.post("/jobs/schedules", wish.formatted("30 2 * * *")).status()).isEqualTo(400);

    String path = "/jobs/schedules/" + made.id();
    Answer rests = api.patch(path, "{\"is_active\":false}");
    assertThat(rests.body().path("next_at").isNull()).isTrue();
    assertThat(api.patch(path, "{\"cron\":\"0 * * * *\"}", "\"1\"").status()).isEqualTo(412);
    assertThat(api.get("/jobs/schedules").ids()).containsExactly(made.id());
    assertThat(api.delete(path).status()).isEqualTo(204);
    assertThat(api.get(path).status()).isEqualTo(404);
  }

  @Test
  void progressIsToldAsItHappens() throws Exception {
    Owner owner = tenant();
    String id =
        owner
            .api
            .post(
                "/jobs", "{\"type\":\"jobs.trial\",\"payload\":{\"steps\":3,\"pause_millis\":400}}")
            .id();

    HttpResponse<String> stream =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + server.port() + "/api/v1/jobs/" + id + "/progress"))
                .header("Authorization", "Bearer " + owner.key)
                .build(),
            HttpResponse.BodyHandlers.ofString());

    List<String> events =
        stream.body().lines().filter(it -> it.startsWith("event: ")).distinct().toList();
    assertThat(events).containsExactly("event: progress", "event: finished");
    assertThat(stream.body()).contains("step 1 of 3", "\"state\":\"SUCCEEDED\"");
  }

  @Test
  void theServersOwnSchedulesAreThere() {
    List<String> names =
        database.read(
            sql ->
                sql.select(JOB_SCHEDULES.NAME)
                    .from(JOB_SCHEDULES)
                    .where(JOB_SCHEDULES.TENANT_ID.eq(Tenants.PLATFORM))
                    .fetch(JOB_SCHEDULES.NAME));
    assertThat(names).contains("upkeep.partitions", "upkeep.views", "upkeep.expiry", "upkeep.jobs");
  }

  @Test
  void whatIsOverGoesAndWhatIsNotStays() {
    Instant now = Instant.now();
    UUID over = idempotencyKey(now.minusSeconds(120));
    UUID young = idempotencyKey(now.plusSeconds(120));

    assertThat(new Expiry(database).run(now)).containsKey("idempotency_keys");

    List<UUID> left =
        database.read(
            sql ->
                sql.select(IDEMPOTENCY_KEYS.ID).from(IDEMPOTENCY_KEYS).fetch(IDEMPOTENCY_KEYS.ID));
    assertThat(left).contains(young).doesNotContain(over);
  }

  private static UUID idempotencyKey(Instant expires) {
    UUID id = Ids.next();
    database.write(
        sql ->
            sql.insertInto(IDEMPOTENCY_KEYS)
                .set(IDEMPOTENCY_KEYS.ID, id)
                .set(IDEMPOTENCY_KEYS.TENANT_ID, Tenants.PLATFORM)
                .set(IDEMPOTENCY_KEYS.API_KEY_ID, id)
                .set(IDEMPOTENCY_KEYS.IDEMPOTENCY_KEY, id.toString())
                .set(IDEMPOTENCY_KEYS.BODY_HASH, "h")
                .set(IDEMPOTENCY_KEYS.REQUEST_ID, id)
                .set(IDEMPOTENCY_KEYS.EXPIRES_AT, expires)
                .set(IDEMPOTENCY_KEYS.CREATED_AT, expires)
                .execute());
    return id;
  }

  @Test
  void materializedViewsAreRefreshed() {
    List<String> refreshed = new MaterializedViews(database).refresh();
    switch (database.engine()) {
      case SQLITE -> assertThat(refreshed).isEmpty();
      case POSTGRES -> assertThat(refreshed).contains("daily_costs", "sales_daily");
    }
  }

  @Test
  void jobsThatEndedLongAgoGoWithTheirHistory() {
    ApiClient api = tenant().api;
    String id = api.post("/jobs", "{\"type\":\"jobs.trial\"}").id();
    await(api, id, "SUCCEEDED");
    String waits =
        api.post("/jobs", "{\"type\":\"jobs.trial\",\"run_at\":\"2099-01-01T00:00:00Z\"}").id();
    try (Jobs jobs =
        new Jobs(
            database,
            Clock.systemUTC(),
            Jobs.Settings.defaults(),
            "prunes",
            new SimpleMeterRegistry())) {
      assertThat(jobs.prune(Instant.now().minusSeconds(3600))).isZero();
      assertThat(jobs.prune(Instant.now().plusSeconds(60))).isPositive();
    }
    assertThat(api.get("/jobs/" + id).status()).isEqualTo(404);
    assertThat(api.get("/jobs/" + waits).status()).isEqualTo(200);
    int rows = database.read(sql -> sql.fetchCount(JOBS, JOBS.ID.eq(UUID.fromString(id))));
    int tries =
        database.read(
            sql -> sql.fetchCount(JOB_ATTEMPTS, JOB_ATTEMPTS.JOB_ID.eq(UUID.fromString(id))));
    assertThat(rows + tries).isZero();
  }
}
