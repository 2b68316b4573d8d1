package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.RequestFeedbackRecord;
import dev.ledgerstone.db.schema.tables.records.RequestScoresRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * {@code /ai/requests/{id}/feedback} and {@code /scores}: what people, models and rules thought of
 * an answer.
 */
public final class FeedbackRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;
  private static final int LONGEST_COMMENT = 10_000;
  private static final int MOST_LABELS = 20;
  private static final int BEST = 5;

  private final Database database;
  private final Identity identity;
  private final Clock clock;

  public FeedbackRoutes(Database database, Identity identity, Clock clock) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/ai/requests/{id}/feedback", this::feedback)
        .post("/ai/requests/{id}/scores", this::score);
  }

  /** A person's later word takes the place of an earlier one. */
  private void feedback(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = sight(caller, Permissions.WRITE_FEEDBACK);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "request");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    int rating = rating(fields);
    String comment = fields.has("comment") ? fields.text("comment", LONGEST_COMMENT) : null;
    List<String> labels = fields.has("labels") ? fields.texts("labels", MOST_LABELS) : List.of();
    fields.nothingElse();
    RequestFeedbackRecord row =
        database.write(
            sql -> {
              UUID root = root(sql, sight, id);
              return store(sql, actor, caller, root, rating, comment, labels);
            });
    JsonAnswer.send(response, json -> Rows.fields(json, row));
  }

  private static int rating(Fields fields) {
    String thumb = fields.optionalText("thumb").orElse(null);
    if (thumb == null) {
      return Math.toIntExact(fields.integer("rating", 1, BEST));
    }
    return switch (thumb) {
      case "up" -> BEST;
      case "down" -> 1;
      default -> throw fields.invalid("thumb", "thumb is neither up nor down", "send up or down");
    };
  }

  private RequestFeedbackRecord store(
      DSLContext sql,
      Actor actor,
      Caller caller,
      UUID root,
      int rating,
      @Nullable String comment,
      List<String> labels) {
    Instant now = clock.instant();
    RequestFeedbackRecord row =
        sql.selectFrom(REQUEST_FEEDBACK)
            .where(REQUEST_FEEDBACK.TENANT_ID.eq(caller.tenant().id()))
            .and(REQUEST_FEEDBACK.REQUEST_ID.eq(root))
            .and(REQUEST_FEEDBACK.USER_ID.eq(caller.user()))
            .fetchOne();
    boolean isNew = row == null;
    if (row == null) {
      row = sql.newRecord(REQUEST_FEEDBACK);
      row.setId(Ids.next());
      row.setTenantId(caller.tenant().id());
      row.setRequestId(root);
      row.setUserId(caller.user());
      row.setCreatedAt(now);
      row.setVersion(0L);
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    labels.forEach(array::add);
    row.setRating(rating);
    row.setComment(comment);
    row.setLabels(array);
    row.setUpdatedAt(now);
    row.setVersion(row.getVersion() + 1);
    Audit.store(sql, actor, row, isNew, now);
    return row;
  }

  private void score(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = sight(caller, Permissions.WRITE_SCORES);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "request");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    RequestScoresRecord row = new RequestScoresRecord();
    row.setId(Ids.next());
    row.setTenantId(caller.tenant().id());
    row.setScorerKind(fields.choice("scorer_kind", ScorerKind.class).name());
    row.setScorer(fields.text("scorer", 200));
    row.fromMap(shares(fields));
    row.setCreatedAt(clock.instant());
    fields.nothingElse();
    database.write(
        sql -> {
          row.setRequestId(root(sql, sight, id));
          row.attach(sql.configuration());
          Audit.store(sql, actor, row, true, row.getCreatedAt());
          return row;
        });
    JsonAnswer.created(
        response, "/rest/v1/request_scores?id=eq." + row.getId(), json -> Rows.fields(json, row));
  }

  private enum ScorerKind {
    MODEL,
    RULE,
    PERSON
  }

  private static Map<String, Object> shares(Fields fields) {
    Map<String, Object> shares = new HashMap<>();
    for (String name : List.of("confidence", "safety", "relevance")) {
      BigDecimal value = fields.optionalDecimal(name).orElse(null);
      if (value == null) {
        continue;
      }
      if (value.signum() < 0 || value.compareTo(BigDecimal.ONE) > 0) {
        throw fields.invalid(name, name + " is not between 0 and 1", "send a number from 0 to 1");
      }
      shares.put(name, value);
    }
    return shares;
  }

  /** Of the lines that the caller may both read and judge. */
  private static Sight sight(Caller caller, Permission wanted) {
    Sight judge = Sight.of(caller, wanted);
    Sight reader = Sight.of(caller, Permissions.READ_REQUESTS);
    return judge.owner().isPresent() ? judge : reader;
  }

  /**
   * The call's first line, of whichever of its attempts was named. One that retention may be about
   * to let go takes no word any more, which would be left without it.
   */
  private static UUID root(DSLContext sql, Sight sight, UUID id) {
    Instant horizon = PastLines.horizon(sql, sight.tenant()).orElse(Instant.EPOCH);
    return LedgerReader.line(sql, sight, id)
        .map(line -> line.getParentId() == null ? line.getId() : line.getParentId())
        .filter(root -> !Ids.time(root).isBefore(horizon))
        .orElseThrow(() -> new RequestProblem.NotFound("request", id.toString()).exception());
  }
}
