package dev.ledgerstone.jobs;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * Times that come again: five fields (minute, hour, day of the month, month, day of the week) on
 * the clock of a place.
 *
 * <p>Where the clock is set forth, what falls into the gap comes as soon as it is over. Where it is
 * set back, an hour comes twice: what names its hours comes once, at the first; what comes in every
 * hour ({@code *} or a step) comes in both, for it means elapsed time.
 */
final class Cron {
  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private final ExecutionTime times;
  private final ZoneId zone;
  private final boolean isEveryHour;

  private Cron(ExecutionTime times, ZoneId zone, boolean isEveryHour) {
    this.times = times;
    this.zone = zone;
    this.isEveryHour = isEveryHour;
  }

  /**
   * Reads one; a text that is none is refused with what is wrong with it.
   *
   * @throws IllegalArgumentException its message is for people
   */
  static Cron of(String text, ZoneId zone) {
    String[] fields = text.strip().split("\\s+");
    if (fields.length != 5) {
      throw new IllegalArgumentException(
          "it has " + fields.length + " fields in place of 5: minute, hour, day, month, weekday");
    }
    ExecutionTime times = ExecutionTime.forCron(PARSER.parse(text.strip()).validate());
    Cron cron = new Cron(times, zone, fields[1].startsWith("*"));
    if (cron.local(LocalDateTime.of(2000, 1, 1, 0, 0)).isEmpty()) {
      throw new IllegalArgumentException("no day is ever like that");
    }
    return cron;
  }

  /** The first time behind another; empty: there is none in this century. */
  Optional<Instant> next(Instant after) {
    if (isEveryHour) {
      return nextOfEveryHour(after);
    }
    // On the wall clock there are neither gaps nor repetitions; each of its times is then placed.
    LocalDateTime wall = LocalDateTime.ofInstant(after, zone).minusDays(1);
    while (true) {
      Optional<LocalDateTime> next = local(wall);
      if (next.isEmpty()) {
        return Optional.empty();
      }
      Instant at = placed(next.get());
      if (at.isAfter(after)) {
        return Optional.of(at);
      }
      wall = next.get();
    }
  }

  /** By elapsed time: between two changes of the zone's offset the wall clock runs evenly. */
  private Optional<Instant> nextOfEveryHour(Instant after) {
    Instant stretch = after;
    Instant behind = after;
    while (true) {
      ZoneOffset offset = zone.getRules().getOffset(stretch);
      ZoneOffsetTransition change = zone.getRules().nextTransition(stretch);
      Optional<Instant> next =
          local(LocalDateTime.ofInstant(behind, offset)).map(it -> it.toInstant(offset));
      if (next.isEmpty() || change == null || next.get().isBefore(change.getInstant())) {
        return next;
      }
      stretch = change.getInstant();
      behind = stretch.minusNanos(1);
    }
  }

  private Optional<LocalDateTime> local(LocalDateTime after) {
    return times
        .nextExecution(ZonedDateTime.of(after, ZoneOffset.UTC))
        .map(ZonedDateTime::toLocalDateTime);
  }

  /** When a wall clock shows a time: at the first of two, at the end of a gap that has it. */
  private Instant placed(LocalDateTime wall) {
    ZoneOffsetTransition change = zone.getRules().getTransition(wall);
    if (change != null && change.isGap()) {
      return change.getInstant();
    }
    return wall.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
  }
}
