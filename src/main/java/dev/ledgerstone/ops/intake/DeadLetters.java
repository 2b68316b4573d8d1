package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The file of what was rejected: a line of JSON each, {@code {"row": 17, "reason": "…", "record":
 * {…}}}. Made when the first one comes.
 */
final class DeadLetters {
  private final Path file;

  /** One of them; {@code row} counts records from 1. */
  record Letter(long row, String reason, JsonNode record) {}

  private DeadLetters(Path file) {
    this.file = file;
  }

  /**
   * Opens the file of an import that has taken so many records in: what it says of later ones was
   * said by a transaction that did not come to its end.
   */
  static DeadLetters after(Path file, long position) throws IOException {
    if (position == 0) {
      Files.deleteIfExists(file);
    } else if (Files.exists(file)) {
      long keep = 0;
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        String line;
        while ((line = lines.readLine()) != null && isBefore(line, position)) {
          keep += line.getBytes(StandardCharsets.UTF_8).length + 1L;
        }
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(keep);
      }
    }
    return new DeadLetters(file);
  }

  private static boolean isBefore(String line, long position) {
    try {
      return RecordReader.MAPPER.readTree(line).path("row").asLong(Long.MAX_VALUE) <= position;
    } catch (IOException e) {
      return false; // cut off
    }
  }

  /** Adds letters; they are on the disk when this returns. */
  void add(List<Letter> letters) throws IOException {
    if (letters.isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    for (Letter letter : letters) {
      ObjectNode line =
          JsonNodeFactory.instance
              .objectNode()
              .put("row", letter.row)
              .put("reason", letter.reason)
              .set("record", letter.record);
      text.append(line).append('\n');
    }
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    }
  }
}
