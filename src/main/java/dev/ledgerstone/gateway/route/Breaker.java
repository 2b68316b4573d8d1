package dev.ledgerstone.gateway.route;

import java.time.Duration;

/**
 * Whether one model of one provider is worth a call, by how the last ones ended.
 *
 * <p>Opens when enough of the calls of the last seconds failed; then rests, lets one call at a time
 * through as a trial, and closes after a few of those went well. A trial that fails makes the next
 * rest twice as long. Time is that of {@link System#nanoTime()}, told by the caller.
 */
final class Breaker {
  /** How it stands. */
  enum State {
    CLOSED,
    HALF_OPEN,
    OPEN
  }

  /** What a call is told that wants through. */
  enum Pass {
    YES,
    TRIAL,
    NO
  }

  /**
   * When it opens and closes.
   *
   * @param failures that open it, at least
   * @param percent of the window's calls that must have failed
   * @param window how far back calls count
   * @param firstRest until the first trial
   * @param longestRest that doubling comes to
   * @param trials in a row that must go well
   */
  record Settings(
      int failures,
      int percent,
      Duration window,
      Duration firstRest,
      Duration longestRest,
      int trials) {
    static final Settings USUAL =
        new Settings(
            5, 30, Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(30), 3);
  }

  private static final int SLICES = 10;

  /** After so many rests without trouble a new one begins short again. */
  private static final int QUIET_RESTS = 4;

  private final Settings settings;
  private final long sliceNanos;
  private final long[] sliceNumbers = new long[SLICES];
  private final int[] well = new int[SLICES];
  private final int[] failed = new int[SLICES];

  private State state = State.CLOSED;
  private long restNanos;
  private long openUntil;
  private long closedAt;
  private boolean hasOpened;

  /** Whether the upstream itself asked for the rest. */
  private boolean isAsked;

  private boolean isTrialRunning;
  private int trialsWell;

  Breaker(Settings settings) {
    this.settings = settings;
    this.sliceNanos = settings.window().toNanos() / SLICES;
  }

  /** Asks to be let through; who gets a trial must end it. */
  synchronized Pass pass(long now) {
    if (state == State.OPEN && now - openUntil >= 0) {
      state = State.HALF_OPEN;
      trialsWell = 0;
      isTrialRunning = false;
    }
    return switch (state) {
      case CLOSED -> Pass.YES;
      case OPEN -> Pass.NO;
      case HALF_OPEN -> {
        if (isTrialRunning) {
          yield Pass.NO;
        }
        isTrialRunning = true;
        yield Pass.TRIAL;
      }
    };
  }

  /** Whether {@link #pass} would say something else than no; takes nothing. */
  synchronized boolean isPassable(long now) {
    return switch (state) {
      case CLOSED -> true;
      case OPEN -> now - openUntil >= 0;
      case HALF_OPEN -> !isTrialRunning;
    };
  }

  /** A call ended that was let through. */
  synchronized void ended(long now, boolean isTrial, Verdict verdict) {
    if (isTrial && state == State.HALF_OPEN) {
      isTrialRunning = false;
    }
    switch (verdict) {
      case WELL, ALIVE -> wentWell(now, isTrial);
      case FAILED -> wentWrong(now, isTrial);
      case LIMITED, REFUSED, UNKNOWN -> {}
    }
  }

  private void wentWell(long now, boolean isTrial) {
    count(now, well);
    if (isTrial && state == State.HALF_OPEN && ++trialsWell >= settings.trials()) {
      state = State.CLOSED;
      closedAt = now;
      forget();
    }
  }

  private void wentWrong(long now, boolean isTrial) {
    count(now, failed);
    if (isTrial && state == State.HALF_OPEN) {
      open(now, 0);
    } else if (state == State.CLOSED) {
      int bad = sum(now, failed);
      int all = bad + sum(now, well);
      if (bad >= settings.failures() && bad * 100L >= (long) settings.percent() * all) {
        open(now, 0);
      }
    }
  }

  /** The upstream itself asked to be left alone for a time. */
  synchronized void rest(long now, long nanos) {
    open(now, Math.max(1, nanos));
  }

  /** The upstream seems to be back: a trial may be made now, unless it asked for a time itself. */
  synchronized void endRest(long now) {
    if (state == State.OPEN && !isAsked) {
      openUntil = now;
    }
  }

  private void open(long now, long askedNanos) {
    long first = settings.firstRest().toNanos();
    boolean isFresh =
        !hasOpened || (state == State.CLOSED && now - closedAt > QUIET_RESTS * restNanos);
    hasOpened = true;
    restNanos =
        isFresh ? first : Math.min(settings.longestRest().toNanos(), Math.max(first, restNanos * 2));
    isAsked = askedNanos > 0;
    openUntil = now + (askedNanos > 0 ? askedNanos : restNanos);
    state = State.OPEN;
    isTrialRunning = false;
  }

  synchronized State state() {
    return state;
  }

  /** How long until a trial is let through; zero: one would be now. */
  synchronized long nanosUntilTrial(long now) {
    return state == State.OPEN ? Math.max(0, openUntil - now) : 0;
  }

  /** Failed calls of the window, and all of them. */
  synchronized long[] counts(long now) {
    int bad = sum(now, failed);
    return new long[] {bad, bad + sum(now, well)};
  }

  private void count(long now, int[] counts) {
    long number = Math.floorDiv(now, sliceNanos);
    int slice = (int) Math.floorMod(number, (long) SLICES);
    if (sliceNumbers[slice] != number) {
      sliceNumbers[slice] = number;
      well[slice] = 0;
      failed[slice] = 0;
    }
    counts[slice]++;
  }

  private int sum(long now, int[] counts) {
    long oldest = Math.floorDiv(now, sliceNanos) - SLICES;
    int sum = 0;
    for (int i = 0; i < SLICES; i++) {
      sum += sliceNumbers[i] > oldest ? counts[i] : 0;
    }
    return sum;
  }

  private void forget() {
    for (int i = 0; i < SLICES; i++) {
      well[i] = 0;
      failed[i] = 0;
    }
  }
}
