package dev.ledgerstone.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * What is logged, to standard error: our own notices from INFO on, the libraries' from WARNING on.
 */
final class Logging {
  /** Held, for java.util.logging forgets loggers that nobody holds. */
  private static final Logger OURS = Logger.getLogger("dev.ledgerstone");

  /** Warns of PostgreSQL before 17, which our SQL does not need. */
  private static final Logger JOOQ = Logger.getLogger("org.jooq");

  private Logging() {}

  /**
   * Has every line begin with what is not as it should be.
   *
   * @return ends that
   */
  static AutoCloseable mark(String state) {
    List<Runnable> undo = new ArrayList<>();
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      Formatter usual = handler.getFormatter();
      undo.add(() -> handler.setFormatter(usual));
      handler.setFormatter(
          new Formatter() {
            @Override
            public String format(LogRecord line) {
              return state + ": " + usual.format(line);
            }
          });
    }
    return () -> undo.forEach(Runnable::run);
  }

  static void quiet() {
    System.setProperty(
        "java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL%1$tz %4$s %3$s %5$s%6$s%n");
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
    Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    for (Handler handler : root.getHandlers()) {
      handler.setLevel(Level.ALL);
    }
    OURS.setLevel(Level.INFO);
    JOOQ.setLevel(Level.SEVERE);
  }
}
