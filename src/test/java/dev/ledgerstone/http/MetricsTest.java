package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.settings.ServerSettings;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The meters, their names and their cost. */
class MetricsTest {
  /** Meters that exist for some garbage collectors and machines only, so that none here may. */
  private static final String SOMETIMES =
      "jvm\\.gc\\..*|jvm\\.buffer\\..*|process\\..*|system\\..*|ledgerstone\\.(cache|events|jobs|journal|limit|replica|route|scores|state)\\..*";

  private static Metrics used() {
    Metrics metrics = new Metrics();
    metrics.committed(20, 1_000_000);
    metrics.budgetRefused("TENANT");
    metrics.limitRefused("API_KEY");
    GenAiMeters model = metrics.genAi("z_ai", "glm-4.5", "chat");
    model.answered(5_000_000, 10, 20);
    model.failed(5_000_000, "rate_limited");
    model.firstToken(1_000_000);
    metrics.requests("GET", "/healthz").record(200, 1_000);
    RequestLog log = RequestLog.off();
    metrics.watch(log);
    new HttpServer(ServerSettings.defaults().withPort(0), List.of(), metrics, log);
    return metrics;
  }

  @Test
  void everyMeterIsListedInItsPageAndNoOtherIs() throws Exception {
    String page = Files.readString(Path.of("docs/metrics.md"));
    Set<String> listed =
        page.lines()
            .filter(it -> it.startsWith("| `"))
            .map(it -> it.substring(3, it.indexOf('`', 3)))
            .collect(Collectors.toCollection(TreeSet::new));
    try (Metrics metrics = used()) {
      Set<String> registered =
          metrics.registry().getMeters().stream()
              .map(Meter::getId)
              .map(Meter.Id::getName)
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(listed).containsAll(registered);
      listed.removeAll(registered);
      assertThat(listed).allMatch(it -> it.matches(SOMETIMES));
    }
  }

  @Test
  void aRequestIsMeasuredUnderItsPattern() {
    try (TestServer server =
        TestServer.of(rules -> rules.get("/things/{id}", (_, response) -> response.send("x")))) {
      server.get("/things/1");
      server.get("/things/2");
      server.get("/nowhere");
      // A request is measured when its answer is out: the client may be faster than the meter.
      assertThat(measured(server, "http.route", "/things/{id}", 2)).isEqualTo(2);
      assertThat(measured(server, "http.response.status_code", "404", 1)).isEqualTo(1);
    }
  }

  @Test
  void modelsBeyondTheBoundShareOneName() {
    try (Metrics metrics = new Metrics()) {
      for (int i = 0; i < 3000; i++) {
        metrics.genAi("p", "invented-" + i, "chat");
      }
      assertThat(
              metrics.registry().find(GenAiMeters.FIRST_TOKEN).timers().stream()
                  .map(it -> it.getId().getTag("gen_ai.request.model")))
          .hasSizeLessThanOrEqualTo(2001)
          .contains("other");
    }
  }

  /** The boundaries come out as OpenTelemetry's, not as Micrometer's own. */
  @Test
  void histogramsHaveTheAdvisedBoundaries() {
    try (Metrics metrics = used()) {
      assertThat(metrics.registry().scrape())
          .contains(
              "gen_ai_client_operation_duration_seconds_bucket",
              "le=\"81.92\"",
              "http_server_request_duration_seconds_bucket",
              "le=\"0.075\"",
              "le=\"6.7108864E7\"");
    }
  }

  /** How many requests were measured under a tag; waits until there are enough, for a while. */
  private static long measured(TestServer server, String tag, String value, long enough) {
    long end = System.nanoTime() + 5_000_000_000L;
    while (true) {
      Timer timer = server.metrics.registry().find(RequestMeter.NAME).tag(tag, value).timer();
      long count = timer == null ? 0 : timer.count();
      if (count >= enough || System.nanoTime() > end) {
        return count;
      }
      Thread.onSpinWait();
    }
  }
}
