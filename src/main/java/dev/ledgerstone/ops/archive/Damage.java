package dev.ledgerstone.ops.archive;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;

/** An archive that is not as it was written. */
final class Damage {
  private Damage() {}

  static ProblemException of(String what) {
    return new RequestProblem.Conflict(
            what, "the file was damaged or changed on its way: take another copy of it")
        .exception();
  }
}
