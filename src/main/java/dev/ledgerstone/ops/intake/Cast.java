package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Timestamps;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is done to a value before it is taken for its column; nothing is done to null. */
@FunctionalInterface
interface Cast {
  Pattern SCALED = Pattern.compile("scaled:(\\d{1,2})");
  int NANO_DIGITS = 9;
  int MICROS = 6;

  JsonNode of(JsonNode value, UUID tenant) throws Rejected;

  /** By its name in a mapping. */
  static Cast of(String name) {
    Matcher scaled = SCALED.matcher(name);
    if (scaled.matches()) {
      int digits = Integer.parseInt(scaled.group(1));
      return (value, _) -> scaled(value, digits);
    }
    return switch (name) {
      case "nanos" -> (value, _) -> scaled(value, NANO_DIGITS);
      case "epoch_seconds" -> (value, _) -> time(value, 0);
      case "epoch_millis" -> (value, _) -> time(value, 3);
      case "trim" -> (value, _) -> TextNode.valueOf(value.asText().strip());
      case "lower" -> (value, _) -> TextNode.valueOf(value.asText().toLowerCase(Locale.ROOT));
      case "upper" -> (value, _) -> TextNode.valueOf(value.asText().toUpperCase(Locale.ROOT));
      case "json" -> (value, _) -> json(value);
      case "named_id" -> (value, tenant) -> namedId(value, tenant);
      case "any_id" ->
          (value, tenant) -> Values.isId(value.asText()) ? value : namedId(value, tenant);
      default ->
          throw Mapping.wrong(
              "there is no cast "
                  + name
                  + "; there are scaled:N, nanos, epoch_seconds, epoch_millis, trim, lower, upper, json, named_id and any_id");
    };
  }

  private static BigDecimal decimal(JsonNode value) throws Rejected {
    try {
      return new BigDecimal(value.asText().strip());
    } catch (NumberFormatException _) {
      throw new Rejected("is no number");
    }
  }

  /** The decimal point moved to the right: 12.34 by two digits is 1234. */
  private static JsonNode scaled(JsonNode value, int digits) throws Rejected {
    BigDecimal moved = decimal(value).movePointRight(digits);
    if (moved.stripTrailingZeros().scale() > 0) {
      throw new Rejected("has more than " + digits + " digits behind the point");
    }
    return BigIntegerNode.valueOf(moved.toBigInteger());
  }

  private static JsonNode time(JsonNode value, int digits) throws Rejected {
    long micros =
        decimal(value)
            .movePointRight(MICROS - digits)
            .setScale(0, RoundingMode.HALF_UP)
            .longValue();
    return TextNode.valueOf(
        Timestamps.text(
            Instant.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L)));
  }

  private static JsonNode json(JsonNode value) throws Rejected {
    if (!value.isTextual()) {
      return value;
    }
    try {
      return RecordReader.MAPPER.readTree(value.textValue());
    } catch (JsonProcessingException _) {
      throw new Rejected("is not JSON");
    }
  }

  /** The same name is the same id in every file of a tenant: UUIDv8 (RFC 9562, section 5.8). */
  private static JsonNode namedId(JsonNode value, UUID tenant) {
    ByteBuffer hash = ByteBuffer.wrap(Sha256.of("import/" + tenant + "/" + value.asText()));
    return TextNode.valueOf(
        new UUID(
                (hash.getLong() & ~0xF000L) | 0x8000L,
                (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L)
            .toString());
  }
}
