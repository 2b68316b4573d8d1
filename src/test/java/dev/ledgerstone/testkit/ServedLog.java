package dev.ledgerstone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Ids in a file, one a line, on the disk when {@link #append} returns: what is read after a kill
 * was served. Appends that come together share one fsync.
 */
final class ServedLog implements AutoCloseable {
  private record Entry(String id, CompletableFuture<Void> durable) {}

  private final FileChannel file;
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
  private final Thread writer;

  ServedLog(Path path) throws IOException {
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    writer = Thread.ofPlatform().daemon().name("served-log").start(this::write);
  }

  void append(String id) {
    Entry entry = new Entry(id, new CompletableFuture<>());
    queue.add(entry);
    entry.durable().join();
  }

  private void write() {
    List<Entry> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(queue.take());
        queue.drainTo(batch);
        StringBuilder lines = new StringBuilder();
        for (Entry entry : batch) {
          lines.append(entry.id()).append('\n');
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
        file.force(false);
        batch.forEach(entry -> entry.durable().complete(null));
        batch.clear();
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (IOException e) {
      batch.forEach(entry -> entry.durable().completeExceptionally(e));
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.interrupt();
    file.close();
  }
}
