package dev.ledgerstone.records;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.query.RowTaker;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code /rest/v1}: reading rows of any table. */
public final class RecordsRoutes implements HttpService {
  private static final String READING = "OPTIONS,GET,HEAD";

  private final Catalogue catalogue;
  private final Reader reader;
  private final Identity identity;
  private final int mostRows;

  /**
   * @param mostRows of one node of an answer, whatever a request asks for
   */
  public RecordsRoutes(Catalogue catalogue, Reader reader, Identity identity, int mostRows) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.identity = identity;
    this.mostRows = mostRows;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("[/]", this::list)
        .get("/{table}", this::read)
        .route(Method.HEAD, "/{table}", this::read)
        .route(Method.OPTIONS, "/{table}", this::options)
        .post("/{table}/query", this::query);
  }

  private CallerView view(ServerRequest request) {
    Caller caller = identity.of(request);
    return new CallerView(catalogue, caller);
  }

  private static Table table(CallerView view, ServerRequest request) {
    return view.table(request.path().pathParameters().get("table"));
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    CallerView view = view(request);
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("tables");
          for (Table table : view.tables()) {
            json.writeStartObject();
            json.writeStringField("name", table.name());
            json.writeStringField("feature", table.feature());
            json.writeStringField("comment", table.comment());
            json.writeBooleanField("is_view", table.isView());
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private void options(ServerRequest request, ServerResponse response) {
    Table table = table(view(request), request);
    response.header(
        HeaderNames.ALLOW,
        switch (table.writing()) {
          case FULL -> READING + ",POST,PUT,PATCH,DELETE";
          case APPEND -> READING + ",POST";
          case NONE -> READING;
        });
    response.send();
  }

  private void read(ServerRequest request, ServerResponse response) {
    List<Parameter> parameters = RequestReader.parameters(request);
    answer(request, response, parameters);
  }

  private void query(ServerRequest request, ServerResponse response) {
    List<Parameter> parameters = new ArrayList<>(RequestReader.parameters(request));
    parameters.addAll(RequestReader.bodyParameters(request));
    answer(request, response, parameters);
  }

  private void answer(ServerRequest request, ServerResponse response, List<Parameter> parameters) {
    CallerView view = view(request);
    Media media = RequestReader.media(request);
    Preferences preferences = RequestReader.preferences(request);
    Query query = RequestReader.ranged(request, Query.parse(parameters));
    ReadPlan plan =
        new Planner(view, mostRows)
            .read(table(view, request), query, preferences, media.isStripped());
    if (isList(request, media) && Reader.mayBeLong(plan)) {
      stream(request, response, parameters, plan, preferences, media);
    } else {
      Answers.send(request, response, parameters, plan, preferences, media, reader.read(plan));
    }
  }

  private static boolean isList(ServerRequest request, Media media) {
    return media.form() != Media.Form.OBJECT && !request.prologue().method().equals(Method.HEAD);
  }

  private void stream(
      ServerRequest request,
      ServerResponse response,
      List<Parameter> parameters,
      ReadPlan plan,
      Preferences preferences,
      Media media) {
    RowTaker taker =
        new ListWriter(
            response,
            plan,
            media,
            answer ->
                Answers.head(request, response, parameters, plan, preferences, media, answer));
    try {
      reader.stream(plan, taker);
    } catch (RowTaker.BrokenOff e) {
      throw e.problem();
    }
  }
}
