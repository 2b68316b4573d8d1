package dev.ledgerstone.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Turns free-form YAML into JSON, as far as JSON goes. */
final class Trees {
  /** Aliases can make a small file a huge tree: the tree is bounded, not the file. */
  private static final int MAX_NODES = 10_000;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Reading reading;
  private int nodes;

  private Trees(Reading reading) {
    this.reading = reading;
  }

  /** An object; an empty one, and a fault, if the node is none. */
  static ObjectNode object(Reading reading, Node node, Spot spot) {
    try {
      if (new Trees(reading).tree(node, spot) instanceof ObjectNode object) {
        return object;
      }
      reading.fault(spot, "is no mapping", "write key: value pairs");
    } catch (Wrong e) {
      reading.fault(spot, e.what(), e.mend());
    }
    return JSON.objectNode();
  }

  private JsonNode tree(Node node, Spot spot) throws Wrong {
    if (node.isRecursive() || ++nodes > MAX_NODES) {
      throw new Wrong("is too large, or holds itself by an alias", "write it out, smaller");
    }
    return switch (node) {
      case MappingNode mapping -> object(mapping, spot);
      case SequenceNode sequence -> {
        ArrayNode array = JSON.arrayNode();
        for (Node each : sequence.getValue()) {
          array.add(tree(each, Spot.of(each, spot.path())));
        }
        yield array;
      }
      case ScalarNode scalar -> scalar(scalar, spot);
      default -> throw new Wrong("cannot be read", "write it out, without aliases");
    };
  }

  private ObjectNode object(MappingNode mapping, Spot spot) throws Wrong {
    ObjectNode object = JSON.objectNode();
    for (NodeTuple entry : mapping.getValue()) {
      Spot at = Spot.of(entry.getKeyNode(), spot.path());
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        reading.fault(at, "has a key that is no text", "write a name");
      } else if (object.has(key.getValue())) {
        reading.fault(at, "has a key twice", "keep one of them");
      } else {
        object.set(key.getValue(), tree(entry.getValueNode(), at));
      }
    }
    return object;
  }

  /** Numbers, booleans and null by YAML 1.2's core rules; what is in quotes is text. */
  private JsonNode scalar(ScalarNode scalar, Spot spot) {
    if (Reading.isNull(scalar)) {
      return JSON.nullNode();
    }
    String text = reading.text(scalar, spot).orElse("");
    if (scalar.isPlain() && scalar.getTag().equals(Tag.BOOL)) {
      return JSON.booleanNode(text.equalsIgnoreCase("true"));
    }
    try {
      // Whole numbers stay whole: an upstream refuses 1E+3 as a count of tokens.
      if (scalar.isPlain() && scalar.getTag().equals(Tag.INT)) {
        return JSON.numberNode(Long.parseLong(text));
      } else if (scalar.isPlain() && scalar.getTag().equals(Tag.FLOAT)) {
        return JSON.numberNode(Double.parseDouble(text));
      }
    } catch (NumberFormatException _) {
      reading.fault(spot, "is no number of JSON", "write it in decimal, or in quotes");
    }
    return JSON.textNode(text);
  }
}
