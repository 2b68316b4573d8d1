package dev.ledgerstone.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.base.Cidr;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes small files of MaxMind's format (its specification, version 2.0): a tree of 128 bits with
 * records of 24, a data section, the metadata.
 */
final class MmdbFile {
  private static final byte[] MARKER = {
    (byte) 0xAB, (byte) 0xCD, (byte) 0xEF, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
  };

  private static final int DATA_SEPARATOR = 16;

  private final List<int[]> nodes = new ArrayList<>();
  private final Map<Integer, Map<String, Object>> leaves = new LinkedHashMap<>();

  MmdbFile() {
    nodes.add(new int[2]);
  }

  /** Says what a network's addresses are; no network may lie within another. */
  MmdbFile put(String network, Map<String, Object> data) {
    Cidr cidr = Cidr.parse(network);
    byte[] address = cidr.network().getAddress();
    byte[] bits = new byte[16];
    System.arraycopy(address, 0, bits, 16 - address.length, address.length);
    int length = cidr.bits() + (16 - address.length) * 8;
    int node = 0;
    for (int i = 0; i < length; i++) {
      int side = (bits[i / 8] >> (7 - i % 8)) & 1;
      if (i == length - 1) {
        leaves.put(node * 2 + side, data);
      } else {
        if (nodes.get(node)[side] == 0) {
          nodes.add(new int[2]);
          nodes.get(node)[side] = nodes.size() - 1;
        }
        node = nodes.get(node)[side];
      }
    }
    return this;
  }

  void write(Path file) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Map<Integer, Integer> offsets = new LinkedHashMap<>();
    for (Map.Entry<Integer, Map<String, Object>> leaf : leaves.entrySet()) {
      offsets.put(leaf.getKey(), data.size());
      value(data, leaf.getValue());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int count = nodes.size();
    for (int node = 0; node < count; node++) {
      for (int side = 0; side < 2; side++) {
        Integer offset = offsets.get(node * 2 + side);
        int child = nodes.get(node)[side];
        int record = offset != null ? count + DATA_SEPARATOR + offset : child == 0 ? count : child;
        out.write(record >> 16);
        out.write(record >> 8);
        out.write(record);
      }
    }
    out.writeBytes(new byte[DATA_SEPARATOR]);
    data.writeTo(out);
    out.writeBytes(MARKER);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("node_count", count);
    metadata.put("record_size", 24);
    metadata.put("ip_version", 6);
    metadata.put("database_type", "Test-City");
    metadata.put("languages", List.of("en"));
    metadata.put("binary_format_major_version", 2);
    metadata.put("binary_format_minor_version", 0);
    metadata.put("build_epoch", 1_700_000_000);
    metadata.put("description", Map.of("en", "made for a test"));
    value(out, metadata);
    Files.write(file, out.toByteArray());
  }

  private static void value(ByteArrayOutputStream out, Object value) {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(UTF_8);
        control(out, 2, bytes.length);
        out.writeBytes(bytes);
      }
      case Double number -> {
        control(out, 3, 8);
        out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
      }
      case Integer number -> {
        control(out, 6, 4); // uint32
        out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
      }
      case Map<?, ?> map -> {
        control(out, 7, map.size());
        map.forEach(
            (key, each) -> {
              value(out, key);
              value(out, each);
            });
      }
      case List<?> list -> {
        control(out, 11, list.size());
        list.forEach(each -> value(out, each));
      }
      default -> throw new IllegalArgumentException(value.getClass().getName());
    }
  }

  private static void control(ByteArrayOutputStream out, int type, int size) {
    int length = size < 29 ? size : 29; // sizes up to 284 are enough here
    if (type <= 7) {
      out.write(type << 5 | length);
    } else {
      out.write(length);
      out.write(type - 7);
    }
    if (length == 29) {
      out.write(size - 29);
    }
  }
}
