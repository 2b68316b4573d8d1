package dev.ledgerstone.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** A line on a terminal that says how far long work is; silent where nobody watches. */
final class Progress implements AutoCloseable {
  private static final String START_OF_LINE = "\r\u001b[K";

  /** Characters of the bar. */
  private static final int BAR = 24;

  private final PrintWriter err;
  private final boolean isWatched;

  @SuppressWarnings("SystemConsoleNull") // it is null where input or output is no terminal
  Progress(PrintWriter err) {
    this.err = err;
    Console console = System.console();
    this.isWatched = console != null && console.isTerminal();
  }

  void at(String what) {
    if (isWatched) {
      err.print(START_OF_LINE + what);
      err.flush();
    }
  }

  /**
   * How many rows of how many.
   *
   * @param total 0: nobody knows
   */
  void rows(String what, long done, long total) {
    if (!isWatched) {
      return;
    }
    if (total == 0) {
      at(done == 0 ? what : what + ": " + done);
      return;
    }
    int full = (int) Math.min(BAR, done * BAR / total);
    at(
        String.format(
            Locale.ROOT,
            "[%s%s] %3d %%  %,d of %,d  %s",
            "#".repeat(full),
            "-".repeat(BAR - full),
            done * 100 / total,
            done,
            total,
            what));
  }

  /** For an answer: to the tenth. */
  static String seconds(Duration took) {
    return String.format(Locale.ROOT, "%.1f", took.toMillis() / 1000.0);
  }

  /** Takes the line away, for what is printed next. */
  void clear() {
    if (isWatched) {
      err.print(START_OF_LINE);
      err.flush();
    }
  }

  @Override
  public void close() {
    clear();
  }
}
