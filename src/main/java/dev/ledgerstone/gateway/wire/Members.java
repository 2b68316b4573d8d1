package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where the top-level fields of a JSON object stand in its bytes.
 *
 * <p>Only starts are kept. A value ends where the white space and the comma before the next field
 * begin, and no JSON value ends in either, so that its end is found by walking back: the scan need
 * not look for the end of a long string.
 */
final class Members {
  private final byte[] body;
  private final Map<String, Integer> indexes = LinkedHashMap.newLinkedHashMap(16);
  private int[] nameStarts = new int[16];
  private int[] valueStarts = new int[16];
  private int closing;

  Members(byte[] body) {
    this.body = body;
  }

  /** Adds the next field; false if one of that name is there. */
  boolean add(String name, int nameStart, int valueStart) {
    int index = indexes.size();
    if (indexes.putIfAbsent(name, index) != null) {
      return false;
    }
    if (index == nameStarts.length) {
      nameStarts = Arrays.copyOf(nameStarts, index * 2);
      valueStarts = Arrays.copyOf(valueStarts, index * 2);
    }
    nameStarts[index] = nameStart;
    valueStarts[index] = valueStart;
    return true;
  }

  /** Says where the object's closing brace is. */
  void close(int brace) {
    closing = brace;
  }

  int closing() {
    return closing;
  }

  boolean has(String name) {
    return indexes.containsKey(name);
  }

  Set<String> names() {
    return indexes.keySet();
  }

  int size() {
    return indexes.size();
  }

  /** The field's place among the others, or -1. */
  int index(String name) {
    return indexes.getOrDefault(name, -1);
  }

  int nameStart(int index) {
    return nameStarts[index];
  }

  int valueStart(int index) {
    return valueStarts[index];
  }

  int valueEnd(int index) {
    int i = index + 1 < size() ? nameStarts[index + 1] : closing;
    while (WireJson.isSpace(body[i - 1]) || body[i - 1] == ',') {
      i--;
    }
    return i;
  }

  /** The value as it stands there. */
  String raw(int index) {
    int start = valueStart(index);
    return new String(body, start, valueEnd(index) - start, UTF_8);
  }
}
