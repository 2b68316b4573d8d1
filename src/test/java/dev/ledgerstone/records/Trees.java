package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;

/** JSON compared as values: 1 and 1.0 are one number. */
final class Trees {
  private Trees() {}

  static boolean equal(JsonNode expected, JsonNode actual) {
    if (expected.isNumber() && actual.isNumber()) {
      return expected.decimalValue().compareTo(actual.decimalValue()) == 0;
    }
    if (expected.getNodeType() != actual.getNodeType() || expected.size() != actual.size()) {
      return false;
    }
    if (expected.isArray()) {
      for (int i = 0; i < expected.size(); i++) {
        if (!equal(expected.get(i), actual.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (expected.isObject()) {
      Iterator<String> names = expected.fieldNames();
      while (names.hasNext()) {
        String name = names.next();
        JsonNode other = actual.get(name);
        if (other == null || !equal(expected.get(name), other)) {
          return false;
        }
      }
      return true;
    }
    return expected.equals(actual);
  }
}
