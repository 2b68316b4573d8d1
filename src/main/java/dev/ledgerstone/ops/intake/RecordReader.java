package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.problem.RequestProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Reads a file's records one after another; numbers keep every digit. */
abstract class RecordReader implements AutoCloseable {
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final ObjectReader ONE_OF_MANY =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int BUFFER = 1 << 16;
  private static final String MARK = "\uFEFF";

  private final Reader text;

  private RecordReader(Reader text) {
    this.text = text;
  }

  /**
   * A record, or what stands in its place.
   *
   * @param fault why it is none; null: it is one
   */
  record Read(JsonNode source, @Nullable ObjectNode fields, @Nullable String fault) {
    static Read of(JsonNode tree) {
      return tree instanceof ObjectNode object
          ? new Read(tree, object, null)
          : new Read(tree, null, "it is no object");
    }
  }

  /** The next record; null: there is no more. */
  abstract @Nullable Read next() throws IOException;

  @Override
  public void close() throws IOException {
    text.close();
  }

  static RecordReader open(Path file, Format format) throws IOException {
    BufferedReader text =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8), BUFFER);
    text.mark(1);
    if (text.read() != MARK.charAt(0)) {
      text.reset();
    }
    return switch (format) {
      case JSON -> new Array(text);
      case JSONL -> new Lines(text);
      case CSV -> new Csv(text);
    };
  }

  private static final class Lines extends RecordReader {
    private final BufferedReader lines;

    Lines(BufferedReader lines) {
      super(lines);
      this.lines = lines;
    }

    @Override
    @Nullable Read next() throws IOException {
      String line;
      do {
        line = lines.readLine();
      } while (line != null && line.isBlank());
      if (line == null) {
        return null;
      }
      try {
        return Read.of(MAPPER.readTree(line));
      } catch (JsonProcessingException e) {
        return new Read(TextNode.valueOf(line), null, "it is not JSON: " + e.getOriginalMessage());
      }
    }
  }

  private static final class Array extends RecordReader {
    private final JsonParser json;
    private boolean isOver;

    Array(Reader text) throws IOException {
      super(text);
      json = MAPPER.createParser(text);
      JsonToken token = json.nextToken();
      while (token != null && token != JsonToken.START_ARRAY) {
        token = json.nextToken(); // an object around it
      }
      if (token == null) {
        throw new RequestProblem.Malformed(
                "the file holds no JSON array", "is it JSON lines? then: import jsonl")
            .exception();
      }
    }

    @Override
    @Nullable Read next() throws IOException {
      try {
        if (isOver || json.nextToken() == JsonToken.END_ARRAY) {
          isOver = true;
          return null;
        }
        return Read.of(ONE_OF_MANY.readTree(json));
      } catch (JsonProcessingException e) {
        throw new RequestProblem.Malformed(
                "the JSON ends to be JSON in line " + e.getLocation().getLineNr(),
                "mend it there, and start the import again: it goes on where it was")
            .exception(e);
      }
    }
  }

  private static final class Csv extends RecordReader {
    private final Iterator<CSVRecord> records;
    private final List<String> names;

    Csv(Reader text) throws IOException {
      super(text);
      CSVParser parser =
          CSVParser.builder()
              .setReader(text)
              .setFormat(
                  CSVFormat.RFC4180
                      .builder()
                      .setHeader()
                      .setSkipHeaderRecord(true)
                      .setNullString("")
                      .get())
              .get();
      names = parser.getHeaderNames();
      records = parser.iterator();
    }

    @Override
    @Nullable Read next() {
      if (!records.hasNext()) {
        return null;
      }
      CSVRecord record = records.next();
      ObjectNode fields = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < record.size() && i < names.size(); i++) {
        fields.put(names.get(i), record.get(i));
      }
      return record.size() == names.size()
          ? new Read(fields, fields, null)
          : new Read(
              fields, null, "it has " + record.size() + " fields, and the head " + names.size());
    }
  }
}
