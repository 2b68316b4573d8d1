package dev.ledgerstone.records.plan;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.RecordsProblem;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times as requests write them; without an offset they are in UTC. */
final class Times {
  private static final Pattern TIME =
      Pattern.compile(
          "(?<date>\\d{4}-\\d\\d-\\d\\d)"
              + "(?:[Tt ](?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:\\.(?<fraction>\\d{1,9}))?)?)?"
              + "\\s*(?<offset>[Zz]|[+\\- ]\\d\\d(?::?\\d\\d)?)?");

  private Times() {}

  static Instant parse(String text) {
    Matcher parts = TIME.matcher(text.strip());
    if (!parts.matches()) {
      throw bad(text);
    }
    try {
      LocalDateTime time = LocalDate.parse(parts.group("date")).atStartOfDay();
      if (parts.group("hour") != null) {
        time =
            time.withHour(Integer.parseInt(parts.group("hour")))
                .withMinute(Integer.parseInt(parts.group("minute")))
                .withSecond(number(parts.group("second")))
                .withNano(nanos(parts.group("fraction")));
      }
      return time.toInstant(offset(parts.group("offset"))).truncatedTo(ChronoUnit.MICROS);
    } catch (DateTimeException _) {
      throw bad(text);
    }
  }

  private static ProblemException bad(String text) {
    return new RecordsProblem.BadTime(Kind.TIMESTAMP.sqlName(), text).exception();
  }

  private static int number(@Nullable String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static int nanos(@Nullable String fraction) {
    return fraction == null ? 0 : Integer.parseInt((fraction + "00000000").substring(0, 9));
  }

  /** A plus that was not escaped in a URL arrives as a space. */
  private static ZoneOffset offset(@Nullable String text) {
    return text == null || text.equalsIgnoreCase("z")
        ? ZoneOffset.UTC
        : ZoneOffset.of(text.replace(' ', '+'));
  }
}
