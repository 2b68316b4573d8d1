package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.problem.ProblemException;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two attempts at one call, the second a while after the first: who begins to answer first gives
 * the answer, and the other one is ended and settled as a line of its own.
 *
 * <p>No call is answered twice: both attempts only open their answers side by side ({@link Opening}),
 * and the thread that serves the call takes one of them, and no other thread writes to the client.
 */
final class Hedge {
  private final Parts parts;
  private final Lanes lanes;
  private final Call call;
  private final Tries.Starter starter;
  private final ServerResponse response;
  private final List<Candidate> others;
  private final BlockingQueue<Opening> opened = new LinkedBlockingQueue<>();
  private @Nullable Second second;

  /** The second attempt, until it is settled. */
  private record Second(
      Attempt attempt, Permit permit, Opening opening, Watch.Running watch) {}

  /**
   * @param others whom the plan has behind the first one's candidate
   */
  Hedge(
      Parts parts,
      Lanes lanes,
      Call call,
      Tries.Starter starter,
      ServerResponse response,
      List<Candidate> others) {
    this.parts = parts;
    this.lanes = lanes;
    this.call = call;
    this.starter = starter;
    this.response = response;
    this.others = others;
  }

  /**
   * Makes the first attempt, and the second one if the first has not begun to answer in time.
   *
   * @return why the client got nothing; null: it was answered
   */
  @Nullable Failure run(Attempt first, Candidate candidate, Duration after) {
    Thread[] loser = new Thread[1];
    Failure failed;
    try {
      failed =
          first.run(
              response,
              sent -> {
                UpstreamAnswer answer = race(first, candidate, sent, after);
                Second late = second;
                if (late != null && answer.status() / 100 == 2) {
                  second = null;
                  parts.hedged("first");
                  loser[0] = Thread.startVirtualThread(() -> overtaken(late));
                }
                return answer;
              });
    } finally {
      join(loser[0]);
    }
    Second other = second;
    if (failed == null || other == null) {
      return failed;
    }
    parts.hedged("second");
    return settle(other, _ -> other.opening.result());
  }

  /** Opens the answer of the first attempt, or gives up because the second's is there. */
  private UpstreamAnswer race(
      Attempt first, Candidate candidate, UpstreamCall sent, Duration after)
      throws UpstreamFailure {
    Opening own = Opening.start(parts.provider(candidate), sent, opened);
    try {
      if (opened.poll(after.toMillis(), TimeUnit.MILLISECONDS) != null) {
        return own.result();
      }
      second = begin(candidate);
      while (true) {
        if (opened.take() == own) {
          return own.result();
        }
        Second other = second;
        if (other != null && other.opening.isWell()) {
          first.cancellation().cancel(Cancellation.Reason.OVERTAKEN);
          own.discard();
          throw cancelled();
        }
        if (other != null) {
          // It failed before the first one did anything: it is settled, and the first waited for.
          second = null;
          parts.hedged("neither");
          Failure _ = settle(other, _ -> other.opening.result());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      own.discard();
      throw cancelled();
    }
  }

  private static UpstreamFailure cancelled() {
    return new UpstreamFailure(UpstreamFailure.Kind.CANCELLED, "overtaken", null);
  }

  /** At the next candidate that may be asked, else at the same one; null: it cannot be made. */
  private @Nullable Second begin(Candidate same) {
    Candidate next =
        others.stream().filter(each -> lanes.isOpen(each.way())).findFirst().orElse(same);
    if (!(lanes.enter(next.way(), /* isForced= */ false, () -> true) instanceof Permit permit)) {
      return null;
    }
    try {
      Candidate candidate = next.with(permit);
      Attempt attempt = starter.begin(candidate);
      if (attempt != null) {
        Target target = parts.target(candidate, call.request.isStream());
        return new Second(
            attempt,
            permit,
            Opening.start(parts.provider(candidate), attempt.upstreamCall(target), opened),
            parts
                .watch()
                .over(attempt.cancellation(), target.firstTokenTimeout(), target.totalTimeout()));
      }
    } catch (ProblemException e) {
      // Its worst case is not affordable, or its model has no price: the first one goes on alone.
      parts.hedged("refused");
    }
    permit.close();
    return null;
  }

  private void overtaken(Second other) {
    other.attempt.cancellation().cancel(Cancellation.Reason.OVERTAKEN);
    other.opening.discard();
    Failure _ =
        settle(
            other,
            _ -> {
              throw cancelled();
            });
  }

  /** Runs an attempt whose answer has been opened, or will never be, to its settlement. */
  private @Nullable Failure settle(Second other, Provider opening) {
    other.watch.close();
    Failure failed = null;
    try {
      failed = other.attempt.run(response, opening);
      return failed;
    } finally {
      other.permit.close(Tries.retryAfter(failed));
    }
  }

  private static void join(@Nullable Thread thread) {
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
