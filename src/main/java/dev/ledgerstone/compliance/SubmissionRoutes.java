package dev.ledgerstone.compliance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.FormSubmissionsRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /compliance/forms/{id}/submissions}: forms filled in, corrected, listed. */
public final class SubmissionRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 1 << 20;
  private static final int LONGEST_REASON = 2000;
  private static final String ALL = "/compliance/forms/{id}/submissions";

  private final Database database;
  private final Identity identity;
  private final Clock clock;

  public SubmissionRoutes(Database database, Identity identity, Clock clock) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.post(ALL, this::submit).get(ALL, this::list).get(ALL + "/{submission}", this::show);
  }

  private void submit(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_SUBMISSIONS);
    Actor actor = Identity.actor(caller, request);
    UUID form = Parameters.pathId(request, "form");
    SubmissionStore.Wish wish = wish(Fields.of(Json.read(request, MOST_BODY_BYTES)));
    FormSubmissionsRecord row =
        database.write(
            sql -> SubmissionStore.submit(sql, actor, sight, form, wish, clock.instant()));
    JsonAnswer.created(
        response,
        "/api/v1/compliance/forms/" + form + "/submissions/" + row.getId(),
        json -> Rows.fields(json, row));
  }

  private static SubmissionStore.Wish wish(Fields fields) {
    Optional<Integer> number =
        fields.optionalInteger("number", 1, Integer.MAX_VALUE).stream()
            .mapToObj(Math::toIntExact)
            .findFirst();
    if (!(fields.any("data").orElse(null) instanceof ObjectNode data)) {
      throw fields.invalid("data", "data is no object", "give what was filled in: {\"data\": {…}}");
    }
    UUID corrects = null;
    String reason = null;
    if (fields.has("corrects")) {
      corrects = id(fields, fields.text("corrects"));
      reason = fields.text("reason", LONGEST_REASON);
    }
    fields.nothingElse();
    return new SubmissionStore.Wish(number, data, corrects, reason);
  }

  private static UUID id(Fields fields, String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw fields.invalid("corrects", "corrects is no id", "give the id of a submission");
    }
  }

  private record Shown(FormSubmissionsRecord row, @Nullable UUID correctedBy) {}

  private void show(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_SUBMISSIONS);
    UUID form = Parameters.pathId(request, "form");
    UUID id = Parameters.pathId(request, "submission", "submission");
    Parameters.of(request).nothingElse();
    Shown shown =
        database.read(
            sql -> {
              FormSubmissionsRecord row = SubmissionStore.require(sql, sight, form, id);
              return new Shown(row, SubmissionStore.correctedBy(sql, row));
            });
    JsonAnswer.send(
        response,
        json -> {
          Rows.fields(json, shown.row);
          Rows.field(json, "corrected_by", shown.correctedBy);
        });
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_SUBMISSIONS);
    UUID form = Parameters.pathId(request, "form");
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    boolean isAll = query.bool("corrected").orElse(false);
    query.nothingElse();
    UUID after = IdCursor.after(page).orElse(null);
    List<FormSubmissionsRecord> rows =
        database.read(sql -> SubmissionStore.list(sql, sight, form, isAll, after, page.fetch()));
    IdCursor.send(response, page, rows, (json, row) -> Rows.fields(json, row), row -> row.getId());
  }
}
