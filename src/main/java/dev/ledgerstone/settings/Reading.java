package dev.ledgerstone.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** One reading of one file: its name, what fills its placeholders, and the faults so far. */
final class Reading {
  private final String file;
  private final Placeholders placeholders;
  private final List<Fault> faults;

  Reading(String file, Map<String, String> environment) {
    this(file, environment, List.of());
  }

  /**
   * @param before faults that were found already
   */
  Reading(String file, Map<String, String> environment, List<Fault> before) {
    this.file = file;
    this.placeholders = new Placeholders(environment);
    this.faults = new ArrayList<>(before);
  }

  String file() {
    return file;
  }

  void fault(Spot spot, String what, String mend) {
    faults.add(new Fault(file, spot, what, mend));
  }

  List<Fault> faults() {
    return faults;
  }

  /** Whether a key says nothing: {@code key:}, {@code key: null}. */
  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && scalar.isPlain() && node.getTag().equals(Tag.NULL);
  }

  /** A node's text with its placeholders filled; empty, and a fault, if it has none. */
  Optional<String> text(Node node, Spot spot) {
    if (!(node instanceof ScalarNode scalar)) {
      fault(spot, "is a list or a mapping where a single value belongs", "write one value");
      return Optional.empty();
    }
    if (!scalar.getTag().getValue().startsWith(Tag.PREFIX)) {
      fault(spot, "bears a tag that is not known", "take the ! away, or write the value in quotes");
      return Optional.empty();
    }
    try {
      return Optional.of(placeholders.fill(scalar.getValue()));
    } catch (Wrong e) {
      fault(spot, e.what(), e.mend());
      return Optional.empty();
    }
  }

  /** A node's value; null, and a fault, if it is not of the kind. */
  <T> @Nullable T value(Node node, Spot spot, Kind<T> kind) {
    Optional<String> text = text(node, spot);
    if (text.isEmpty()) {
      return null;
    }
    try {
      return kind.read(text.get());
    } catch (Wrong e) {
      fault(spot, e.what(), e.mend());
      return null;
    }
  }
}
