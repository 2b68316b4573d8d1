package dev.ledgerstone.ops.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive on a thread of its own: the next rows are unpacked, proved and parsed while the
 * last ones are written.
 */
final class ReadAhead implements ArchiveReader.Visitor {
  /** Members that wait, of about 4 MB each. */
  private static final int WAITING = 2;

  private final Consumer<Manifest> check;
  private final BlockingQueue<Part> parts = new ArrayBlockingQueue<>(WAITING);

  private ReadAhead(Consumer<Manifest> check) {
    this.check = check;
  }

  /**
   * A member's rows.
   *
   * @param shape null: there are no more
   */
  private record Part(@Nullable Shape shape, List<@Nullable Object[]> rows) {}

  /** Takes rows, on the thread of who asked for them. */
  @FunctionalInterface
  interface Sink {
    void rows(Shape shape, List<@Nullable Object[]> rows) throws IOException;
  }

  /**
   * Reads all.
   *
   * @param check is shown the manifest before any row comes
   * @return the digests of the tables as they were written
   */
  static Map<String, String> read(ArchiveReader archive, Consumer<Manifest> check, Sink sink)
      throws IOException {
    ReadAhead ahead = new ReadAhead(check);
    try (ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("archive-reader").daemon().factory())) {
      Future<Map<String, String>> reading = thread.submit(() -> ahead.all(archive));
      try {
        return ahead.hand(sink, reading);
      } finally {
        reading.cancel(true); // what is read has found no taker
      }
    }
  }

  private Map<String, String> all(ArchiveReader archive) throws InterruptedException {
    try {
      return archive.read(this);
    } finally {
      parts.put(new Part(null, List.of())); // not if it was interrupted: then nobody takes it
    }
  }

  private Map<String, String> hand(Sink sink, Future<Map<String, String>> reading)
      throws IOException {
    try {
      while (true) {
        Part part = parts.take();
        if (part.shape == null) {
          return reading.get();
        }
        sink.rows(part.shape, part.rows);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading the archive was interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void manifest(Manifest manifest) {
    check.accept(manifest);
  }

  @Override
  public void lines(Shape shape, byte[] lines) throws IOException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    RowLines.read(lines, shape, rows::add);
    try {
      parts.put(new Part(shape, rows));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("nobody takes the rows");
    }
  }
}
