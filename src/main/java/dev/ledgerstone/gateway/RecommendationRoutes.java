package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.ledger.PastLines;
import dev.ledgerstone.ledger.TaskType;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** {@code /ai/recommendations}: which services would have done another one's work for less. */
public final class RecommendationRoutes implements HttpService {
  private static final long USUAL_DAYS = 30;
  private static final long USUAL_FEWEST = 20;

  private final Database database;
  private final Gateway gateway;
  private final Identity identity;
  private final Clock clock;

  public RecommendationRoutes(Database database, Gateway gateway, Identity identity, Clock clock) {
    this.database = database;
    this.gateway = gateway;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/ai/recommendations", this::list);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_COSTS);
    Parameters query = Parameters.of(request);
    long days = query.integer("days", 1, 366).orElse(USUAL_DAYS);
    long fewest = query.integer("min_requests", 1, 1_000_000).orElse(USUAL_FEWEST);
    TaskType task = query.choice("task_type", TaskType.class).orElse(null);
    query.nothingElse();
    Instant now = clock.instant();
    Recommendations.Question question =
        new Recommendations.Question(
            now.truncatedTo(ChronoUnit.DAYS).minus(days - 1, ChronoUnit.DAYS), now, task, fewest);
    List<Recommendations.Advice> advice =
        database.read(
            sql -> Recommendations.find(sql, sight, question, gateway.catalog(), gateway.prices()));
    // Ratings go with the lines that they are of; the sums stay.
    Instant rated =
        database
            .read(sql -> PastLines.horizon(sql, sight.tenant()))
            .filter(question.from()::isBefore)
            .orElse(question.from());
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (Recommendations.Advice each : advice) {
            write(json, each);
          }
          json.writeEndArray();
          Rows.field(json, "from", question.from());
          Rows.field(json, "to", question.to());
          Rows.field(json, "ratings_from", rated);
          json.writeNullField("next"); // services are few: a page holds them all
        });
  }

  private static void write(JsonGenerator json, Recommendations.Advice advice) throws IOException {
    json.writeStartObject();
    json.writeStringField("task_type", advice.from().task().name());
    json.writeStringField("endpoint", advice.from().endpoint());
    json.writeBooleanField("is_cheaper", advice.isCheaper());
    json.writeBooleanField("is_faster", advice.isFaster());
    json.writeNumberField("saved_nanos", advice.savedNanos());
    json.writeNumberField("cost_there_nanos", advice.costThere());
    json.writeFieldName("current");
    write(json, advice.from());
    json.writeFieldName("recommended");
    write(json, advice.to());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Recommendations.Work work) throws IOException {
    json.writeStartObject();
    Rows.field(json, "service_config_id", work.service());
    json.writeStringField("name", work.name());
    json.writeStringField("provider", work.provider());
    json.writeStringField("model", work.model());
    json.writeNumberField("requests", work.requests());
    json.writeNumberField("success_rate", work.successRate());
    json.writeNumberField("ratings", work.ratings().count());
    Rows.field(json, "average_rating", work.rating());
    json.writeNumberField("input_tokens", work.inputTokens());
    json.writeNumberField("output_tokens", work.outputTokens());
    json.writeNumberField("cost_nanos", work.costNanos());
    json.writeNumberField("average_latency_micros", work.averageLatencyMicros());
    json.writeEndObject();
  }
}
