package dev.ledgerstone.settings;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of the file, read key by key. The keys that were asked for are the keys that it may
 * have: {@link #end} finds the others. Where a value is faulty a placeholder is returned and the
 * reading goes on, so that all faults are found; nothing that was read is used if there was one.
 */
final class Block {
  private final Reading reading;
  private final Spot spot;
  private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
  private final TreeSet<String> asked = new TreeSet<>();

  /** A value, and where it stands. */
  record At<T>(T value, Spot spot) {}

  Block(Reading reading, MappingNode node, String path) {
    this.reading = reading;
    this.spot = Spot.of(node, path);
    for (NodeTuple entry : node.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        reading.fault(
            Spot.of(entry.getKeyNode(), path), "has a key that is no text", "write a name");
        continue;
      }
      NodeTuple before = entries.putIfAbsent(key.getValue(), entry);
      if (before != null) {
        reading.fault(
            Spot.of(key, path),
            "has a key twice, first in line " + Spot.of(before.getKeyNode(), path).line(),
            "keep one of them");
      }
    }
  }

  /** Reads a node as a mapping; null, and a fault, if it is none. */
  static @Nullable Block of(Reading reading, Node node, String path) {
    if (node instanceof MappingNode mapping) {
      return new Block(reading, mapping, path);
    }
    reading.fault(Spot.of(node, path), "is no mapping", "write key: value pairs");
    return null;
  }

  Spot spot() {
    return spot;
  }

  /** Where a key's value stands; where the block begins, if it has no such key. */
  Spot spot(String key) {
    NodeTuple entry = entries.get(key);
    String path = child(spot.path(), key);
    return entry == null
        ? new Spot(path, spot.line(), spot.column())
        : Spot.of(entry.getValueNode(), path);
  }

  void fault(String key, String what, String mend) {
    reading.fault(spot(key), what, mend);
  }

  boolean has(String key) {
    return find(key) != null;
  }

  /** A value that must be there. */
  <T> T required(String key, Kind<T> kind, T placeholder) {
    if (find(key) == null) {
      fault(key, "is missing", "add " + key);
      return placeholder;
    }
    return optional(key, kind, placeholder);
  }

  <T> T optional(String key, Kind<T> kind, T standard) {
    T value = optional(key, kind);
    return value == null ? standard : value;
  }

  <T> @Nullable T optional(String key, Kind<T> kind) {
    Node node = find(key);
    return node == null ? null : reading.value(node, spot(key), kind);
  }

  /** The entries of a list with their places; null: there is no such key. */
  <T> @Nullable List<At<T>> list(String key, Kind<T> kind) {
    List<At<Node>> nodes = nodes(key);
    if (nodes == null) {
      return null;
    }
    List<At<T>> values = new ArrayList<>();
    for (At<Node> each : nodes) {
      T value = reading.value(each.value(), each.spot(), kind);
      if (value != null) {
        values.add(new At<>(value, each.spot()));
      }
    }
    return values;
  }

  /** The values of a list; null: there is no such key. */
  <T> @Nullable List<T> values(String key, Kind<T> kind) {
    List<At<T>> list = list(key, kind);
    return list == null ? null : list.stream().map(At::value).toList();
  }

  /** The mappings of a list; empty if there is no such key. */
  List<Block> blocks(String key) {
    List<At<Node>> nodes = nodes(key);
    List<Block> blocks = new ArrayList<>();
    for (At<Node> each : nodes == null ? List.<At<Node>>of() : nodes) {
      Block block = of(reading, each.value(), each.spot().path());
      if (block != null) {
        blocks.add(block);
      }
    }
    return blocks;
  }

  /** A mapping inside this one; null: there is no such key. */
  @Nullable Block block(String key) {
    Node node = find(key);
    return node == null ? null : of(reading, node, spot(key).path());
  }

  /** A mapping of texts whose keys are free. */
  Map<String, String> texts(String key, Kind<String> kind) {
    Block block = block(key);
    Map<String, String> texts = new LinkedHashMap<>();
    if (block != null) {
      block.entries.forEach(
          (name, entry) -> {
            Node value = entry.getValueNode();
            String text = reading.value(value, Spot.of(value, block.spot.path()), kind);
            texts.put(name, text == null ? "" : text);
          });
    }
    return texts;
  }

  /** A node as it stands; null: there is no such key. */
  @Nullable Node find(String key) {
    asked.add(key);
    NodeTuple entry = entries.get(key);
    return entry == null || Reading.isNull(entry.getValueNode()) ? null : entry.getValueNode();
  }

  /**
   * Nothing more will be asked: what else stands here is not known. Such a key is quoted only if it
   * is a slip of a known one: a lost colon can make a secret of it.
   */
  void end() {
    List<String> known = List.copyOf(asked);
    entries.forEach(
        (key, entry) -> {
          if (!asked.contains(key)) {
            String shown = Nearest.to(key, known).isPresent() ? key : "a key";
            reading.fault(
                Spot.of(entry.getKeyNode(), spot.path()),
                "has " + shown + ", which is not known here",
                "the keys are " + String.join(", ", known) + Kinds.meant(key, known));
          }
        });
  }

  private @Nullable List<At<Node>> nodes(String key) {
    Node node = find(key);
    if (node == null) {
      return null;
    }
    if (!(node instanceof SequenceNode sequence)) {
      fault(key, "is no list", "begin each entry with a dash, or write [a, b]");
      return List.of();
    }
    List<At<Node>> nodes = new ArrayList<>();
    for (Node each : sequence.getValue()) {
      String path = child(spot.path(), key) + "[" + nodes.size() + "]";
      nodes.add(new At<>(each, Spot.of(each, path)));
    }
    return nodes;
  }

  private static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
