package dev.ledgerstone.ops;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.db.Rows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Rows that go, one JSON object a line, gzipped. Each batch is a member of the file by itself (RFC
 * 1952, section 2.2) and on disk before {@link #add} returns, so that a file that was cut off can
 * be read up to there.
 */
final class Archive implements AutoCloseable {
  private static final JsonFactory JSON = new ObjectMapper().getFactory();

  /** Writes more fields of a row. */
  @FunctionalInterface
  interface More<R extends Record> {
    void write(JsonGenerator json, R row) throws IOException;
  }

  private final Path root;
  private final String key;
  private @Nullable FileChannel file;

  /**
   * @param key of the file, below the root; it is made with its first row
   */
  Archive(Path root, String key) {
    this.root = root;
    this.key = key;
  }

  /** The key if there is a file; null: no row came. */
  @Nullable String key() {
    return file == null ? null : key;
  }

  void add(List<? extends Record> rows) {
    add(rows, (_, _) -> {});
  }

  <R extends Record> void add(List<R> rows, More<? super R> more) {
    if (rows.isEmpty()) {
      return;
    }
    try {
      FileChannel open = open();
      ByteBuffer bytes = ByteBuffer.wrap(member(rows, more));
      while (bytes.hasRemaining()) {
        open.write(bytes);
      }
      open.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException("the archive " + key + " cannot be written", e);
    }
  }

  private FileChannel open() throws IOException {
    if (file == null) {
      Path path = root.resolve(key);
      Path folder = path.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (Files.getFileStore(root).supportsFileAttributeView("posix")) {
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(path);
      }
      file = FileChannel.open(path, StandardOpenOption.WRITE);
    }
    return file;
  }

  private static <R extends Record> byte[] member(List<R> rows, More<? super R> more)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream zip = new GZIPOutputStream(bytes, 1 << 16);
        JsonGenerator json = JSON.createGenerator(zip)) {
      json.setRootValueSeparator(null);
      for (R row : rows) {
        json.writeStartObject();
        Rows.fields(json, row);
        more.write(json, row);
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
