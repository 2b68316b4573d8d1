package dev.ledgerstone.base;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: a whole number with its unit, {@code 500ms}, {@code 90s}, {@code
 * 10m}, {@code 24h}, {@code 30d}, or several in falling order, {@code 1h30m}.
 */
public final class Durations {
  /** Nine digits a part keep every sum of parts within a {@link Duration} in milliseconds. */
  private static final Pattern TEXT =
      Pattern.compile(
          "(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");

  private static final long[] MILLIS = {86_400_000, 3_600_000, 60_000, 1000, 1};

  private Durations() {}

  /** Reads a duration; empty if the text is none. A bare number is none: its unit is not known. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      return Optional.empty();
    }
    long millis = 0;
    for (int part = 0; part < MILLIS.length; part++) {
      String digits = matcher.group(part + 1);
      millis += digits == null ? 0 : Long.parseLong(digits) * MILLIS[part];
    }
    return Optional.of(Duration.ofMillis(millis));
  }

  /** The shortest text that {@link #parse} reads back, exact to the millisecond. */
  public static String text(Duration duration) {
    String text =
        part(duration.toDays(), "d")
            + part(duration.toHoursPart(), "h")
            + part(duration.toMinutesPart(), "m")
            + part(duration.toSecondsPart(), "s")
            + part(duration.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text;
  }

  private static String part(long amount, String unit) {
    return amount == 0 ? "" : amount + unit;
  }
}
