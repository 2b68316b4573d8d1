package dev.ledgerstone.gateway;

import dev.ledgerstone.ledger.TaskType;
import java.util.List;

/**
 * Who may answer a call, in the order in which they are tried.
 *
 * @param task what the call is for
 * @param candidates at least one
 */
record Plan(TaskType task, List<Candidate> candidates) {
  Plan {
    candidates = List.copyOf(candidates);
  }
}
