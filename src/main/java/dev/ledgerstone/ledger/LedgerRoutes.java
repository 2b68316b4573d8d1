package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /ai/requests}: the ledger's lines, one by one or a page of them. */
public final class LedgerRoutes implements HttpService {
  private final Database database;
  private final Identity identity;
  private final Clock clock;

  public LedgerRoutes(Database database, Identity identity, Clock clock) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/ai/requests", this::list).get("/ai/requests/{id}", this::one);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_REQUESTS);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    RequestFilter filter = RequestFilter.of(query, database.dialect());
    query.nothingElse();
    Optional<UUID> before = IdCursor.after(page);
    List<AiRequestsRecord> lines =
        database.read(
            sql ->
                LedgerReader.lines(sql, sight, filter.condition(), before, page.fetch()).fetch());
    Lists.send(
        response, page, lines.iterator(), LedgerRoutes::write, line -> IdCursor.key(line.getId()));
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.READ_REQUESTS);
    UUID id = Parameters.pathId(request, "request");
    Parameters.of(request).nothingElse();
    List<AiRequestsRecord> attempts = new ArrayList<>();
    AiRequestsRecord line =
        database.read(
            sql -> {
              AiRequestsRecord found = require(LedgerReader.line(sql, sight, id), id);
              UUID parent = found.getParentId();
              if (parent == null) {
                attempts.add(found);
              } else {
                // It may have been let go already, before those that came behind it.
                LedgerReader.line(sql, sight, parent).ifPresent(attempts::add);
              }
              attempts.addAll(
                  LedgerReader.later(sql, database.dialect(), sight, parent == null ? id : parent)
                      .fetch());
              return found;
            });
    Optional<LedgerReader.Bodies> bodies =
        caller.may(Permissions.READ_BODIES, line.getUserId())
            ? database.read(
                sql ->
                    LedgerReader.bodies(sql, sight.tenant(), said(line, attempts), clock.instant()))
            : Optional.empty();
    JsonAnswer.send(
        response,
        json -> {
          Rows.fields(json, line);
          json.writeArrayFieldStart("attempts");
          for (AiRequestsRecord attempt : attempts) {
            write(json, attempt);
          }
          json.writeEndArray();
          if (bodies.isPresent()) {
            body(json, "input", bodies.get().input());
            Rows.field(json, "output", bodies.get().output());
            json.writeBooleanField("is_redacted", bodies.get().isRedacted());
          }
        });
  }

  /**
   * The lines whose bodies are a line's: of a call's first one, those of the attempt that was last.
   */
  private static List<UUID> said(AiRequestsRecord line, List<AiRequestsRecord> attempts) {
    return line.getParentId() == null
        ? attempts.stream().map(AiRequestsRecord::getId).toList()
        : List.of(line.getId());
  }

  private static AiRequestsRecord require(Optional<AiRequestsRecord> line, UUID id) {
    return line.orElseThrow(
        () -> new RequestProblem.NotFound("request", id.toString()).exception());
  }

  private static void write(JsonGenerator json, AiRequestsRecord line) throws IOException {
    json.writeStartObject();
    Rows.fields(json, line);
    json.writeEndObject();
  }

  /** As JSON where it is, as text where it was cut. */
  private static void body(JsonGenerator json, String name, @Nullable String text)
      throws IOException {
    JsonNode tree = null;
    if (text != null) {
      try {
        tree = Json.MAPPER.readTree(text);
      } catch (JsonProcessingException _) {
        // Longer than what is kept: the rest is missing.
      }
    }
    Rows.field(json, name, tree == null ? text : tree);
  }
}
