package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How records stand in a file. */
public enum Format {
  /** An array of objects, an object with one in it, one object, or several one behind the other. */
  JSON,
  /** An object a line. */
  JSONL,
  /** RFC 4180, with a line of names; a field without anything, quotes included, is null. */
  CSV;

  /** Bytes in which a first line that says something ends. */
  private static final int HEAD = 1 << 20;

  /**
   * A file's, by its name where that says it; else JSON lines if the first line is an object and
   * another one follows, for a line that is none costs no more than itself there.
   */
  public static Format of(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(".csv")) {
      return CSV;
    }
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return JSONL;
    }
    return Files.isRegularFile(file) && isLines(head(file)) ? JSONL : JSON;
  }

  private static boolean isLines(String head) {
    int end = head.indexOf('\n');
    if (end < 0 || head.substring(end).isBlank()) {
      return false;
    }
    try {
      return RecordReader.MAPPER.readTree(head.substring(0, end)).isObject();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** From the first letter on that is none of white space, or a mark of the byte order. */
  private static String head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(HEAD), StandardCharsets.UTF_8)
          .replaceFirst("^\uFEFF?\\s*", "");
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
