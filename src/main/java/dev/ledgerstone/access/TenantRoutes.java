package dev.ledgerstone.access;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.TenantsRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /tenant}: the caller's own. */
public final class TenantRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;
  private static final int MOST_DAYS = 3650;
  private static final int LONGEST_NAME = 200;

  private final Database database;
  private final Identity identity;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after each write, so that it holds at once on this node
   */
  public TenantRoutes(Database database, Identity identity, Clock clock, Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/tenant", this::show).patch("/tenant", this::change);
  }

  /** A tenant is nobody's own row. */
  private Caller caller(ServerRequest request, Permission wanted) {
    Caller caller = identity.of(request);
    if (Sight.of(caller, wanted).owner().isPresent()) {
      throw new AccessProblem.Forbidden(wanted + " for all rows").exception();
    }
    return caller;
  }

  private void show(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = caller(request, Permissions.READ_TENANT).tenant().id();
    Parameters.of(request).nothingElse();
    send(response, database.read(sql -> TenantStore.row(sql, tenant)));
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = Identity.actor(caller(request, Permissions.WRITE_TENANT), request);
    IfMatch match = IfMatch.of(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    TenantStore.Change change =
        new TenantStore.Change(
            fields.has("name") ? fields.text("name", LONGEST_NAME) : null,
            timezone(fields),
            fields.optionalChoice("request_bodies", TenantStore.RequestBodies.class).orElse(null),
            fields.has("request_body_days")
                ? (Integer) Math.toIntExact(fields.integer("request_body_days", 1, MOST_DAYS))
                : null);
    fields.nothingElse();
    TenantsRecord row =
        database.write(
            sql ->
                TenantStore.change(
                    sql,
                    actor,
                    version -> match.check("tenant", version),
                    change,
                    clock.instant()));
    changed.run();
    send(response, row);
  }

  private static @Nullable String timezone(Fields fields) {
    String name = fields.optionalText("timezone").orElse(null);
    if (name != null && !ZoneId.getAvailableZoneIds().contains(name)) {
      throw fields.invalid(
          "timezone", "timezone is no zone of the IANA database", "write it like Europe/Berlin");
    }
    return name;
  }

  private static void send(ServerResponse response, TenantsRecord row) throws IOException {
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> Rows.fields(json, row));
  }
}
