package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.API_KEY_USAGE;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.http.Cursor;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** {@code /analytics}: what calls cost, and what keys did, from the sums beside the ledger. */
public final class AnalyticsRoutes implements HttpService {
  /** How far back a question goes that does not say. */
  private static final int USUAL_PERIODS = 30;

  private static final int USUAL_HOURS = 24;

  private final Replicas replicas;
  private final Identity identity;
  private final Clock clock;

  public AnalyticsRoutes(Replicas replicas, Identity identity, Clock clock) {
    this.replicas = replicas;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/analytics/costs", this::costs).get("/analytics/usage", this::usage);
  }

  // ---- costs

  private record Costs(
      List<CostReader.Group> groups,
      CostReader.Sums totals,
      boolean isMore,
      Map<CostGroup, Map<UUID, String>> names) {}

  private void costs(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_COSTS);
    Parameters query = Parameters.of(request);
    List<CostGroup> asked = query.choices("group_by", CostGroup.class);
    List<CostGroup> by = asked.isEmpty() ? List.of(CostGroup.TIME) : asked;
    CostReader.Range range = range(query);
    Lists.Page page = query.page();
    query.nothingElse();
    List<Object> after = page.after().map(key -> key(key, by)).orElse(List.of());
    Costs costs =
        replicas.read(
            sight.tenant(),
            source -> source.read(sql -> costs(sql, sight, range, by, after, page)));
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (CostReader.Group group : costs.groups) {
            json.writeStartObject();
            for (int i = 0; i < by.size(); i++) {
              dimension(json, by.get(i), group.key().get(i), costs.names);
            }
            sums(json, group.sums());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeObjectFieldStart("totals");
          sums(json, costs.totals);
          json.writeEndObject();
          json.writeStringField("period", range.kind().name());
          Rows.field(json, "from", range.from());
          Rows.field(json, "to", range.to());
          Rows.field(
              json, "next", costs.isMore ? Cursor.encode(key(costs.groups.getLast())) : null);
        });
  }

  private static Costs costs(
      DSLContext sql,
      Sight sight,
      CostReader.Range range,
      List<CostGroup> by,
      List<Object> after,
      Lists.Page page) {
    List<CostReader.Group> groups = new ArrayList<>();
    CostReader.groups(sql, sight, range, by, after, page.fetch())
        .forEach(row -> groups.add(CostReader.group(row, by)));
    boolean isMore = groups.size() > page.limit();
    if (isMore) {
      groups.removeLast();
    }
    // The totals of groups that are all here are their sum; a second look could see a later call.
    CostReader.Sums totals =
        isMore || !after.isEmpty()
            ? CostReader.totals(sql, sight, range).fetchSingle(CostReader.Sums::of)
            : groups.stream()
                .map(CostReader.Group::sums)
                .reduce(CostReader.Sums.ZERO, CostReader.Sums::plus);
    return new Costs(groups, totals, isMore, names(sql, sight.tenant(), by, groups));
  }

  private static Map<CostGroup, Map<UUID, String>> names(
      DSLContext sql, UUID tenant, List<CostGroup> by, List<CostReader.Group> groups) {
    Map<CostGroup, Map<UUID, String>> names = new EnumMap<>(CostGroup.class);
    for (int i = 0; i < by.size(); i++) {
      int at = i;
      List<UUID> ids =
          groups.stream()
              .map(group -> group.key().get(at))
              .filter(UUID.class::isInstance)
              .map(UUID.class::cast)
              .distinct()
              .toList();
      names.put(
          by.get(i),
          switch (by.get(i)) {
            case USER -> Names.users(sql, tenant, ids);
            case KEY -> Names.keys(sql, tenant, ids);
            case SERVICE -> Names.services(sql, tenant, ids);
            case MODEL, PROVIDER, TASK, STATUS, TIME -> Map.of();
          });
    }
    return names;
  }

  private static void dimension(
      JsonGenerator json, CostGroup group, Object value, Map<CostGroup, Map<UUID, String>> names)
      throws IOException {
    boolean isNone = value.equals(Rollup.NONE);
    Rows.field(json, group.column().getName(), isNone ? null : value);
    String nameField =
        switch (group) {
          case USER -> "user_name";
          case KEY -> "api_key_name";
          case SERVICE -> "service_name";
          case MODEL, PROVIDER, TASK, STATUS, TIME -> null;
        };
    if (nameField != null && value instanceof UUID id) {
      Rows.field(json, nameField, names.getOrDefault(group, Map.of()).get(id));
    }
  }

  private static void sums(JsonGenerator json, CostReader.Sums sums) throws IOException {
    json.writeNumberField("requests", sums.requests());
    json.writeNumberField("successes", sums.successes());
    json.writeNumberField("failures", sums.failures());
    json.writeNumberField("input_tokens", sums.inputTokens());
    json.writeNumberField("output_tokens", sums.outputTokens());
    json.writeNumberField("cost_nanos", sums.costNanos());
    Rows.field(json, "average_latency_micros", sums.averageLatencyMicros());
    json.writeNumberField("cache_hits", sums.cacheHits());
    json.writeNumberField("saved_nanos", sums.savedNanos());
  }

  /** The whole periods, in UTC, that a question's time touches. */
  private CostReader.Range range(Parameters query) {
    PeriodKind kind = query.choice("period", PeriodKind.class).orElse(PeriodKind.DAILY);
    Instant to = query.instant("to").orElseGet(clock::instant);
    Instant from = query.instant("from").orElseGet(() -> back(kind, to));
    ordered(from, to);
    return new CostReader.Range(kind, kind.start(from, ZoneOffset.UTC), to);
  }

  private static Instant back(PeriodKind kind, Instant to) {
    Instant at = kind.start(to, ZoneOffset.UTC);
    for (int i = 1; i < USUAL_PERIODS; i++) {
      at = kind.start(at.minusMillis(1), ZoneOffset.UTC);
    }
    return at;
  }

  private static void ordered(Instant from, Instant to) {
    if (!from.isBefore(to)) {
      throw new RequestProblem.Invalid(
              "from", "from is not before to", "give a from that is earlier than to")
          .exception();
    }
  }

  private static ObjectNode key(CostReader.Group group) {
    ObjectNode key = JsonNodeFactory.instance.objectNode();
    ArrayNode values = key.putArray("key");
    group.key().forEach(value -> values.add(text(value)));
    return key;
  }

  private static String text(Object value) {
    return value instanceof Instant at ? Timestamps.text(at) : value.toString();
  }

  private static List<Object> key(ObjectNode key, List<CostGroup> by) {
    JsonNode values = key.path("key");
    if (values.size() != by.size()) {
      throw otherList();
    }
    List<Object> read = new ArrayList<>();
    for (int i = 0; i < by.size(); i++) {
      String text = values.get(i).asText();
      read.add(
          switch (by.get(i)) {
            case USER, KEY, SERVICE -> id(text);
            case TIME -> time(text);
            case MODEL, PROVIDER, TASK, STATUS -> text;
          });
    }
    return read;
  }

  private static UUID id(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw otherList();
    }
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      throw otherList();
    }
  }

  private static ProblemException otherList() {
    return new RequestProblem.Invalid(
            "cursor",
            "the cursor is another question's",
            "keep group_by, period, from and to as they were, or leave the cursor out")
        .exception();
  }

  // ---- usage

  private record Usage(List<Record> rows, Map<UUID, String> names) {}

  private void usage(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_COSTS);
    Parameters query = Parameters.of(request);
    Optional<UUID> key = query.id("api_key_id");
    Instant to = query.instant("to").orElseGet(clock::instant);
    Instant from =
        query
            .instant("from")
            .orElseGet(() -> to.minus(USUAL_HOURS, ChronoUnit.HOURS))
            .truncatedTo(ChronoUnit.HOURS);
    ordered(from, to);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<CostReader.UsageKey> after = page.after().map(AnalyticsRoutes::usageKey);
    Usage usage =
        replicas.read(
            sight.tenant(),
            source ->
            source.read(sql -> {
              List<Record> rows =
                  CostReader.usage(sql, sight, key, from, to, after, page.fetch()).fetch();
              return new Usage(
                  rows,
                  Names.keys(
                      sql,
                      sight.tenant(),
                      rows.stream()
                          .map(row -> row.get(API_KEY_USAGE.API_KEY_ID))
                          .distinct()
                          .toList()));
            }));
    Lists.send(
        response,
        page,
        usage.rows.iterator(),
        (json, row) -> usage(json, row, usage.names.get(row.get(API_KEY_USAGE.API_KEY_ID))),
        AnalyticsRoutes::usageKey);
  }

  private static void usage(JsonGenerator json, Record row, @Nullable String name)
      throws IOException {
    long requests = row.get(API_KEY_USAGE.REQUESTS);
    json.writeStartObject();
    Rows.field(json, "api_key_id", row.get(API_KEY_USAGE.API_KEY_ID));
    Rows.field(json, "api_key_name", name);
    Rows.field(json, "hour", row.get(API_KEY_USAGE.HOUR));
    Rows.field(json, "endpoint", row.get(API_KEY_USAGE.ENDPOINT));
    json.writeNumberField("requests", requests);
    Rows.field(json, "errors", row.get(API_KEY_USAGE.ERRORS));
    Rows.field(json, "input_tokens", row.get(API_KEY_USAGE.INPUT_TOKENS));
    Rows.field(json, "output_tokens", row.get(API_KEY_USAGE.OUTPUT_TOKENS));
    Rows.field(json, "cost_nanos", row.get(API_KEY_USAGE.COST_NANOS));
    Rows.field(
        json,
        "average_latency_micros",
        requests == 0 ? null : (Long) (row.get(API_KEY_USAGE.LATENCY_MICROS) / requests));
    json.writeEndObject();
  }

  private static ObjectNode usageKey(Record row) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("api_key_id", row.get(API_KEY_USAGE.API_KEY_ID).toString())
        .put("hour", Timestamps.text(row.get(API_KEY_USAGE.HOUR)))
        .put("endpoint", row.get(API_KEY_USAGE.ENDPOINT));
  }

  private static CostReader.UsageKey usageKey(ObjectNode key) {
    return new CostReader.UsageKey(
        id(key.path("api_key_id").asText()),
        time(key.path("hour").asText()),
        key.path("endpoint").asText());
  }
}
