package dev.ledgerstone.records.query;

import dev.ledgerstone.problem.ProblemException;

/** Takes the rows of a list as they are read, each a JSON object in UTF-8. */
public interface RowTaker {
  /**
   * Before the first row.
   *
   * @param head what is known of the list, but for its body
   * @param isWhole whether the rows that follow are few enough to be held
   */
  void begin(Answer head, boolean isWhole);

  void row(byte[] json);

  /** After the last row. */
  void end();

  /** It broke after {@link #begin}: nothing else can be told any more, and nothing asked again. */
  final class BrokenOff extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient ProblemException problem;

    BrokenOff(ProblemException problem) {
      super(problem);
      this.problem = problem;
    }

    public ProblemException problem() {
      return problem;
    }
  }
}
