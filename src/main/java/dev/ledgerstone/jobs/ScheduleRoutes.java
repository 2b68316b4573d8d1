package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOB_SCHEDULES;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.JobSchedulesRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** {@code /jobs/schedules}: jobs that come again and again. */
final class ScheduleRoutes implements HttpService {
  private static final int LONGEST_NAME = 200;

  private final Jobs jobs;
  private final Database database;
  private final Identity identity;
  private final Clock clock;

  ScheduleRoutes(Jobs jobs, Database database, Identity identity, Clock clock) {
    this.jobs = jobs;
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/jobs/schedules", this::list)
        .post("/jobs/schedules", this::create)
        .get("/jobs/schedules/{id}", this::one)
        .patch("/jobs/schedules/{id}", this::change)
        .delete("/jobs/schedules/{id}", this::delete);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOB_SCHEDULES);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<JobSchedulesRecord> rows =
        database.read(
            sql ->
                sql.selectFrom(JOB_SCHEDULES)
                    .where(sight.rows(JOB_SCHEDULES.TENANT_ID, JOB_SCHEDULES.CREATED_BY))
                    .and(JOB_SCHEDULES.DELETED_AT.isNull())
                    .and(after.map(JOB_SCHEDULES.ID::gt).orElse(DSL.noCondition()))
                    .orderBy(JOB_SCHEDULES.ID)
                    .limit(page.fetch())
                    .fetch());
    IdCursor.send(response, page, rows, (json, row) -> Rows.fields(json, row), row -> row.getId());
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_JOB_SCHEDULES);
    UUID id = Parameters.pathId(request, "schedule");
    Parameters.of(request).nothingElse();
    send(response, database.read(sql -> require(sql, sight, id)));
  }

  private static JobSchedulesRecord require(DSLContext sql, Sight sight, UUID id) {
    JobSchedulesRecord row =
        sql.selectFrom(JOB_SCHEDULES)
            .where(sight.rows(JOB_SCHEDULES.TENANT_ID, JOB_SCHEDULES.CREATED_BY))
            .and(JOB_SCHEDULES.ID.eq(id))
            .and(JOB_SCHEDULES.DELETED_AT.isNull())
            .fetchOne();
    if (row == null) {
      throw new RequestProblem.NotFound("schedule", id.toString()).exception();
    }
    return row;
  }

  private static void send(ServerResponse response, JobSchedulesRecord row) throws IOException {
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> Rows.fields(json, row));
  }

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOB_SCHEDULES);
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, JobRoutes.MOST_BODY_BYTES));
    Instant now = clock.instant();
    JobType type = JobRoutes.openType(jobs, fields);
    JobSchedulesRecord row = new JobSchedulesRecord();
    row.setId(Ids.next());
    row.setTenantId(sight.tenant());
    row.setName(fields.text("name", LONGEST_NAME));
    row.setCron(fields.text("cron"));
    row.setTimezone(fields.optionalText("timezone").orElse(caller.tenant().timezone()));
    row.setQueue(type.queue());
    row.setKind(type.name());
    row.setPriority((int) fields.optionalInteger("priority", 0, 9).orElse(type.priority()));
    row.setMisfire(Schedules.Misfire.RUN_ONCE.name());
    row.setPayload(JobRoutes.payload(fields));
    row.setIsActive(true);
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.setCreatedBy(caller.user());
    row.setVersion(1L);
    Change.of(fields).put(row);
    fields.nothingElse();
    next(fields, row, now);
    database.write(
        sql -> {
          refuseTaken(sql, fields, row);
          row.attach(sql.configuration());
          Audit.store(sql, actor, row, /* isNew= */ true, now);
          return null;
        });
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.created(
        response, "/api/v1/jobs/schedules/" + row.getId(), json -> Rows.fields(json, row));
  }

  private static void refuseTaken(DSLContext sql, Fields fields, JobSchedulesRecord row) {
    boolean isTaken =
        sql.fetchExists(
            JOB_SCHEDULES,
            JOB_SCHEDULES.TENANT_ID.eq(row.getTenantId()),
            JOB_SCHEDULES.NAME.eq(row.getName()),
            JOB_SCHEDULES.DELETED_AT.isNull(),
            JOB_SCHEDULES.ID.ne(row.getId()));
    if (isTaken) {
      throw fields.invalid(
          "name", "a schedule has this name already", "give another, or change that one");
    }
  }

  /** When it is next; refuses a time that never comes. */
  private static void next(Fields fields, JobSchedulesRecord row, Instant now) {
    ZoneId zone;
    try {
      zone = ZoneId.of(row.getTimezone());
    } catch (DateTimeException _) {
      throw fields.invalid(
          "timezone", "timezone is no zone of the IANA database", "write it like Europe/Berlin");
    }
    try {
      row.setNextAt(row.getIsActive() ? Cron.of(row.getCron(), zone).next(now).orElse(null) : null);
    } catch (IllegalArgumentException e) {
      throw fields.invalid(
          "cron",
          "cron cannot be read: " + e.getMessage(),
          "write minute, hour, day, month and weekday, like 30 2 * * MON-FRI");
    }
  }

  /** What of a schedule can change; null: stays. What it makes is for ever. */
  private record Change(
      Optional<String> description,
      Optional<Schedules.Misfire> misfire,
      @Nullable Boolean isActive) {
    static Change of(Fields fields) {
      return new Change(
          fields.optionalText("description"),
          fields.optionalChoice("misfire", Schedules.Misfire.class),
          fields.has("is_active") ? (Boolean) fields.bool("is_active", true) : null);
    }

    void put(JobSchedulesRecord row) {
      description.ifPresent(row::setDescription);
      misfire.ifPresent(it -> row.setMisfire(it.name()));
      if (isActive != null) {
        row.setIsActive(isActive);
      }
    }
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Sight _ = Sight.of(identity.of(request), Permissions.WRITE_JOB_SCHEDULES);
    Fields fields = Fields.of(Json.read(request, JobRoutes.MOST_BODY_BYTES));
    Change change = Change.of(fields);
    Optional<String> name =
        fields.has("name") ? Optional.of(fields.text("name", LONGEST_NAME)) : Optional.empty();
    Optional<String> cron = fields.optionalText("cron");
    Optional<String> timezone = fields.optionalText("timezone");
    Optional<Integer> priority =
        fields.has("priority")
            ? Optional.of((int) fields.integer("priority", 0, 9))
            : Optional.empty();
    boolean isPayloadNamed = fields.has("payload");
    var payload = JobRoutes.payload(fields);
    fields.nothingElse();
    JobSchedulesRecord changed =
        write(
            request,
            row -> {
              change.put(row);
              name.ifPresent(row::setName);
              cron.ifPresent(row::setCron);
              timezone.ifPresent(row::setTimezone);
              priority.ifPresent(row::setPriority);
              if (isPayloadNamed) {
                row.setPayload(payload);
              }
              if (cron.isPresent() || timezone.isPresent() || change.isActive != null) {
                next(fields, row, clock.instant());
              }
            },
            fields);
    send(response, changed);
  }

  private void delete(ServerRequest request, ServerResponse response) {
    write(
        request,
        row -> {
          row.setDeletedAt(clock.instant());
          row.setIsActive(false);
          row.setNextAt(null);
        },
        null);
    response.status(Status.NO_CONTENT_204).send();
  }

  private JobSchedulesRecord write(
      ServerRequest request, Consumer<JobSchedulesRecord> put, @Nullable Fields fields) {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_JOB_SCHEDULES);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "schedule");
    IfMatch match = IfMatch.of(request);
    return database.write(
        sql -> {
          JobSchedulesRecord row = require(sql, sight, id);
          match.check("schedule", row.getVersion());
          put.accept(row);
          if (fields != null) {
            refuseTaken(sql, fields, row);
          }
          if (row.modified()) {
            row.setUpdatedAt(clock.instant());
            row.setVersion(row.getVersion() + 1);
            Audit.store(sql, actor, row, /* isNew= */ false, clock.instant());
          }
          return row;
        });
  }
}
