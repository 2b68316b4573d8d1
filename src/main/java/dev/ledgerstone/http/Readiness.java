package dev.ledgerstone.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether the server can do its work, by checks that each name one part. */
final class Readiness {
  private static final System.Logger LOG = System.getLogger("dev.ledgerstone.http");
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private record Running(ReadyCheck of, CompletableFuture<Optional<String>> outcome) {
    String name() {
      return of.name();
    }
  }

  private final List<ReadyCheck> checks;

  Readiness(List<ReadyCheck> checks) {
    this.checks = List.copyOf(checks);
  }

  /**
   * Runs every check, all at once; one that does not answer in time has failed. Where a part is
   * missing that is not vital the server is ready, and says that it is degraded.
   */
  ObjectNode report() {
    List<Running> running = checks.stream().map(Readiness::begin).toList();
    long until = System.nanoTime() + PATIENCE.toNanos();
    ObjectNode report = Json.MAPPER.createObjectNode();
    report.put("status", "ready");
    ArrayNode parts = report.putArray("checks");
    for (Running check : running) {
      Optional<String> fault = await(check, until);
      ObjectNode part = parts.addObject().put("name", check.name()).put("ok", fault.isEmpty());
      fault.ifPresent(
          why -> {
            part.put("why", why);
            boolean isReady = isReady(report) && !check.of.isVital();
            report.put("status", isReady ? "degraded" : "not ready");
          });
    }
    return report;
  }

  static boolean isReady(ObjectNode report) {
    return !report.path("status").asText().equals("not ready");
  }

  private static Running begin(ReadyCheck check) {
    CompletableFuture<Optional<String>> outcome = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            outcome.complete(check.probe().fault());
          } catch (Throwable e) {
            outcome.completeExceptionally(e);
          }
        });
    return new Running(check, outcome);
  }

  private static Optional<String> await(Running check, long until) {
    try {
      return check.outcome().get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      return Optional.of("no answer in " + PATIENCE.toSeconds() + " s");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ProblemException problem) {
        return Optional.of(problem.problem().detail());
      }
      // Its message may hold anything; the path is open to all.
      LOG.log(Level.WARNING, "the check " + check.name() + " failed", e.getCause());
      return Optional.of("it failed; the log says why");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }
}
