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
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
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
  private static final int LONGEST_LINE = 1 << 28;
  private static final String MARK = "\uFEFF";

  private final Closeable source;

  private RecordReader(Closeable source) {
    this.source = source;
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
    source.close();
  }

  static RecordReader open(Path file, Format format) throws IOException {
    return switch (format) {
      case JSON -> new Objects(text(file));
      case JSONL -> new Lines(Files.newInputStream(file));
      case CSV -> new Csv(text(file));
    };
  }

  private static Reader text(Path file) throws IOException {
    BufferedReader text =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8), BUFFER);
    text.mark(1);
    if (text.read() != MARK.charAt(0)) {
      text.reset();
    }
    return text;
  }

  /** Lines stay bytes: the parser decodes what it needs, and knows a byte order mark. */
  private static final class Lines extends RecordReader {
    private final InputStream file;
    private byte[] bytes = new byte[BUFFER];
    private int from;
    private int to;

    Lines(InputStream file) {
      super(file);
      this.file = file;
    }

    @Override
    @Nullable Read next() throws IOException {
      while (true) {
        int end = end();
        if (end < 0) {
          return null;
        }
        int begin = from;
        from = Math.min(end + 1, to);
        if (!isBlank(begin, end)) {
          return read(begin, end - begin);
        }
      }
    }

    private Read read(int begin, int length) throws IOException {
      try {
        return Read.of(MAPPER.readTree(bytes, begin, length));
      } catch (IOException e) { // also of letters that are not UTF-8
        String line = new String(bytes, begin, length, StandardCharsets.UTF_8).strip();
        String why =
            e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        return new Read(TextNode.valueOf(line), null, "it is not JSON: " + why);
      }
    }

    private boolean isBlank(int begin, int end) {
      for (int i = begin; i < end; i++) {
        if (bytes[i] > ' ' || bytes[i] < 0) {
          return false;
        }
      }
      return true;
    }

    /** Where the next line ends; -1: there is none. */
    private int end() throws IOException {
      int at = from;
      while (true) {
        for (; at < to; at++) {
          if (bytes[at] == '\n') {
            return at;
          }
        }
        at -= from;
        boolean isOver = !fill();
        at += from;
        if (isOver) {
          return from < to ? to : -1;
        }
      }
    }

    /** Makes room behind what was not read yet, and reads more; false: there is no more. */
    private boolean fill() throws IOException {
      byte[] room = bytes;
      if (to - from > bytes.length / 2) {
        if (bytes.length > LONGEST_LINE) {
          throw new RequestProblem.Malformed(
                  "a line of the file has more than " + LONGEST_LINE + " bytes",
                  "JSON lines hold one record a line")
              .exception();
        }
        room = new byte[bytes.length * 2];
      }
      System.arraycopy(bytes, from, room, 0, to - from);
      bytes = room;
      to -= from;
      from = 0;
      int read = file.read(bytes, to, bytes.length - to);
      to += Math.max(0, read);
      return read >= 0;
    }
  }

  /**
   * Objects of JSON: those of the file's first array of objects, at whatever depth it stands; where
   * there is none, the file's own, one or more of them one behind the other.
   */
  private static final class Objects extends RecordReader {
    private final JsonParser json;

    /** The file's own first object, until it is read. */
    private @Nullable ObjectNode first;

    private boolean isArray;
    private boolean isRoot;
    private boolean isAtRecord;
    private boolean isOver;

    Objects(Reader text) throws IOException {
      super(text);
      json = MAPPER.createParser(text);
      try {
        begin();
      } catch (JsonProcessingException e) {
        throw malformed(e);
      }
    }

    private void begin() throws IOException {
      JsonToken token = json.nextToken();
      isRoot = token == JsonToken.START_ARRAY;
      isArray = isRoot;
      if (token == JsonToken.START_OBJECT) {
        try (TokenBuffer object = new TokenBuffer(json)) {
          first = look(object);
        }
      } else if (!isArray) {
        throw new RequestProblem.Malformed(
                "the file holds no JSON objects",
                "it is to be an array of objects, an object with one in it, one object, or one behind the other")
            .exception();
      }
    }

    /**
     * The object that begins here; null: it has an array of objects, whose first one begins here.
     */
    private @Nullable ObjectNode look(TokenBuffer object) throws IOException {
      object.copyCurrentEvent(json);
      boolean isFirstOfArray = false;
      while (!json.getParsingContext().inRoot()) {
        JsonToken token = json.nextToken();
        if (isFirstOfArray && token == JsonToken.START_OBJECT) {
          isArray = true;
          isAtRecord = true;
          return null;
        }
        isFirstOfArray = token == JsonToken.START_ARRAY;
        object.copyCurrentEvent(json);
      }
      ObjectNode whole = MAPPER.readTree(object.asParserOnFirstToken());
      isOver =
          whole.size() == 1
              && whole.iterator().next().isEmpty()
              && whole.iterator().next().isArray();
      return isOver ? null : whole;
    }

    @Override
    @Nullable Read next() throws IOException {
      if (isOver) {
        return null;
      }
      try {
        if (first != null) {
          Read read = Read.of(first);
          first = null;
          return read;
        }
        JsonToken token = isAtRecord ? json.currentToken() : json.nextToken();
        isAtRecord = false;
        if (token == null || (isArray && token == JsonToken.END_ARRAY)) {
          isOver = true;
          behind();
          return null;
        }
        return Read.of(ONE_OF_MANY.readTree(json));
      } catch (JsonProcessingException e) {
        throw malformed(e);
      }
    }

    /** Nothing is lost unseen: behind the records there are no others. */
    private void behind() throws IOException {
      JsonToken before = null;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (isRoot || (before == JsonToken.START_ARRAY && token == JsonToken.START_OBJECT)) {
          throw new RequestProblem.Malformed(
                  "behind the array of records there are others, in line "
                      + json.currentTokenLocation().getLineNr(),
                  "put each array into a file of its own; the records of the first one are in")
              .exception();
        }
        before = token;
      }
    }

    private static ProblemException malformed(JsonProcessingException e) {
      return new RequestProblem.Malformed(
              "the JSON ends to be JSON in line " + e.getLocation().getLineNr(),
              "mend it there, and start the import again: it goes on where it was")
          .exception(e);
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
