package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.ledger.TaskType;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /ai/services}: what a caller can name as model, in the order in which auto tries it. */
public final class ServiceRoutes implements HttpService {
  private final Gateway gateway;
  private final Identity identity;

  public ServiceRoutes(Gateway gateway, Identity identity) {
    this.gateway = gateway;
    this.identity = identity;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/ai/services", this::list);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_MODELS);
    Parameters.of(request).nothingElse();
    UUID tenant = caller.tenant().id();
    Catalog catalog = gateway.catalog();
    List<ServiceEntry> services =
        catalog.services(tenant).stream()
            .filter(service -> caller.allowsModel(service.name()))
            .toList();
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (ServiceEntry service : services) {
            write(json, service, catalog.provider(tenant, service.provider()));
          }
          json.writeEndArray();
          json.writeNullField("next"); // services are few: a page holds them all
        });
  }

  private static void write(
      JsonGenerator json, ServiceEntry service, @Nullable ProviderEntry provider)
      throws IOException {
    json.writeStartObject();
    Rows.field(json, "id", service.id());
    json.writeStringField("name", service.name());
    json.writeStringField("provider", service.provider());
    json.writeStringField("model", service.model());
    json.writeArrayFieldStart("task_types");
    for (TaskType task : service.tasks()) {
      json.writeString(task.name());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("fallbacks");
    for (String fallback : service.fallbacks()) {
      json.writeString(fallback);
    }
    json.writeEndArray();
    json.writeNumberField("priority", service.priority());
    json.writeBooleanField("is_shared", service.tenant().equals(Tenants.PLATFORM));
    Rows.field(
        json, "missing", provider == null ? "provider " + service.provider() : provider.missing());
    json.writeEndObject();
  }
}
