package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code /healthz}, {@code /readyz} and {@code /metrics}: for whoever runs the server. */
public final class OperationsRoutes implements HttpService {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final Header NO_STORE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");
  private static final byte[] ALIVE = "{\"status\":\"alive\"}".getBytes(StandardCharsets.US_ASCII);

  private final Readiness readiness;
  private final Metrics metrics;

  public OperationsRoutes(Metrics metrics, List<ReadyCheck> checks) {
    this.metrics = metrics;
    this.readiness = new Readiness(checks);
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/healthz", this::health).get("/readyz", this::ready).get("/metrics", this::metrics);
  }

  private void health(ServerRequest request, ServerResponse response) {
    response.header(HeaderValues.CONTENT_TYPE_JSON).header(NO_STORE).send(ALIVE);
  }

  private void ready(ServerRequest request, ServerResponse response) {
    ObjectNode report = readiness.report();
    response.header(NO_STORE);
    response.status(Readiness.isReady(report) ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    Json.send(response, report);
  }

  private void metrics(ServerRequest request, ServerResponse response) {
    boolean open =
        request.headers().contains(HeaderNames.ACCEPT)
            && request.headers().get(HeaderNames.ACCEPT).values().contains("openmetrics");
    String type = open ? OPEN_METRICS : PROMETHEUS;
    response
        .header(HeaderValues.create(HeaderNames.CONTENT_TYPE, type))
        .header(NO_STORE)
        .send(metrics.registry().scrape(type).getBytes(StandardCharsets.UTF_8));
  }
}
