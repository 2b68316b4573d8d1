package dev.ledgerstone.records;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.plan.WritePlanner;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Payload;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.RecordsProblem;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** {@code /rest/v1}: writing rows of any table. */
public final class WriteRoutes implements HttpService {
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
  public WriteRoutes(
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
    rules
        .post("/{table}", this::post)
        .route(Method.PATCH, "/{table}", this::patch)
        .put("/{table}", this::put)
        .delete("/{table}", this::delete)
        .post("/{table}/{id}/restore", this::restore);
  }

  /** What every writing request says, whatever it writes. */
  private final class Request {
    final ServerRequest http;
    final Caller caller;
    final CallerView view;
    final WritePlanner planner;
    final Preferences preferences;
    final Media media;
    final Query query;

    Request(ServerRequest http) {
      this.http = http;
      caller = identity.of(http);
      view = new CallerView(catalogue, caller);
      planner = new WritePlanner(view, clock.instant());
      preferences = RequestReader.preferences(http);
      media = RequestReader.media(http);
      query = Query.parse(RequestReader.parameters(http));
    }

    Table table(String action) {
      return view.table(http.path().pathParameters().get("table"), action);
    }

    Payload payload() {
      return BodyReader.read(http, mostBytes, query.columns());
    }

    boolean prefers(String name, String value) {
      return value.equals(preferences.given().get(name));
    }

    Terms terms() {
      String most = preferences.given().get("max-affected");
      return new Terms(
          Identity.actor(caller, http),
          IfMatch.of(http),
          most != null && preferences.isStrict()
              ? OptionalLong.of(Long.parseLong(most))
              : OptionalLong.empty(),
          planner.now());
    }

    ReadPlan representation(Table table, List<UUID> keys) {
      return planner.representation(
          table, query, keys, media.isStripped(), preferences.timezone(), mostRows);
    }
  }

  private void post(ServerRequest http, ServerResponse response) {
    Request request = new Request(http);
    Table table = request.table("write");
    Payload payload = request.payload();
    boolean isDefaulted = request.prefers("missing", "default");
    boolean isMerged = request.prefers("resolution", "merge-duplicates");
    WritePlan plan =
        isMerged || request.prefers("resolution", "ignore-duplicates")
            ? request.planner.upsert(
                table, payload, isDefaulted, request.query.onConflict(), isMerged)
            : request.planner.insert(table, payload, isDefaulted);
    run(request, plan, WriteAnswers.Verb.POST, response);
  }

  private void put(ServerRequest http, ServerResponse response) {
    Request request = new Request(http);
    WritePlan plan = request.planner.put(request.table("write"), request.payload(), request.query);
    run(request, plan, WriteAnswers.Verb.PUT, response);
  }

  private void patch(ServerRequest http, ServerResponse response) {
    Request request = new Request(http);
    WritePlan plan =
        request.planner.update(
            request.table("write"),
            request.payload(),
            request.query,
            request.prefers("missing", "default"));
    run(request, plan, WriteAnswers.Verb.PATCH, response);
  }

  private void delete(ServerRequest http, ServerResponse response) {
    Request request = new Request(http);
    run(
        request,
        request.planner.delete(request.table("delete"), request.query),
        WriteAnswers.Verb.DELETE,
        response);
  }

  private void restore(ServerRequest http, ServerResponse response) {
    Request request = new Request(http);
    Table table = request.table("delete");
    String id = http.path().pathParameters().get("id");
    run(request, request.planner.restore(table, id), WriteAnswers.Verb.RESTORE, response);
  }

  private void run(
      Request request, WritePlan plan, WriteAnswers.Verb verb, ServerResponse response) {
    boolean isTold = request.prefers("return", "representation");
    if (isTold) {
      // Refuses what cannot be told before anything is written.
      request.representation(plan.table(), List.of());
    }
    Terms terms = request.terms();
    Told told =
        writes.run(
            plan,
            (connection, writing) -> {
              if (isTold && plan instanceof WritePlan.Delete delete) {
                return goneAndTold(request, delete, terms, connection, writing);
              }
              Outcome outcome = writing.run(connection, plan, terms);
              verb.requireFound(plan, outcome);
              Optional<Answer> rows =
                  isTold
                      ? Optional.of(
                          reader.read(
                              connection, request.representation(plan.table(), outcome.keys())))
                      : Optional.empty();
              return checked(request, new Told(outcome, rows));
            },
            request.prefers("tx", "rollback"));
    WriteAnswers.send(
        response,
        request.http,
        plan,
        verb,
        request.preferences,
        request.media,
        request.query,
        told);
  }

  /** What was written, and how it is told. */
  record Told(Outcome outcome, Optional<Answer> rows) {}

  /** Rows that go are told as they were: read, locked, before they go. */
  private Told goneAndTold(
      Request request, WritePlan.Delete plan, Terms terms, Connection connection, Writing writing)
      throws SQLException {
    List<UUID> keys = writing.lock(connection, plan);
    Answer rows = reader.read(connection, request.representation(plan.table(), keys));
    return checked(request, new Told(writing.run(connection, plan, terms), Optional.of(rows)));
  }

  /** One row was asked for: another number of them is taken back, whether they are told or not. */
  private static Told checked(Request request, Told told) {
    long rows = told.rows().isPresent() ? told.rows().get().rows() : told.outcome().rows().size();
    if (request.media.form() == Media.Form.OBJECT && rows != 1) {
      throw new RecordsProblem.NotSingular(rows).exception();
    }
    return told;
  }
}
