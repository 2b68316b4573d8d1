package dev.ledgerstone.problem;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the log says of something that is tried again and again, and fails while a part is away: the
 * first failure and the first success after it. What lies between is for who debugs: an outage of
 * an hour is two lines, not thousands.
 */
public final class Trouble {
  private final Logger log;
  private final String what;
  private final AtomicBoolean isFailing = new AtomicBoolean();

  /**
   * @param what cannot be done, as a sentence: "webhooks cannot be looked up"
   */
  public Trouble(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  /** Does it; a failure is told, and goes no further. */
  public void tell(Runnable work) {
    try {
      work.run();
      passed();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** It went well. */
  public void passed() {
    if (isFailing.get() && isFailing.compareAndSet(true, false)) {
      log.log(Level.INFO, "no longer: {0}", what);
    }
  }

  /** It failed: with a stack, unless the failure says by itself what is wrong. */
  public void failed(RuntimeException cause) {
    Level level = isFailing.compareAndSet(false, true) ? Level.WARNING : Level.DEBUG;
    if (cause instanceof ProblemException) {
      log.log(level, "{0}; it is tried again: {1}", what, cause.getMessage());
    } else {
      log.log(level, what + "; it is tried again", cause);
    }
  }
}
