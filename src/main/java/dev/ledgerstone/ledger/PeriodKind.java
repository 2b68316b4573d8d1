package dev.ledgerstone.ledger;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * Lengths of time by the calendar, of the zone in which they are asked for; weeks begin on Monday
 * (ISO 8601).
 */
public enum PeriodKind {
  HOURLY,
  DAILY,
  WEEKLY,
  MONTHLY,
  YEARLY;

  /** When the period that holds a moment began. */
  public Instant start(Instant at, ZoneId zone) {
    ZonedDateTime time = at.atZone(zone);
    LocalDate day = time.toLocalDate();
    return switch (this) {
      // In instants: where a clock is set back one local hour comes twice, and both are hours.
      case HOURLY -> time.truncatedTo(ChronoUnit.HOURS).toInstant();
      case DAILY -> day.atStartOfDay(zone).toInstant();
      case WEEKLY ->
          day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
              .atStartOfDay(zone)
              .toInstant();
      case MONTHLY -> day.withDayOfMonth(1).atStartOfDay(zone).toInstant();
      case YEARLY -> day.withDayOfYear(1).atStartOfDay(zone).toInstant();
    };
  }

  /** When the period that began at a moment ends: the start of the next one. */
  public Instant end(Instant start, ZoneId zone) {
    LocalDate day = start.atZone(zone).toLocalDate();
    return switch (this) {
      case HOURLY -> start.plus(1, ChronoUnit.HOURS);
      case DAILY -> day.plusDays(1).atStartOfDay(zone).toInstant();
      case WEEKLY -> day.plusWeeks(1).atStartOfDay(zone).toInstant();
      case MONTHLY -> day.plusMonths(1).atStartOfDay(zone).toInstant();
      case YEARLY -> day.plusYears(1).atStartOfDay(zone).toInstant();
    };
  }
}
