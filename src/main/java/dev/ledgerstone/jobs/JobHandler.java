package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * The code that runs jobs of a type, on a virtual thread.
 *
 * <p>A job is run at least once: a node may die behind the work and before its end was written. So
 * a handler is repeatable, or ends its job in the transaction of its own work ({@link
 * JobRun#complete}). A thread that is interrupted should come to its end: the job was cancelled, or
 * its time is over.
 */
@FunctionalInterface
public interface JobHandler {
  /**
   * Does the work.
   *
   * @return the job's result, for people and for who waits for it; null: none
   * @throws JobFailure to say whether, and when, another try is worth it; any other exception is
   *     tried again by the type's rules
   */
  @Nullable JsonNode run(JobRun run) throws Exception;
}
