package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.problem.ProblemException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two attempts at one call, the second a while after the first: who begins to answer first gives
 * the answer, and the other one is ended and settled as a line of its own.
 *
 * <p>No call is answered twice: both attempts only open their answers side by side ({@link
 * Opening}), and the thread that serves the call takes one of them, and no other thread writes to
 * the client.
 */
final class Hedge {
  private static final Logger LOG = System.getLogger(Hedge.class.getName());

  private final Parts parts;
  private final Lanes lanes;
  private final Call call;
  private final Tries.Starter starter;
  private final List<Candidate> others;
  private final BlockingQueue<Opening> opened = new LinkedBlockingQueue<>();
  private @Nullable Second second;
  private @Nullable Thread loser;

  /** The second attempt, until it is settled. */
  private record Second(Attempt attempt, Permit permit, Opening opening, Watch.Running watch) {}

  /**
   * @param others whom the plan has behind the first one's candidate
   */
  Hedge(Parts parts, Lanes lanes, Call call, Tries.Starter starter, List<Candidate> others) {
    this.parts = parts;
    this.lanes = lanes;
    this.call = call;
    this.starter = starter;
    this.others = others;
  }

  /**
   * Makes the first attempt, and the second one if the first has not begun to answer in time.
   *
   * @return why the client got nothing; null: it was answered
   */
  @Nullable Failure run(Attempt first, Candidate candidate, Duration after) {
    Failure failed;
    boolean isOver = false;
    try {
      failed = first.run(sent -> race(first, candidate, sent, after));
      isOver = true;
    } finally {
      Second left = second;
      if (!isOver && left != null) {
        // The client left, or the first one's end could not be written.
        overtaken(left);
      }
      join(loser);
    }
    Second other = second;
    if (failed == null || other == null) {
      return failed;
    }
    parts.hedged("second");
    return settle(other, _ -> other.opening.result());
  }

  /** Opens the answer of the first attempt, or gives up because the second's is there. */
  private UpstreamAnswer race(Attempt first, Candidate candidate, UpstreamCall sent, Duration after)
      throws UpstreamFailure {
    Opening own = Opening.start(first.provider(), sent, opened);
    try {
      if (opened.poll(after.toMillis(), TimeUnit.MILLISECONDS) != null) {
        return own.result();
      }
      second = begin(candidate);
      while (opened.take() != own) {
        Second other = Objects.requireNonNull(second);
        if (other.opening.isWell()) {
          first.cancellation().cancel(Cancellation.Reason.OVERTAKEN);
          throw cancelled();
        }
        // It failed before the first one did anything: it is settled, and the first waited for.
        second = null;
        parts.hedged("neither");
        Failure _ = settle(other, _ -> other.opening.result());
      }
      return won(own);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled();
    } finally {
      own.discardUnlessTaken();
    }
  }

  /** The first one's answer is there before the second's: if it is a good one, the race is over. */
  private UpstreamAnswer won(Opening own) throws UpstreamFailure {
    UpstreamAnswer answer = own.result();
    Second late = second;
    if (late != null && own.isWell()) {
      second = null;
      parts.hedged("first");
      loser = Thread.startVirtualThread(() -> overtaken(late));
    }
    return answer;
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
            Opening.start(attempt.provider(), attempt.upstreamCall(target), opened),
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

  /** Ends the second attempt and settles it; whoever has the call's answer does not wait for it. */
  private void overtaken(Second other) {
    other.attempt.cancellation().cancel(Cancellation.Reason.OVERTAKEN);
    other.opening.discardUnlessTaken();
    try {
      Failure _ =
          settle(
              other,
              _ -> {
                throw cancelled();
              });
    } catch (ClientGone e) {
      // The client left before: the attempt is settled so.
    } catch (ProblemException e) {
      LOG.log(Level.WARNING, "an overtaken attempt was not settled: {0}", e.getMessage());
    }
  }

  /** Runs an attempt whose answer has been opened, or will never be, to its settlement. */
  private @Nullable Failure settle(Second other, Provider opening) {
    other.watch.close();
    Failure failed = null;
    try {
      failed = other.attempt.run(opening);
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
