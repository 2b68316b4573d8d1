package dev.ledgerstone.jobs;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Durations;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.JobAttemptsRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code /jobs}: what waits, what runs and how far it is; making, cancelling and replaying. */
final class JobRoutes implements HttpService {
  static final int MOST_BODY_BYTES = 256 << 10;

  private static final int LONGEST_KEY = 200;
  private static final int MOST_REPLAYED = 1000;
  private static final int MOST_LISTENERS = 200;
  private static final long PAUSE_MILLIS = 200;

  /** A client comes back by itself: so servers can be left, and keys. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Jobs jobs;
  private final Database database;
  private final Identity identity;
  private final Clock clock;
  private final Semaphore listeners = new Semaphore(MOST_LISTENERS);

  JobRoutes(Jobs jobs, Database database, Identity identity, Clock clock) {
    this.jobs = jobs;
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/jobs", this::list)
        .post("/jobs", this::create)
        .get("/jobs/types", this::types)
        .post("/jobs/replay", this::replayAll)
        .get("/jobs/{id}", this::one)
        .get("/jobs/{id}/progress", this::progress)
        .post("/jobs/{id}/cancel", this::cancel)
        .post("/jobs/{id}/replay", this::replay);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOBS);
    Parameters query = Parameters.of(request);
    JobStore.Filter filter =
        new JobStore.Filter(
            query.choices("state", JobState.class),
            query.text("type"),
            query.text("queue"),
            query.id("schedule_id"),
            query.id("parent_id"));
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<JobsRecord> rows =
        database.read(sql -> JobStore.list(sql, sight, filter, after, page.fetch()));
    IdCursor.send(response, page, rows, (json, row) -> Rows.fields(json, row), row -> row.getId());
  }

  private void types(ServerRequest request, ServerResponse response) throws IOException {
    Sight _ = Sight.of(identity.of(request), Permissions.READ_JOBS);
    Parameters.of(request).nothingElse();
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (JobType type : jobs.types()) {
            json.writeStartObject();
            Rows.field(json, "name", type.name());
            Rows.field(json, "description", type.description());
            Rows.field(json, "queue", type.queue());
            Rows.field(json, "priority", type.priority());
            Rows.field(json, "max_attempts", type.maxAttempts());
            Rows.field(json, "timeout", Durations.text(type.timeout()));
            Rows.field(json, "is_open", type.isOpen());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeNullField("next");
        });
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOBS);
    UUID id = Parameters.pathId(request, "job");
    Parameters.of(request).nothingElse();
    send(response, database.read(sql -> JobStore.require(sql, sight, id)));
  }

  private void send(ServerResponse response, JobsRecord row) throws IOException {
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> write(json, row));
  }

  private void write(JsonGenerator json, JobsRecord row) throws IOException {
    List<JobAttemptsRecord> attempts =
        database.read(sql -> JobStore.attempts(sql, row.getTenantId(), row.getId()));
    Rows.fields(json, row);
    json.writeArrayFieldStart("tries");
    for (JobAttemptsRecord attempt : attempts) {
      json.writeStartObject();
      Rows.fields(json, attempt);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOBS);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    JobType type = openType(jobs, fields);
    Instant runAt = fields.optionalInstant("run_at").orElse(null);
    String key = fields.has("unique_key") ? fields.text("unique_key", LONGEST_KEY) : (String) null;
    JobWish wish =
        JobWish.of(type, caller.tenant().id(), payload(fields))
            .user(caller.user())
            .at(runAt)
            .unique(key)
            .priority((int) fields.optionalInteger("priority", 0, 9).orElse(type.priority()))
            .attempts(
                (int) fields.optionalInteger("max_attempts", 1, 100).orElse(type.maxAttempts()))
            .timeout(
                Duration.ofMillis(
                    fields
                        .optionalInteger("timeout_millis", 1, type.timeout().toMillis())
                        .orElse(type.timeout().toMillis())));
    fields.nothingElse();
    UUID id = jobs.submit(wish);
    JobsRecord row = database.read(sql -> JobStore.require(sql, sight, id));
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.created(response, "/api/v1/jobs/" + id, json -> write(json, row));
  }

  /** The type that a body names, if callers may make jobs of it. */
  static JobType openType(Jobs jobs, Fields fields) {
    String name = fields.text("type");
    return jobs.type(name)
        .filter(JobType::isOpen)
        .orElseThrow(() -> new JobProblem.NotOpen(shown(name)).exception());
  }

  private static String shown(String name) {
    return name.length() <= 100 ? name : name.substring(0, 100) + "…";
  }

  static ObjectNode payload(Fields fields) {
    JsonNode payload = fields.any("payload").orElse(JsonNodeFactory.instance.objectNode());
    if (payload instanceof ObjectNode object) {
      return object;
    }
    throw fields.invalid("payload", "payload is no object", "write it like {\"steps\": 3}");
  }

  private void cancel(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOBS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "job");
    JobsRecord row = database.write(sql -> JobStore.cancel(sql, actor, sight, id, clock.instant()));
    jobs.cancelled(id);
    if (JobState.valueOf(row.getState()) == JobState.RUNNING) {
      response.status(Status.ACCEPTED_202); // it stops as soon as its code listens
    }
    send(response, row);
  }

  private void replay(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOBS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "job");
    JobsRecord row = replay(actor, sight, id);
    jobs.wake();
    send(response, row);
  }

  private JobsRecord replay(Actor actor, Sight sight, UUID id) {
    return database.write(
        sql -> {
          String kind = JobStore.require(sql, sight, id).getKind();
          int tries = jobs.type(kind).map(JobType::maxAttempts).orElse(1);
          return JobStore.replay(sql, actor, sight, id, tries, clock.instant());
        });
  }

  /** Each in a transaction of its own: one that cannot go is counted, and keeps no other. */
  private void replayAll(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOBS);
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    Optional<String> kind = fields.optionalText("type");
    Optional<String> queue = fields.optionalText("queue");
    fields.nothingElse();
    List<UUID> dead =
        database.read(sql -> JobStore.dead(sql, sight, kind, queue, MOST_REPLAYED + 1));
    int replayed = 0;
    int refused = 0;
    for (UUID id : dead.subList(0, Math.min(dead.size(), MOST_REPLAYED))) {
      try {
        replay(actor, sight, id);
        replayed++;
      } catch (ProblemException e) {
        if (!(e.problem() instanceof JobProblem)) {
          throw e;
        }
        refused++;
      }
    }
    jobs.wake();
    int count = replayed;
    int left = refused;
    JsonAnswer.send(
        response,
        json -> {
          Rows.field(json, "replayed", count);
          Rows.field(json, "refused", left);
          Rows.field(json, "is_more", dead.size() > MOST_REPLAYED);
        });
  }

  private void progress(ServerRequest request, ServerResponse response) {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOBS);
    UUID id = Parameters.pathId(request, "job");
    Parameters.of(request).nothingElse();
    JobsRecord row = database.read(sql -> JobStore.require(sql, sight, id));
    if (!listeners.tryAcquire()) {
      throw new RequestProblem.Unavailable("one more listener's turn", 10).exception();
    }
    CountDownLatch left = new CountDownLatch(1);
    Exchange.current().onClientLeft(left::countDown);
    try (SseWriter out = SseWriter.open(response)) {
      tell(sight, row, out, left);
    } catch (ClientGone _) {
      // It has what it wanted.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      listeners.release();
    }
  }

  private void tell(Sight sight, JobsRecord first, SseWriter out, CountDownLatch left)
      throws InterruptedException {
    Instant end = clock.instant().plus(LONGEST);
    @Nullable String last = null;
    JobsRecord row = first;
    while (true) {
      boolean isFinished = JobState.valueOf(row.getState()).isFinished();
      String told = event(row, isFinished).toString();
      if (!told.equals(last)) {
        out.event(isFinished ? "finished" : "progress", told);
        last = told;
      }
      if (isFinished
          || clock.instant().isAfter(end)
          || left.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
      UUID id = row.getId();
      JobsRecord next = database.read(sql -> JobStore.find(sql, sight, id));
      if (next == null) {
        return; // pruned meanwhile
      }
      row = next;
    }
  }

  private static ObjectNode event(JobsRecord row, boolean isFinished) {
    ObjectNode event =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", row.getId().toString())
            .put("state", row.getState())
            .put("attempts", row.getAttempts())
            .put("progress_percent", row.getProgressPercent())
            .put("progress_note", row.getProgressNote());
    if (isFinished) {
      event.set("result", row.getResult());
      event.put("error", row.getError());
    }
    return event;
  }
}
