package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.problem.RequestProblem;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What whoever runs the server can ask it. */
class OperationsRoutesTest {
  private static TestServer serving(ReadyCheck... checks) {
    Metrics metrics = new Metrics();
    metrics.genAi("openai", "gpt-4o", "chat").answered(1_000_000, 3, 4);
    return TestServer.of(new OperationsRoutes(metrics, List.of(checks)));
  }

  @Test
  void aliveIsAlive() {
    try (TestServer server = serving()) {
      RawClient.Answer answer = server.get("/healthz");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"status\":\"alive\"}");
    }
  }

  @Test
  void readyWhenEveryPartIs() {
    try (TestServer server = serving(new ReadyCheck("database", Optional::empty))) {
      RawClient.Answer answer = server.get("/readyz");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body())
          .isEqualTo("{\"status\":\"ready\",\"checks\":[{\"name\":\"database\",\"ok\":true}]}");
    }
  }

  @Test
  void notReadyTellsWhichPartAndWhyAndHidesWhatItDoesNotKnow() {
    CountDownLatch never = new CountDownLatch(1);
    try (TestServer server =
        serving(
            new ReadyCheck("good", Optional::empty),
            new ReadyCheck("behind", () -> Optional.of("2 migrations are missing")),
            new ReadyCheck(
                "gone",
                () -> {
                  throw new RequestProblem.Unavailable("the store", 1).exception();
                }),
            new ReadyCheck(
                "odd",
                () -> {
                  throw new IllegalStateException("password=hunter2");
                }),
            new ReadyCheck(
                "stuck",
                () -> {
                  never.await();
                  return Optional.empty();
                }))) {
      RawClient.Answer answer = server.get("/readyz");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body())
          .contains(
              "\"status\":\"not ready\"",
              "{\"name\":\"good\",\"ok\":true}",
              "{\"name\":\"behind\",\"ok\":false,\"why\":\"2 migrations are missing\"}",
              "the store cannot be reached just now",
              "{\"name\":\"odd\",\"ok\":false,\"why\":\"it failed; the log says why\"}",
              "{\"name\":\"stuck\",\"ok\":false,\"why\":\"no answer in 2 s\"}")
          .doesNotContain("hunter2");
    } finally {
      never.countDown();
    }
  }

  @Test
  void metricsAreServedToPrometheus() {
    try (TestServer server = serving()) {
      RawClient.Answer answer = server.get("/metrics");
      assertThat(answer.header("content-type")).startsWith("text/plain; version=0.0.4");
      assertThat(answer.body())
          .contains(
              "gen_ai_client_token_usage_bucket{",
              "gen_ai_provider_name=\"openai\"",
              "jvm_memory_used_bytes{");
    }
  }
}
