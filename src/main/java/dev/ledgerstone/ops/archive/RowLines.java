package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows as lines of JSON: an object a row, with every column, in the order of the table. JSON
 * columns stand in it as they are, to the letter; integers of all widths are whole numbers.
 */
final class RowLines {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNestingDepth(10_000)
                  .build())
          .build();

  private RowLines() {}

  /** Takes a row. */
  @FunctionalInterface
  interface RowSink {
    void row(@Nullable Object[] values) throws IOException;
  }

  /** Writes lines into memory. */
  static final class Writer {
    private final List<Shape.Column> columns;
    private final SerializedString[] names;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final JsonGenerator json;

    Writer(Shape shape) throws IOException {
      columns = shape.columns();
      names =
          columns.stream()
              .map(it -> new SerializedString(it.name()))
              .toArray(SerializedString[]::new);
      json = FACTORY.createGenerator(bytes);
      json.setRootValueSeparator(new SerializedString("\n"));
    }

    void add(@Nullable Object[] values) throws IOException {
      json.writeStartObject();
      for (int i = 0; i < values.length; i++) {
        json.writeFieldName(names[i]);
        Object value = values[i];
        if (value == null) {
          json.writeNull();
          continue;
        }
        switch (columns.get(i).kind()) {
          case TEXT, UUID, TIME -> json.writeString((String) value);
          case INTEGER -> json.writeNumber((Long) value);
          case DOUBLE -> json.writeNumber((Double) value); // NaN and infinities as strings
          case BOOLEAN -> json.writeBoolean((Boolean) value);
          case JSON -> json.writeRawValue(oneLine((String) value));
        }
      }
      json.writeEndObject();
    }

    /** White space between tokens may hold line ends; strings cannot. */
    private static String oneLine(String text) {
      return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
          ? text
          : text.replace('\n', ' ').replace('\r', ' ');
    }

    int size() {
      return bytes.size() + json.getOutputBuffered();
    }

    /** What was written since the last time; each line ends. */
    byte[] take() throws IOException {
      json.flush();
      bytes.write('\n');
      byte[] lines = bytes.toByteArray();
      bytes.reset();
      return lines;
    }
  }

  /** Reads lines of a table. */
  static void read(byte[] lines, Shape shape, RowSink sink) throws IOException {
    List<Shape.Column> columns = shape.columns();
    try (JsonParser json = FACTORY.createParser(lines)) {
      while (json.nextToken() == JsonToken.START_OBJECT) {
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        int at = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          if (at == values.length || !columns.get(at).name().equals(json.currentName())) {
            throw wrong(shape);
          }
          json.nextToken();
          values[at] = value(json, columns.get(at).kind(), lines);
          at++;
        }
        if (at < values.length) {
          throw wrong(shape);
        }
        sink.row(values);
      }
      if (json.currentToken() != null) {
        throw wrong(shape);
      }
    }
  }

  private static RuntimeException wrong(Shape shape) {
    return Damage.of("a row of " + shape.name() + " in the archive is not one of its table");
  }

  private static @Nullable Object value(JsonParser json, Shape.Kind kind, byte[] lines)
      throws IOException {
    JsonToken token = json.currentToken();
    if (token == JsonToken.VALUE_NULL && kind != Shape.Kind.JSON) {
      return null;
    }
    return switch (kind) {
      case TEXT, UUID, TIME -> json.getText();
      case INTEGER -> json.getLongValue();
      case DOUBLE ->
          token == JsonToken.VALUE_STRING
              ? Double.valueOf(json.getText())
              : Double.valueOf(json.getDoubleValue());
      case BOOLEAN -> json.getBooleanValue();
      case JSON -> raw(json, token, lines);
    };
  }

  private static @Nullable String raw(JsonParser json, JsonToken token, byte[] lines)
      throws IOException {
    return switch (token) {
      case START_OBJECT, START_ARRAY -> {
        int from = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        yield new String(lines, from, (int) json.currentLocation().getByteOffset() - from, UTF_8);
      }
      case VALUE_STRING ->
          '"' + new String(JsonStringEncoder.getInstance().quoteAsString(json.getText())) + '"';
      case VALUE_NULL -> null;
      default -> json.getText();
    };
  }
}
