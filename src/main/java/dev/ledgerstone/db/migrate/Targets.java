package dev.ledgerstone.db.migrate;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Versions as people write them: {@code head}, {@code base}, +N, -N, a number or a name. */
final class Targets {
  private static final Pattern RELATIVE = Pattern.compile("[+-]\\d{1,6}");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,6}");

  private final int head;

  /** Numbers by label. */
  private final Map<String, Integer> labels = new LinkedHashMap<>();

  /**
   * @param history whose migrations can be named too, even if this server has no file for them
   */
  Targets(Migrations migrations, List<AppliedMigration> history) {
    this.head = migrations.head();
    migrations.all().forEach(each -> labels.put(each.label(), each.number()));
    history.forEach(each -> labels.putIfAbsent(each.label(), each.number()));
  }

  /** The number that a target means; 0 is base. */
  int resolve(String target, int current) {
    String wanted = target.strip().toLowerCase(Locale.ROOT);
    int number =
        switch (wanted) {
          case "head" -> head;
          case "base" -> 0;
          case String s when RELATIVE.matcher(s).matches() -> current + Integer.parseInt(s);
          case String s when NUMBER.matcher(s).matches() -> Integer.parseInt(s);
          default -> named(wanted);
        };
    if (number != 0 && number != head && !labels.containsValue(number)) {
      throw new MigrationProblem.NoSuchTarget(target, nearest(wanted)).exception();
    }
    return number;
  }

  /** -1 if nothing is called so. */
  private int named(String wanted) {
    for (Map.Entry<String, Integer> each : labels.entrySet()) {
      if (each.getKey().equals(wanted) || each.getKey().substring(5).equals(wanted)) {
        return each.getValue();
      }
    }
    return -1;
  }

  /** The label that shares the longest beginning with what was written. */
  private String nearest(String wanted) {
    Collection<String> known = labels.keySet();
    return known.stream()
        .max(Comparator.comparingInt(label -> alike(label.substring(5), wanted)))
        .orElse("head");
  }

  private static int alike(String name, String wanted) {
    int same = 0;
    while (same < Math.min(name.length(), wanted.length())
        && name.charAt(same) == wanted.charAt(same)) {
      same++;
    }
    return same;
  }
}
