package dev.ledgerstone.events.collections;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One value within a record's data, and where it stands: through objects, never through lists.
 *
 * @param value text, number, truth or null; numbers are the same whose value is
 */
record Fact(List<String> path, JsonNode value) {
  Fact {
    path = List.copyOf(path);
  }

  /** All that an object holds. */
  static List<Fact> of(ObjectNode data) {
    List<Fact> facts = new ArrayList<>();
    add(data, List.of(), facts);
    return facts;
  }

  private static void add(JsonNode node, List<String> path, List<Fact> facts) {
    if (node.isValueNode()) {
      facts.add(new Fact(path, node));
    } else if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        List<String> deeper = new ArrayList<>(path);
        deeper.add(field.getKey());
        add(field.getValue(), deeper, facts);
      }
    }
  }

  /** One text for the fact, another for each other: {@code /user/id=7}, {@code /user/id="7"}. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (String name : path) {
      text.append('/').append(name.replace("~", "~0").replace("/", "~1").replace("=", "~2"));
    }
    return text.append('=').append(value.isNumber() ? number() : value.toString()).toString();
  }

  private String number() {
    BigDecimal number = value.decimalValue();
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toString();
  }
}
