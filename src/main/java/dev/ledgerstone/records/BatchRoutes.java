package dev.ledgerstone.records;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.plan.WritePlanner;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.request.Preferences;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code /rest/v1/batch}: several writes in one transaction, all or nothing. */
public final class BatchRoutes implements HttpService {
  private static final HeaderName FAILED = HeaderNames.create("X-Failed-Statement");
  private static final HeaderName PREFERENCE_APPLIED = HeaderNames.create("Preference-Applied");

  private final Catalogue catalogue;
  private final Reader reader;
  private final Writes writes;
  private final Identity identity;
  private final Clock clock;
  private final int mostRows;
  private final int mostBytes;

  /**
   * @param mostRows of an embedded resource in an answer
   * @param mostBytes of a body
   */
  public BatchRoutes(
      Catalogue catalogue,
      Reader reader,
      Writes writes,
      Identity identity,
      Clock clock,
      int mostRows,
      int mostBytes) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.writes = writes;
    this.identity = identity;
    this.clock = clock;
    this.mostRows = mostRows;
    this.mostBytes = mostBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.post("/batch", this::post);
  }

  /** What a statement did. */
  private record Result(BatchStatement statement, Outcome outcome, Optional<Answer> rows) {}

  private void post(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    WritePlanner planner = new WritePlanner(new CallerView(catalogue, caller), clock.instant());
    Preferences preferences = RequestReader.preferences(request);
    AtomicInteger running = new AtomicInteger();
    try {
      List<BatchStatement> statements =
          new BatchReader(new CallerView(catalogue, caller), planner, running)
              .read(Json.read(request, mostBytes));
      for (BatchStatement each : statements) {
        running.set(each.number());
        if (each.isTold()) {
          // Refuses what cannot be told before anything is written.
          representation(planner, each, List.of());
        }
      }
      Terms terms =
          new Terms(
              Identity.actor(caller, request),
              new IfMatch(List.of()),
              OptionalLong.empty(),
              planner.now());
      List<Result> results =
          writes.runAll(
              caller.tenant().id(),
              (connection, writing) -> {
                List<Result> done = new ArrayList<>();
                for (BatchStatement each : statements) {
                  running.set(each.number());
                  done.add(run(connection, writing, planner, each, terms));
                }
                return done;
              },
              "rollback".equals(preferences.given().get("tx")));
      preferences
          .applied(java.util.Set.of("tx", "handling"))
          .ifPresent(it -> response.header(PREFERENCE_APPLIED, it));
      JsonAnswer.send(response, json -> write(json, results));
    } catch (ProblemException e) {
      if (running.get() > 0) {
        response.header(FAILED, Integer.toString(running.get()));
      }
      throw e;
    }
  }

  private Result run(
      Connection connection,
      Writing writing,
      WritePlanner planner,
      BatchStatement statement,
      Terms terms)
      throws SQLException {
    WritePlan plan = statement.plan();
    if (statement.isTold() && plan instanceof WritePlan.Delete delete) {
      Answer rows =
          reader.read(
              connection, representation(planner, statement, writing.lock(connection, delete)));
      return new Result(statement, writing.run(connection, plan, terms), Optional.of(rows));
    }
    Outcome outcome = writing.run(connection, plan, terms);
    Optional<Answer> rows =
        statement.isTold()
            ? Optional.of(
                reader.read(connection, representation(planner, statement, outcome.keys())))
            : Optional.empty();
    return new Result(statement, outcome, rows);
  }

  private ReadPlan representation(WritePlanner planner, BatchStatement statement, List<UUID> keys) {
    return planner.representation(
        statement.plan().table(), statement.query(), keys, false, Optional.empty(), mostRows);
  }

  private static void write(JsonGenerator json, List<Result> results) throws IOException {
    json.writeArrayFieldStart("results");
    for (Result each : results) {
      json.writeStartObject();
      json.writeStringField("method", each.statement().method());
      json.writeStringField("table", each.statement().plan().table().name());
      json.writeNumberField("count", each.outcome().rows().size());
      json.writeNumberField("inserted", each.outcome().inserted());
      if (each.rows().isPresent()) {
        json.writeFieldName("rows");
        json.writeRawValue(new String(each.rows().get().body(), StandardCharsets.UTF_8));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
