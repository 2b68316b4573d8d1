package dev.ledgerstone.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static List<String> times(String cron, ZoneId zone, String from, int count) {
    Cron read = Cron.of(cron, zone);
    List<String> times = new ArrayList<>();
    Instant at = Instant.parse(from);
    for (int i = 0; i < count; i++) {
      at = read.next(at).orElseThrow();
      times.add(at.toString());
    }
    return times;
  }

  @Test
  void aTimeIsMeantOnTheClockOfItsPlace() {
    assertThat(times("30 2 * * *", BERLIN, "2026-01-01T00:00:00Z", 2))
        .containsExactly("2026-01-01T01:30:00Z", "2026-01-02T01:30:00Z");
    assertThat(times("30 2 * * *", BERLIN, "2026-07-01T00:00:00Z", 1))
        .containsExactly("2026-07-01T00:30:00Z");
  }

  @Test
  void whatFallsIntoTheGapOfSpringComesWhenItIsOver() {
    // On 29 March 2026 the clocks of Berlin go from 2:00 to 3:00, at 1:00 UTC.
    assertThat(times("30 2 * * *", BERLIN, "2026-03-28T02:00:00Z", 2))
        .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
    assertThat(times("0,30 2 * * *", BERLIN, "2026-03-28T02:00:00Z", 2))
        .as("once for both that fall into it")
        .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z");
  }

  @Test
  void whatNamesAnHourComesOnceWhereItComesTwice() {
    // On 25 October 2026 the clocks of Berlin go from 3:00 to 2:00, at 1:00 UTC.
    assertThat(times("30 2 * * *", BERLIN, "2026-10-24T12:00:00Z", 2))
        .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
  }

  @Test
  void whatComesEveryHourComesInBoth() {
    assertThat(times("30 * * * *", BERLIN, "2026-10-24T23:45:00Z", 3))
        .containsExactly("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z");
    assertThat(times("*/20 * * * *", BERLIN, "2026-03-29T00:30:00Z", 3))
        .containsExactly("2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7 * * * *",
        "*/15 * * * *",
        "0 */2 * * *",
        "59 23 * * *",
        "30 2 * * 1-5",
        "0 0 31 * *"
      })
  void noTimeIsPassedOverAndNoneComesTwice(String text) {
    for (String name : List.of("Europe/Berlin", "Australia/Lord_Howe")) {
      Cron cron = Cron.of(text, ZoneId.of(name));
      // A fortnight around each change of both clocks.
      for (String from : List.of("2026-03-25", "2026-09-28", "2026-10-20")) {
        Instant at = Instant.parse(from + "T00:00:00Z");
        Instant end = at.plus(14, ChronoUnit.DAYS);
        while (at.isBefore(end)) {
          Instant next = cron.next(at).orElseThrow();
          assertThat(next).as("%s in %s behind %s", text, name, at).isAfter(at);
          // From between the two it is found as well.
          Instant between = at.plus(Duration.between(at, next).dividedBy(2));
          assertThat(cron.next(between)).as("%s in %s behind %s", text, name, at).contains(next);
          at = next;
        }
      }
    }
  }

  /** Minute by minute, on a clock without changes: what the fields say. */
  @Test
  void inUtcTheTimesAreThoseWhoseFieldsFit() {
    Cron cron = Cron.of("*/7 3-5,22 1,15 * *", ZoneOffset.UTC);
    List<Instant> wanted = new ArrayList<>();
    LocalDateTime minute = LocalDateTime.of(2026, 2, 1, 0, 0);
    while (minute.isBefore(LocalDateTime.of(2026, 4, 1, 0, 0))) {
      int hour = minute.getHour();
      boolean fits =
          minute.getMinute() % 7 == 0
              && ((hour >= 3 && hour <= 5) || hour == 22)
              && (minute.getDayOfMonth() == 1 || minute.getDayOfMonth() == 15);
      if (fits) {
        wanted.add(minute.toInstant(ZoneOffset.UTC));
      }
      minute = minute.plusMinutes(1);
    }
    Instant at = Instant.parse("2026-01-31T23:59:59Z");
    List<Instant> found = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      at = cron.next(at).orElseThrow();
      found.add(at);
    }
    assertThat(found).isEqualTo(wanted).hasSizeGreaterThan(100);
  }

  @ParameterizedTest
  @CsvSource({"'* * * *'", "'61 * * * *'", "'every day'", "'* * * * * *'", "'0 0 30 2 *'", "''"})
  void whatIsNoCronIsRefused(String text) {
    assertThatThrownBy(() -> Cron.of(text, BERLIN)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theLastDayOfFebruaryIsFoundInLeapYears() {
    Optional<Instant> next =
        Cron.of("0 12 29 2 *", ZoneOffset.UTC).next(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(next.map(it -> ZonedDateTime.ofInstant(it, ZoneOffset.UTC).getYear()))
        .contains(2028);
  }
}
