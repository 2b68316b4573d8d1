package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ledgerstone.audit.CanonicalJson;
import dev.ledgerstone.base.Sha256;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The digest of a table's rows: the same on both engines, and in whatever order rows come. Each row
 * is hashed by SHA-256 over its values, JSON in canonical form; the hashes are added, 64 bits by 64
 * bits.
 */
final class RowDigest {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final int HASH_BYTES = 32;

  private final List<Shape.Column> columns;
  private final MessageDigest row = Sha256.digest();
  private final byte[] hash = new byte[HASH_BYTES];
  private final ByteBuffer lanes = ByteBuffer.wrap(hash);
  private final byte[] head = new byte[5];
  private final ByteBuffer length = ByteBuffer.wrap(head);
  private final long[] sums = new long[HASH_BYTES / Long.BYTES];
  private long rows;

  RowDigest(Shape shape) {
    columns = shape.columns();
  }

  void add(@Nullable Object[] values) {
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      if (value == null) {
        row.update((byte) 0);
        continue;
      }
      byte[] bytes =
          switch (columns.get(i).kind()) {
            case JSON -> canonical((String) value);
            // -0.0 is 0.0 on SQLite
            case DOUBLE -> Double.toString((Double) value + 0.0).getBytes(UTF_8);
            case TEXT, UUID, INTEGER, BOOLEAN, TIME -> value.toString().getBytes(UTF_8);
          };
      length.put(0, (byte) 1).putInt(1, bytes.length);
      row.update(head);
      row.update(bytes);
    }
    try {
      row.digest(hash, 0, HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException(e); // it has room
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] += lanes.getLong(i * Long.BYTES);
    }
    rows++;
  }

  private static byte[] canonical(String text) {
    if (text.equals("[]") || text.equals("{}")) {
      return text.getBytes(UTF_8);
    }
    try {
      return CanonicalJson.bytes(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw Damage.of("a JSON column holds what is not JSON");
    }
  }

  long rows() {
    return rows;
  }

  /** How many rows, and the sum of their hashes. */
  @Override
  public String toString() {
    ByteBuffer sum = ByteBuffer.allocate(HASH_BYTES);
    for (long each : sums) {
      sum.putLong(each);
    }
    return rows + ":" + HexFormat.of().formatHex(sum.array());
  }
}
