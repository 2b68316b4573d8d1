package dev.ledgerstone.records.request;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code Prefer} (RFC 7240) asks for beside the rows.
 *
 * @param given what is understood, by name; of a preference that is given twice the first counts
 */
public record Preferences(Map<String, String> given) {
  /** How all rows are counted, of which a page is answered. */
  public enum Count {
    NONE,
    EXACT,
    PLANNED,
    ESTIMATED
  }

  /** What becomes of rows that were deleted softly. */
  public enum Deleted {
    LEFT_OUT,
    INCLUDE,
    ONLY
  }

  private static final Map<String, Set<String>> KNOWN =
      Map.of(
          "resolution", Set.of("merge-duplicates", "ignore-duplicates"),
          "return", Set.of("representation", "headers-only", "minimal"),
          "count", Set.of("exact", "planned", "estimated"),
          "tx", Set.of("commit", "rollback"),
          "missing", Set.of("default", "null"),
          "handling", Set.of("strict", "lenient"),
          "deleted", Set.of("include", "only"));

  /** East of UTC, as in ISO 8601. */
  private static final Pattern OFFSET =
      Pattern.compile("(?<sign>[+-]?)(?<hours>\\d{1,2})(?::(?<minutes>\\d{2}))?");

  /** In which PostgREST tells what it applied. */
  private static final List<String> ORDER =
      List.of(
          "resolution",
          "missing",
          "return",
          "count",
          "tx",
          "handling",
          "timezone",
          "max-affected",
          "deleted");

  /**
   * Reads the header's values; refuses what it does not know if {@code handling=strict} is there.
   */
  public static Preferences parse(List<String> values) {
    Map<String, String> given = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    for (String value : values) {
      for (String each : value.split(",")) {
        String text = each.strip();
        if (!text.isEmpty()) {
          int equals = text.indexOf('=');
          String name = equals < 0 ? text : text.substring(0, equals).strip();
          String said = equals < 0 ? "" : text.substring(equals + 1).strip();
          if (isKnown(name, said)) {
            given.putIfAbsent(name, said);
          } else {
            unknown.add(text);
          }
        }
      }
    }
    Preferences preferences = new Preferences(given);
    if (preferences.isStrict() && !unknown.isEmpty()) {
      throw new RecordsProblem.BadPreferences(String.join(", ", unknown)).exception();
    }
    return preferences;
  }

  private static boolean isKnown(String name, String value) {
    return switch (name) {
      case "timezone" -> {
        var _ = zone(value); // refuses what is none
        yield true;
      }
      case "max-affected" -> value.matches("\\d{1,9}");
      default -> KNOWN.getOrDefault(name, Set.of()).contains(value);
    };
  }

  /** One that is none is refused, also where other preferences would be passed over. */
  private static ZoneId zone(String name) {
    try {
      Matcher offset = OFFSET.matcher(name);
      return offset.matches()
          ? ZoneOffset.ofHoursMinutes(
              number(offset, "hours"),
              offset.group("minutes") == null ? 0 : number(offset, "minutes"))
          : ZoneId.of(name);
    } catch (DateTimeException _) {
      throw new RecordsProblem.NoZone(name).exception();
    }
  }

  private static int number(Matcher offset, String part) {
    return Integer.parseInt(offset.group("sign") + offset.group(part));
  }

  public boolean isStrict() {
    return "strict".equals(given.get("handling"));
  }

  public Count count() {
    return enumeration(Count.class, "count", Count.NONE);
  }

  public Deleted deleted() {
    return enumeration(Deleted.class, "deleted", Deleted.LEFT_OUT);
  }

  /** The zone in which times are answered; empty: UTC. */
  public Optional<ZoneId> timezone() {
    return Optional.ofNullable(given.get("timezone")).map(Preferences::zone);
  }

  private <E extends Enum<E>> E enumeration(Class<E> type, String name, E absent) {
    String value = given.get(name);
    return value == null ? absent : Enum.valueOf(type, value.toUpperCase(Locale.ROOT));
  }

  /** {@code Preference-Applied}, of those names that the request heeded; empty: none. */
  public Optional<String> applied(Set<String> heeded) {
    List<String> told = new ArrayList<>();
    for (String name : ORDER) {
      if (heeded.contains(name) && given.containsKey(name)) {
        told.add(name + "=" + given.get(name));
      }
    }
    return told.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", told));
  }
}
