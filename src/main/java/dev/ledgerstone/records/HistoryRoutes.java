package dev.ledgerstone.records;

import dev.ledgerstone.access.Identity;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * {@code /rest/v1/{table}/{id}/history}: what was done to a row, newest first; entries of the audit
 * log, to be selected, filtered and paged as any rows.
 */
public final class HistoryRoutes implements HttpService {
  private static final Preferences WITH_DELETED = Preferences.parse(List.of("deleted=include"));

  private final Catalogue catalogue;
  private final Reader reader;
  private final Identity identity;
  private final int mostRows;

  /**
   * @param mostRows of an answer
   */
  public HistoryRoutes(Catalogue catalogue, Reader reader, Identity identity, int mostRows) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.identity = identity;
    this.mostRows = mostRows;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/{table}/{id}/history", this::history);
  }

  private void history(ServerRequest request, ServerResponse response) {
    CallerView view = new CallerView(catalogue, identity.of(request));
    Table table = view.table(request.path().pathParameters().get("table"));
    Table log = catalogue.table("audit_logs").orElseThrow();
    Preferences preferences = RequestReader.preferences(request);
    view.reading(log, Preferences.Deleted.LEFT_OUT);
    UUID id = id(request.path().pathParameters().get("id"));
    requireVisible(view, table, id);
    List<Parameter> parameters = new ArrayList<>(RequestReader.parameters(request));
    if (parameters.stream().noneMatch(it -> it.name().equals("order"))) {
      parameters.add(new Parameter("order", "id.desc"));
    }
    parameters.add(new Parameter("table_name", "eq." + table.name()));
    parameters.add(
        new Parameter(
            "or",
            "(row_id.eq.%s,and(row_id.is.null,row_ids.cs.\"[\\\"%s\\\"]\"))".formatted(id, id)));
    Media media = RequestReader.media(request);
    Query query = RequestReader.ranged(request, Query.parse(parameters));
    ReadPlan plan = new Planner(view, mostRows).read(log, query, preferences, media.isStripped());
    Answers.send(request, response, parameters, plan, preferences, media, reader.read(plan));
  }

  private static UUID id(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw new RequestProblem.NotFound("row", "of this id").exception();
    }
  }

  /**
   * Of a row that is gone the log alone knows; who reads their own rows alone is not told of it.
   */
  private void requireVisible(CallerView view, Table table, UUID id) {
    boolean readsAll = view.reading(table, Preferences.Deleted.INCLUDE).owner().isEmpty();
    if (readsAll) {
      return;
    }
    String key = table.primaryKey().getFirst();
    Query one = Query.parse(List.of(new Parameter("select", key), new Parameter(key, "eq." + id)));
    if (reader.read(new Planner(view, 1).read(table, one, WITH_DELETED, false)).rows() == 0) {
      throw new RequestProblem.NotFound("row", id.toString()).exception();
    }
  }
}
