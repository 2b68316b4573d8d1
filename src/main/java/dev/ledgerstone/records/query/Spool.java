package dev.ledgerstone.records.query;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * Rows that wait in a temporary file, in their order, until their client takes them. No name leads
 * to the file, and nothing is left of it when this is closed.
 */
final class Spool implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel file;
  private final DataOutputStream out;
  private long rows;

  private Spool(FileChannel file) {
    this.file = file;
    this.out =
        new DataOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES));
  }

  static Spool open() {
    try {
      Path path = Files.createTempFile("ledgerstone-rows-", null); // its owner's alone
      FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Files.delete(path); // what is open stays until it is closed, or the process ends
      return new Spool(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(byte[] row) {
    try {
      out.writeInt(row.length);
      out.write(row);
      rows++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives out all rows; none is added any more. */
  void forEach(Consumer<byte[]> taker) {
    try {
      out.flush();
      file.position(0);
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(file), BUFFER_BYTES));
      for (long i = 0; i < rows; i++) {
        taker.accept(in.readNBytes(in.readInt()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
