package dev.ledgerstone.settings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The names that a file gives, and those that it uses: every used one must be given once. */
final class References {
  /** Whose providers and services every tenant may use. */
  private static final String PLATFORM = "platform";

  private static final int SHOWN = 12;

  /** What can be referred to. */
  enum Sort {
    PROVIDER("provider", "providers"),
    SERVICE("service", "services"),
    KEY("key", "keys");

    private final String title;
    private final String section;

    Sort(String title, String section) {
      this.title = title;
      this.section = section;
    }
  }

  private record Name(Object sort, List<?> parts) {}

  private record Use(Sort sort, String tenant, String name, Spot spot) {}

  private final Reading reading;
  private final Config.Known known;
  private final Supplier<Config.Known> others;
  private Config.@Nullable Known asked;
  private final Map<Name, Spot> given = new HashMap<>();
  private final List<Use> uses = new ArrayList<>();

  /**
   * @param others what else is there; asked for a name only that nothing else has
   */
  References(Reading reading, Config.Known known, Supplier<Config.Known> others) {
    this.reading = reading;
    this.known = known;
    this.others = others;
  }

  /** An entry that others may refer to. */
  void give(Sort sort, String tenant, String name, Spot spot) {
    unique(sort, spot, "the name", List.of(tenant, name));
  }

  /** What may stand in the file once only. */
  void unique(Object sort, Spot spot, String what, List<?> parts) {
    Spot before = given.putIfAbsent(new Name(sort, parts), spot);
    if (before != null) {
      reading.fault(
          spot, "repeats " + what + " of line " + before.line(), "change one, or take it out");
    }
  }

  void use(Sort sort, String tenant, String name, Spot spot) {
    uses.add(new Use(sort, tenant, name, spot));
  }

  /** Every entry was read: what was used and never given is a fault. */
  void check() {
    for (Use use : uses) {
      if (!use.name.isEmpty() && !isThere(use)) {
        reading.fault(
            use.spot,
            "names a " + use.sort.title + " that is not there",
            "add it to " + use.sort.section + ", or write " + choices(use));
      }
    }
  }

  private boolean isThere(Use use) {
    return names(known, use.sort).contains(use.name)
        || given.containsKey(new Name(use.sort, List.of(use.tenant, use.name)))
        || given.containsKey(new Name(use.sort, List.of(PLATFORM, use.name)))
        || names(others(), use.sort).contains(use.name);
  }

  private Config.Known others() {
    Config.Known there = asked;
    if (there == null) {
      there = others.get();
      asked = there;
    }
    return there;
  }

  private static Set<String> names(Config.Known of, Sort sort) {
    return switch (sort) {
      case PROVIDER -> of.providers();
      case SERVICE -> of.services();
      case KEY -> of.keys();
    };
  }

  private String choices(Use use) {
    TreeSet<String> names = new TreeSet<>(names(known, use.sort));
    names.addAll(names(others(), use.sort));
    for (Name name : given.keySet()) {
      if (name.sort == use.sort
          && (name.parts.getFirst().equals(use.tenant) || name.parts.getFirst().equals(PLATFORM))) {
        names.add((String) name.parts.getLast());
      }
    }
    String all =
        switch (names.size()) {
          case 0 -> "one that is";
          default -> "one of " + String.join(", ", names.stream().limit(SHOWN).toList());
        };
    return all + (names.size() > SHOWN ? ", …" : "") + Kinds.meant(use.name, List.copyOf(names));
  }
}
