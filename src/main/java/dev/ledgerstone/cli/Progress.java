package dev.ledgerstone.cli;

import java.io.Console;
import java.io.PrintWriter;

/** A line on a terminal that says how far long work is; silent where nobody watches. */
final class Progress implements AutoCloseable {
  private static final String START_OF_LINE = "\r\u001b[K";

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
