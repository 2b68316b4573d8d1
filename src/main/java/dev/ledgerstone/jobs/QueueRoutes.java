package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_QUEUES;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.JobQueuesRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * {@code /jobs/queues}: what a tenant has in each queue, and how much of it may run. A tenant lays
 * down what holds for its own jobs; others' go on.
 */
final class QueueRoutes implements HttpService {
  private static final int MOST = 1_000_000;

  private final Jobs jobs;
  private final Database database;
  private final Identity identity;
  private final Clock clock;

  QueueRoutes(Jobs jobs, Database database, Identity identity, Clock clock) {
    this.jobs = jobs;
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/jobs/queues", this::list)
        .patch("/jobs/queues/{name}", this::change)
        .post("/jobs/queues/{name}/pause", (in, out) -> pause(in, out, true))
        .post("/jobs/queues/{name}/resume", (in, out) -> pause(in, out, false));
  }

  /** A queue with what a tenant has in it, by state. */
  private record Shown(String name, @Nullable JobQueuesRecord rules, Map<String, Integer> counts) {
    void write(JsonGenerator json) throws IOException {
      Rows.field(json, "name", name);
      Rows.field(json, "is_paused", rules != null && rules.getIsPaused());
      Rows.field(json, "max_running", rules == null ? null : rules.getMaxRunning());
      Rows.field(json, "rate_per_minute", rules == null ? null : rules.getRatePerMinute());
      for (JobState state : List.of(JobState.SCHEDULED, JobState.QUEUED, JobState.RUNNING)) {
        Rows.field(
            json,
            state.name().toLowerCase(java.util.Locale.ROOT),
            counts.getOrDefault(state.name(), 0));
      }
      Rows.field(json, "failed", counts.getOrDefault(JobState.FAILED.name(), 0));
    }
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOB_QUEUES);
    Parameters.of(request).nothingElse();
    List<Shown> queues =
        database.read(
            sql -> jobs.queues().stream().map(name -> shown(sql, sight.tenant(), name)).toList());
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (Shown queue : queues) {
            json.writeStartObject();
            queue.write(json);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeNullField("next");
        });
  }

  private static Shown shown(DSLContext sql, UUID tenant, String queue) {
    Map<String, Integer> counts = new HashMap<>();
    sql.select(JOBS.STATE, DSL.count())
        .from(JOBS)
        .where(JOBS.TENANT_ID.eq(tenant))
        .and(JOBS.STATE.ne(DSL.inline(JobState.SUCCEEDED.name())))
        .and(JOBS.QUEUE.eq(queue))
        .groupBy(JOBS.STATE)
        .forEach(row -> counts.put(row.value1(), row.value2()));
    return new Shown(queue, find(sql, tenant, queue), counts);
  }

  private static @Nullable JobQueuesRecord find(DSLContext sql, UUID tenant, String queue) {
    return sql.selectFrom(JOB_QUEUES)
        .where(JOB_QUEUES.TENANT_ID.eq(tenant))
        .and(JOB_QUEUES.NAME.eq(queue))
        .fetchOne();
  }

  private void pause(ServerRequest request, ServerResponse response, boolean isPaused)
      throws IOException {
    write(request, response, row -> row.setIsPaused(isPaused));
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Sight _ = Sight.of(identity.of(request), Permissions.WRITE_JOB_QUEUES);
    Fields fields = Fields.of(Json.read(request, JobRoutes.MOST_BODY_BYTES));
    Wish wish =
        new Wish(
            fields.has("is_paused") ? (Boolean) fields.bool("is_paused", false) : null,
            number(fields, "max_running"),
            fields.isNamed("max_running"),
            number(fields, "rate_per_minute"),
            fields.isNamed("rate_per_minute"));
    fields.nothingElse();
    write(request, response, wish::put);
  }

  /** What of a queue is to change; a number that is named and null is taken away. */
  private record Wish(
      @Nullable Boolean isPaused,
      @Nullable Integer maxRunning,
      boolean namesMaxRunning,
      @Nullable Integer rate,
      boolean namesRate) {
    void put(JobQueuesRecord row) {
      if (isPaused != null) {
        row.setIsPaused(isPaused);
      }
      if (namesMaxRunning) {
        row.setMaxRunning(maxRunning);
      }
      if (namesRate) {
        row.setRatePerMinute(rate);
      }
    }
  }

  private static @Nullable Integer number(Fields fields, String name) {
    return fields.has(name) ? (Integer) (int) fields.integer(name, 1, MOST) : null;
  }

  private void write(ServerRequest request, ServerResponse response, Consumer<JobQueuesRecord> put)
      throws IOException {
    Caller caller = identity.of(request);
    UUID tenant = Sight.of(caller, Permissions.WRITE_JOB_QUEUES).tenant();
    Actor actor = Identity.actor(caller, request);
    String name = request.path().pathParameters().get("name");
    if (!jobs.queues().contains(name)) {
      String known = jobs.queues().stream().collect(Collectors.joining(", "));
      throw new RequestProblem.NotFound("queue; there are " + known, "this").exception();
    }
    Shown shown =
        database.write(
            sql -> {
              Instant now = clock.instant();
              JobQueuesRecord row = find(sql, tenant, name);
              boolean isNew = row == null;
              if (row == null) {
                row = sql.newRecord(JOB_QUEUES);
                row.setId(Ids.next());
                row.setTenantId(tenant);
                row.setName(name);
                row.setIsPaused(false);
                row.setVersion(0L);
                row.setCreatedAt(now);
              }
              put.accept(row);
              if (row.modified()) {
                row.setUpdatedAt(now);
                row.setVersion(row.getVersion() + 1);
                Audit.store(sql, actor, row, isNew, now);
              }
              return shown(sql, tenant, name);
            });
    jobs.wake();
    JsonAnswer.send(response, shown::write);
  }
}
