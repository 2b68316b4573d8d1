package dev.ledgerstone.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;

/** {@code /audit/verify}: the log of the caller's tenant, proved. */
public final class AuditRoutes implements HttpService {
  private static final int RETRY_SECONDS = 30;

  /** Says whose log a request may have verified; refuses who may not. */
  @FunctionalInterface
  public interface Gate {
    UUID tenant(ServerRequest request);
  }

  private final Database database;
  private final Vault vault;
  private final Gate gate;

  /** It reads the whole log: one at a time. */
  private final Semaphore turn = new Semaphore(1);

  public AuditRoutes(Database database, Vault vault, Gate gate) {
    this.database = database;
    this.vault = vault;
    this.gate = gate;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/audit/verify", this::verify);
  }

  private void verify(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = gate.tenant(request);
    Parameters.of(request).nothingElse();
    if (!turn.tryAcquire()) {
      throw new RequestProblem.Unavailable("the audit log, which is being verified,", RETRY_SECONDS)
          .exception();
    }
    try {
      Verification.Report report = Verification.run(database, vault, tenant, List.of(), _ -> {});
      JsonAnswer.send(response, json -> write(json, report));
    } finally {
      turn.release();
    }
  }

  private static void write(JsonGenerator json, Verification.Report report) throws IOException {
    json.writeBooleanField("clean", report.isClean());
    json.writeNumberField("seals", report.seals());
    json.writeNumberField("entries", report.entries());
    json.writeNumberField("archived", report.archived());
    json.writeNumberField("pending", report.pending());
    json.writeNumberField("faults", report.faults());
    json.writeArrayFieldStart("named");
    for (Verification.Fault fault : report.named()) {
      json.writeStartObject();
      json.writeStringField("kind", fault.kind().name());
      json.writeObjectField("seal", fault.seal());
      json.writeStringField("entry", fault.entry() == null ? null : fault.entry().toString());
      json.writeStringField("what", fault.what());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("ends");
    for (Verification.End end : report.ends()) {
      json.writeStartObject();
      json.writeNumberField("sequence", end.sequence());
      json.writeStringField("hash", end.hash());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
