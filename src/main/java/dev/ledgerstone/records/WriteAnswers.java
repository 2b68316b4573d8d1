package dev.ledgerstone.records;

import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.SelectItem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Answers of writing requests: status, headers and body as PostgREST has them. */
final class WriteAnswers {
  private static final HeaderName CONTENT_RANGE = HeaderNames.create("Content-Range");
  private static final HeaderName PREFERENCE_APPLIED = HeaderNames.create("Preference-Applied");

  private WriteAnswers() {}

  /** What a request does, as far as its answer depends on it. */
  enum Verb {
    POST,
    PUT,
    PATCH,
    DELETE,
    RESTORE;

    private Set<String> heeded() {
      return switch (this) {
        case POST ->
            Set.of("resolution", "missing", "return", "count", "tx", "handling", "timezone");
        case PATCH -> Set.of("missing", "return", "count", "tx", "handling", "timezone");
        case PUT, DELETE -> Set.of("return", "count", "tx", "handling", "timezone");
        case RESTORE -> Set.of("return", "tx", "handling", "timezone");
      };
    }

    /** To restore what is not there is a fault; to change or delete nothing is none. */
    void requireFound(WritePlan plan, Outcome outcome) {
      if (this == RESTORE && outcome.rows().isEmpty()) {
        throw new RequestProblem.NotFound("deleted row", "of " + plan.table().name()).exception();
      }
    }
  }

  static void send(
      ServerResponse response,
      ServerRequest request,
      WritePlan plan,
      Verb verb,
      Preferences preferences,
      Media media,
      Query query,
      WriteRoutes.Told told) {
    Outcome outcome = told.outcome();
    response.status(status(plan, verb, told));
    if (verb != Verb.PUT && verb != Verb.RESTORE) {
      response.header(CONTENT_RANGE, range(verb, preferences, outcome.rows().size()));
    }
    Set<String> heeded = new HashSet<>(verb.heeded());
    if (preferences.isStrict()) {
      heeded.add("max-affected");
    }
    preferences.applied(heeded).ifPresent(it -> response.header(PREFERENCE_APPLIED, it));
    if (outcome.rows().size() == 1 && outcome.inserted() == 1) {
      response.header(HeaderNames.LOCATION, location(request, plan.table(), outcome));
    }
    if (!(plan instanceof WritePlan.Delete) && verb != Verb.DELETE) {
      outcome.version().ifPresent(it -> IfMatch.tell(response, it));
    }
    if (told.rows().isPresent()) {
      response.header(HeaderNames.CONTENT_TYPE, media.contentType());
      response.send(body(media, plan.table(), query, told.rows().get()));
    } else {
      response.send();
    }
  }

  private static Status status(WritePlan plan, Verb verb, WriteRoutes.Told told) {
    boolean isMade = told.outcome().inserted() > 0;
    boolean isMerged =
        plan instanceof WritePlan.Insert insert
            && insert.meeting().filter(it -> it.merged().isPresent()).isPresent();
    Status quiet = told.rows().isPresent() ? Status.OK_200 : Status.NO_CONTENT_204;
    return switch (verb) {
      case POST -> isMade || !isMerged ? Status.CREATED_201 : Status.OK_200;
      case PUT -> isMade ? Status.CREATED_201 : quiet;
      case PATCH, DELETE, RESTORE -> quiet;
    };
  }

  private static String range(Verb verb, Preferences preferences, int rows) {
    String page = verb == Verb.PATCH && rows > 0 ? "0-" + (rows - 1) : "*";
    return page + "/" + (preferences.count() == Preferences.Count.NONE ? "*" : rows);
  }

  private static String location(ServerRequest request, Table table, Outcome outcome) {
    String path = request.prologue().uriPath().rawPath();
    return path + "?" + table.primaryKey().getFirst() + "=eq." + outcome.keys().getFirst();
  }

  private static byte[] body(Media media, Table table, Query query, Answer answer) {
    return switch (media.form()) {
      case ARRAY -> answer.body();
      case OBJECT -> Arrays.copyOfRange(answer.body(), 1, answer.body().length - 1);
      case CSV -> Csv.of(answer.body(), names(table, query));
    };
  }

  /** Of the columns of an answer. */
  private static List<String> names(Table table, Query query) {
    List<String> names = new ArrayList<>();
    for (SelectItem item : query.select()) {
      switch (item) {
        case SelectItem.Star _ -> names.addAll(table.columns().keySet());
        case SelectItem.Value value ->
            names.add(value.alias() == null ? value.path().lastName() : value.alias());
        case SelectItem.CountRows count ->
            names.add(count.alias() == null ? "count" : count.alias());
        case SelectItem.Embed embed -> names.add(embed.name());
        case SelectItem.Spread spread -> spread.items().forEach(it -> names.add(it.toString()));
      }
    }
    return names;
  }
}
