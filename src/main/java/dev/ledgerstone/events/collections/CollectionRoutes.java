package dev.ledgerstone.events.collections;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.events.collections.EventCollections.Position;
import dev.ledgerstone.events.collections.EventCollections.Question;
import dev.ledgerstone.http.DataSchema;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code /events/{collection}}: facts put into a collection, and found again. */
public final class CollectionRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 4 << 20;
  private static final int MOST_RECORDS = 1000;
  private static final int MOST_FACTS = 200;
  private static final int MOST_ASKED = 10;
  private static final int LONGEST_TYPE = 200;

  private final Database database;
  private final EventCollections collections;
  private final Identity identity;
  private final Clock clock;

  public CollectionRoutes(
      Database database, EventCollections collections, Identity identity, Clock clock) {
    this.database = database;
    this.collections = collections;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.post("/events/{collection}", this::append).get("/events/{collection}", this::find);
  }

  private CollectionStore.Collection collection(ServerRequest request, Caller caller) {
    String name = request.path().pathParameters().get("collection");
    return database.read(sql -> CollectionStore.require(sql, caller.tenant().id(), name));
  }

  private void append(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight _ = Sight.of(caller, Permissions.WRITE_EVENTS);
    CollectionStore.Collection collection = collection(request, caller);
    if (!collection.isActive()) {
      throw new RequestProblem.Conflict(
              "the collection " + collection.name() + " is switched off",
              "set its is_active, or use another")
          .exception();
    }
    Fields body = Fields.of(Json.read(request, MOST_BODY_BYTES));
    boolean areMany = body.has("events");
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    List<EventRecord> records =
        areMany
            ? body.objects("events", MOST_RECORDS, it -> record(it, caller, collection, now))
            : List.of(record(body, caller, collection, now));
    if (areMany) {
      body.nothingElse();
    }
    if (!records.isEmpty()) {
      collections.append(records);
    }
    response.status(Status.CREATED_201);
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("ids");
          for (EventRecord record : records) {
            json.writeString(record.id().toString());
          }
          json.writeEndArray();
        });
  }

  private static EventRecord record(
      Fields fields, Caller caller, CollectionStore.Collection collection, Instant now) {
    JsonNode data = fields.any("data").orElseGet(JsonNodeFactory.instance::objectNode);
    if (!(data instanceof ObjectNode object)) {
      throw fields.invalid("data", "data is no object", "give an object, or leave it out");
    }
    requireStorable(fields, object);
    if (Fact.of(object).size() > MOST_FACTS) {
      throw fields.invalid(
          "data", "data holds too many values", "give at most " + MOST_FACTS + " outside of lists");
    }
    requireFit(fields, collection, object);
    EventRecord record =
        new EventRecord(
            Ids.next(),
            caller.tenant().id(),
            collection.id(),
            fields.has("type") ? fields.text("type", LONGEST_TYPE) : null,
            caller.user(),
            caller.session(),
            fields.has("subject_table") ? fields.text("subject_table", LONGEST_TYPE) : null,
            fields.has("subject_id") ? id(fields, "subject_id") : null,
            object,
            collection.expiry(now),
            now);
    fields.nothingElse();
    return record;
  }

  private static void requireFit(
      Fields fields, CollectionStore.Collection collection, ObjectNode data) {
    if (!collection.schema().isEmpty()) {
      DataSchema.check(collection.schema(), data)
          .ifPresent(
              fault -> {
                throw fields.invalid(
                    "data" + fault.path(),
                    "data" + fault.path() + ": " + fault.what(),
                    "the schema of the collection "
                        + collection.name()
                        + " says what its records hold"
                        + (fault.more() == 0 ? "" : "; " + fault.more() + " more do not fit"));
              });
    }
  }

  /** What every store can keep: PostgreSQL no NUL, MongoDB no name that begins like an operator. */
  private static void requireStorable(Fields fields, JsonNode node) {
    if (node.isTextual() && node.textValue().indexOf('\0') >= 0) {
      throw fields.invalid("data", "data holds a NUL", "leave \\u0000 out");
    }
    node.properties()
        .forEach(
            field -> {
              String name = field.getKey();
              if (name.isEmpty() || name.startsWith("$") || name.indexOf('\0') >= 0) {
                throw fields.invalid(
                    "data",
                    "data holds a name that is empty, begins with $ or holds a NUL",
                    "give it another name");
              }
            });
    node.forEach(child -> requireStorable(fields, child));
  }

  private static UUID id(Fields fields, String name) {
    String text = fields.text(name);
    try {
      if (text.length() == 36) {
        return UUID.fromString(text);
      }
    } catch (IllegalArgumentException _) {
      // As any other text.
    }
    throw fields.invalid(
        name, name + " is no id", "write it like 01890a5d-ac96-774b-bcce-b302099a8057");
  }

  private void find(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.READ_EVENTS);
    CollectionStore.Collection collection = collection(request, caller);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    Optional<UUID> user = query.id("user_id");
    Optional<Instant> from = query.instant("from");
    Optional<Instant> to = query.instant("to");
    Optional<String> type = query.text("type");
    Optional<UUID> subject = query.id("subject_id");
    List<Fact> facts = query.text("data").map(CollectionRoutes::facts).orElse(List.of());
    query.nothingElse();
    if (user.isPresent() && !sight.reaches(user.get())) {
      Lists.send(response, page, List.<EventRecord>of().iterator(), this::write, this::key);
      return;
    }
    List<EventRecord> found =
        collections.find(
            new Question(
                sight.tenant(),
                collection.id(),
                from,
                to,
                type,
                user.or(sight::owner),
                subject,
                facts,
                page.after().map(CollectionRoutes::position),
                clock.instant(),
                page.fetch()));
    Lists.send(response, page, found.iterator(), this::write, this::key);
  }

  /** {@code {"status":"failed","model":{"name":"m"}}}: each of its values must stand there. */
  private static List<Fact> facts(String text) {
    JsonNode tree;
    try {
      tree = Json.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (ProblemException _) {
      throw invalid("data is no JSON object");
    }
    requireValues(tree);
    List<Fact> facts = Fact.of((ObjectNode) tree);
    if (facts.size() > MOST_ASKED) {
      throw invalid("data asks for more than " + MOST_ASKED + " values");
    }
    return facts;
  }

  private static void requireValues(JsonNode node) {
    if (node.isArray() || (node.isObject() && node.isEmpty())) {
      throw invalid("data asks for a list, or an empty object");
    }
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (name.chars().anyMatch(c -> c < ' ' || c == '"' || c == '\\')) {
                throw invalid("data asks for a name with a quote, a backslash or a control");
              }
            });
    if (node.isTextual() && node.textValue().indexOf('\0') >= 0) {
      throw invalid("data asks for a NUL, which nothing holds");
    }
    node.forEach(CollectionRoutes::requireValues);
  }

  private static ProblemException invalid(String detail) {
    return new RequestProblem.Invalid(
            "data", detail, "write an object of values: {\"status\":\"failed\",\"code\":500}")
        .exception();
  }

  private void write(JsonGenerator json, EventRecord record) throws IOException {
    json.writeStartObject();
    Rows.field(json, "id", record.id());
    Rows.field(json, "type", record.type());
    Rows.field(json, "user_id", record.user());
    Rows.field(json, "session_id", record.session());
    Rows.field(json, "subject_table", record.subjectTable());
    Rows.field(json, "subject_id", record.subject());
    Rows.field(json, "data", record.data());
    Rows.field(json, "expires_at", record.expiresAt());
    Rows.field(json, "created_at", record.createdAt());
    json.writeEndObject();
  }

  private ObjectNode key(EventRecord record) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("at", record.createdAt().toEpochMilli())
        .put("id", record.id().toString());
  }

  private static Position position(ObjectNode key) {
    try {
      return new Position(
          Instant.ofEpochMilli(key.path("at").asLong()), UUID.fromString(key.path("id").asText()));
    } catch (IllegalArgumentException _) {
      throw new RequestProblem.Invalid(
              "cursor",
              "the cursor is another list's",
              "give the next of an earlier page of this list")
          .exception();
    }
  }
}
