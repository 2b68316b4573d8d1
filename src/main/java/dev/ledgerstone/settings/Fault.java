package dev.ledgerstone.settings;

/**
 * One thing that is wrong with the settings or the configuration.
 *
 * @param source the file's name, {@code environment} or {@code command line}
 * @param line from 1; 0: the source has no lines
 * @param column from 1; 0: the source has no lines
 * @param path what is wrong: {@code budgets[0].limit_usd}, an environment variable, a flag
 * @param what is wrong with it; quotes no value
 * @param mend how to put it right
 */
public record Fault(String source, int line, int column, String path, String what, String mend) {
  Fault(String file, Spot spot, String what, String mend) {
    this(file, spot.line(), spot.column(), spot.path(), what, mend);
  }

  /** One line for people: {@code ledgerstone.yaml:12:5: budgets[0].limit_usd …}. */
  @Override
  public String toString() {
    String place = line == 0 ? source : source + ":" + line + ":" + column;
    return place + ": " + (path.isEmpty() ? "" : path + " ") + what + "; " + mend;
  }
}
