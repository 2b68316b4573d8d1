package dev.ledgerstone.jobs;

/** Where a job is in its life. */
public enum JobState {
  /** Not before a time, also between two tries. */
  SCHEDULED,
  /** As soon as a worker is free. */
  QUEUED,
  RUNNING,
  SUCCEEDED,
  /** After the last try: a dead letter, which can be replayed. */
  FAILED,
  CANCELLED;

  public boolean isFinished() {
    return switch (this) {
      case SCHEDULED, QUEUED, RUNNING -> false;
      case SUCCEEDED, FAILED, CANCELLED -> true;
    };
  }
}
