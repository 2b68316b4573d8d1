package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.events.EventFeed;
import dev.ledgerstone.events.EventFeed.Place;
import dev.ledgerstone.events.EventFeed.Told;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code /rest/v1/{table}/changes}: what happens to a table's rows, as server-sent events, from now
 * or from {@code Last-Event-ID} on. It tells which rows, and not what they hold.
 */
public final class ChangesRoutes implements HttpService {
  private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");
  private static final int MOST_LISTENERS = 500;
  private static final int MOST_AT_ONCE = 500;
  private static final long PAUSE_MILLIS = 250;

  /** A client comes back by itself, with its Last-Event-ID: so servers can be left, and keys. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private static final Preferences WITH_DELETED = Preferences.parse(List.of("deleted=include"));

  private final Catalogue catalogue;
  private final Reader reader;
  private final EventFeed feed;
  private final Identity identity;
  private final Clock clock;
  private final Semaphore listeners = new Semaphore(MOST_LISTENERS);

  public ChangesRoutes(
      Catalogue catalogue, Reader reader, EventFeed feed, Identity identity, Clock clock) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.feed = feed;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/{table}/changes", this::changes);
  }

  private void changes(ServerRequest request, ServerResponse response) {
    String name = request.path().pathParameters().get("table");
    Caller caller = identity.of(request);
    Table table = new CallerView(catalogue, caller).table(name);
    Place place =
        request
            .headers()
            .first(LAST_EVENT_ID)
            .map(ChangesRoutes::place)
            .orElseGet(() -> feed.end(clock.instant()));
    if (!listeners.tryAcquire()) {
      throw new RequestProblem.Unavailable("one more listener's turn", 10).exception();
    }
    CountDownLatch left = new CountDownLatch(1);
    Exchange.current().onClientLeft(left::countDown);
    try (SseWriter out = SseWriter.open(response)) {
      out.write(("retry: 1000\nid: " + place + "\n\n").getBytes(StandardCharsets.UTF_8));
      tell(request, table, place, out, left);
    } catch (ClientGone _) {
      // It has what it wanted.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      listeners.release();
    }
  }

  private static Place place(String text) {
    return Place.parse(text)
        .orElseThrow(
            () ->
                new RequestProblem.Invalid(
                        "Last-Event-ID",
                        "it is no id of an event of this stream",
                        "send the id of the last event, or leave it out to hear from now on")
                    .exception());
  }

  private void tell(
      ServerRequest request, Table table, Place from, SseWriter out, CountDownLatch left)
      throws InterruptedException {
    Instant end = clock.instant().plus(LONGEST);
    List<String> types =
        Stream.of("inserted", "updated", "deleted", "restored")
            .map(it -> table.name() + "." + it)
            .toList();
    Place place = from;
    while (clock.instant().isBefore(end)) {
      CallerView view;
      try {
        // A key may have been revoked, or a role narrowed, since the stream began.
        view = new CallerView(catalogue, identity.of(request));
        view.table(table.name());
      } catch (ProblemException _) {
        return;
      }
      List<Told> told = feed.after(view.caller().tenant().id(), types, place, MOST_AT_ONCE);
      for (ObjectNode each : visible(view, table, told)) {
        String id = each.remove("place").textValue();
        String event =
            "event: %s\nid: %s\ndata: %s\n\n".formatted(each.path("type").asText(), id, each);
        out.write(event.getBytes(StandardCharsets.UTF_8));
      }
      if (!told.isEmpty()) {
        place = told.getLast().place();
      }
      if (told.size() < MOST_AT_ONCE && left.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  /** Events as they are told, of rows that the caller may read. */
  private List<ObjectNode> visible(CallerView view, Table table, List<Told> told) {
    List<ObjectNode> all = new ArrayList<>();
    if (told.isEmpty()) {
      return all;
    }
    boolean readsAll = view.reading(table, Preferences.Deleted.INCLUDE).owner().isEmpty();
    for (Told each : told) {
      Set<String> rows = rows(view, table, each);
      if (!readsAll) {
        rows.retainAll(own(view, table, rows));
      }
      if (!rows.isEmpty()) {
        ObjectNode node =
            JsonNodeFactory.instance
                .objectNode()
                .put("place", each.place().toString())
                .put("type", each.type())
                .put("table", table.name());
        rows.forEach(node.putArray("ids")::add);
        node.put("at", Timestamps.text(each.at()));
        JsonNode columns = each.data().path("columns");
        if (columns.isArray()) {
          node.set("columns", columns);
        }
        all.add(node);
      }
    }
    return all;
  }

  /** The rows of an event: one, or those that its entry in the audit log lists. */
  private Set<String> rows(CallerView view, Table table, Told event) {
    Set<String> rows = new HashSet<>();
    if (event.table().equals(table.name())) {
      rows.add(event.subject().toString());
    } else {
      JsonNode ids = feed.listed(view.caller().tenant().id(), event.subject());
      ids.forEach(it -> rows.add(it.asText()));
    }
    return rows;
  }

  /** Those of some rows that the caller may read; one that is gone for good is nobody's. */
  private Set<String> own(CallerView view, Table table, Set<String> rows) {
    String key = table.primaryKey().getFirst();
    String list = rows.stream().collect(Collectors.joining(",", "in.(", ")"));
    Query query = Query.parse(List.of(new Parameter("select", key), new Parameter(key, list)));
    Answer answer =
        reader.read(new Planner(view, rows.size()).read(table, query, WITH_DELETED, false));
    Set<String> own = new HashSet<>();
    JsonBinding.parse(new String(answer.body(), StandardCharsets.UTF_8))
        .forEach(it -> own.add(it.path(key).asText()));
    return own;
  }
}
