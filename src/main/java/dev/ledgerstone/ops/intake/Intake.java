package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ops.Pace;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a file's records into the database, some thousands in a transaction. It can be killed at
 * any moment: started again with the same file it goes on where it was.
 */
public final class Intake {
  private final Database database;
  private final Clock clock;
  private final Actor actor;

  /**
   * @param actor of whose tenant the rows become
   */
  public Intake(Database database, Clock clock, Actor actor) {
    this.database = database;
    this.clock = clock;
    this.actor = actor;
  }

  /**
   * A file.
   *
   * @param letters where rejected records are named
   * @param again whether it may have been imported before
   */
  public record Source(Path file, Format format, Path letters, boolean again) {
    /** One whose rejected records are named beside it. */
    public static Source of(Path file, Format format) {
      return new Source(
          file, format, file.resolveSibling(file.getFileName() + ".rejected.jsonl"), false);
    }
  }

  /**
   * What came of it, all runs of the same import together.
   *
   * @param taken records that are in now
   * @param skipped records that were in before
   * @param resumedAfter records that an earlier run has left behind it
   * @param letters null: nothing was rejected
   * @param took this run
   */
  public record Report(
      long taken,
      long skipped,
      long rejected,
      long resumedAfter,
      @Nullable Path letters,
      Duration took) {
    /** Of this run. */
    public long recordsPerSecond() {
      long records = taken + skipped + rejected - resumedAfter;
      return records * 1_000_000L / Math.max(1, took.toNanos() / 1000);
    }
  }

  /**
   * Imports a file.
   *
   * @param progress is told how many records are behind
   */
  public <T> Report run(Source source, Sink<T> sink, LongConsumer progress) {
    long begin = System.nanoTime();
    if (!Files.isRegularFile(source.file)) {
      throw new RequestProblem.NotFound("file", source.file.toString()).exception();
    }
    String name =
        source.format.name().toLowerCase(Locale.ROOT) + ":" + source.file.toAbsolutePath();
    try (RecordReader reader = RecordReader.open(source.file, source.format)) {
      String checksum = checksum(source.file, sink);
      Checkpoint checkpoint =
          database.writeAs(
              actor.tenant(),
              connection ->
                  Checkpoint.open(
                      database.on(connection),
                      actor,
                      name,
                      sink.table(),
                      checksum,
                      source.again,
                      clock.instant()));
      long resumedAfter = checkpoint.position();
      for (long i = 0; i < resumedAfter; i++) {
        if (reader.next() == null) {
          break;
        }
      }
      DeadLetters letters = DeadLetters.after(source.letters, resumedAfter);
      copy(new Chunks<>(reader, sink, resumedAfter), sink, checkpoint, letters, progress);
      Path named = checkpoint.rejected() == 0 ? null : source.letters;
      database.writeAs(
          actor.tenant(),
          connection -> {
            checkpoint.finish(
                database.on(connection),
                named == null ? null : named.toAbsolutePath().toString(),
                clock.instant());
            return null;
          });
      return new Report(
          checkpoint.taken(),
          checkpoint.skipped(),
          checkpoint.rejected(),
          resumedAfter,
          named,
          Duration.ofNanos(System.nanoTime() - begin));
    } catch (IOException e) {
      throw new UncheckedIOException(source.file + ": " + e.getMessage(), e);
    }
  }

  private static String checksum(Path file, Sink<?> sink) throws IOException {
    MessageDigest digest = Sha256.digest();
    digest.update((sink.table() + "\n" + sink.identity() + "\n").getBytes(StandardCharsets.UTF_8));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 18];
      int read;
      while ((read = in.read(buffer)) >= 0) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The next chunk is read and judged while the last one is written. */
  private <T> void copy(
      Chunks<T> chunks,
      Sink<T> sink,
      Checkpoint checkpoint,
      DeadLetters letters,
      LongConsumer progress)
      throws IOException {
    Pace pace = new Pace(database, clock);
    try (ExecutorService ahead =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("import").daemon().factory())) {
      Future<Chunk<T>> next = ahead.submit(() -> chunks.next(pace.records()));
      while (true) {
        Chunk<T> chunk = next.get();
        if (chunk.isEmpty()) {
          return;
        }
        next = ahead.submit(() -> chunks.next(pace.records()));
        write(chunk, sink, checkpoint, letters);
        progress.accept(checkpoint.position());
        pace.giveWay();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the import was interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Letters first, then the commit: what is lost between the two is found by its number. */
  private <T> void write(Chunk<T> chunk, Sink<T> sink, Checkpoint checkpoint, DeadLetters letters) {
    long[] moved =
        database.writeAs(
            actor.tenant(),
            connection -> {
              database.dialect().expectManyRows(connection);
              List<DeadLetters.Letter> rejected = new ArrayList<>(chunk.faulty);
              long skipped =
                  sink.write(
                      connection,
                      chunk.records,
                      (record, reason) ->
                          rejected.add(
                              new DeadLetters.Letter(record.row(), reason, record.source())));
              rejected.sort(Comparator.comparingLong(DeadLetters.Letter::row));
              long taken = chunk.size() - skipped - rejected.size();
              checkpoint.move(
                  database.on(connection), taken, skipped, rejected.size(), clock.instant());
              try {
                letters.add(rejected);
              } catch (IOException e) {
                throw new UncheckedIOException("the file of rejected records cannot be written", e);
              }
              return new long[] {taken, skipped, rejected.size()};
            });
    checkpoint.moved(moved[0], moved[1], moved[2]);
  }

  /**
   * Records that share a transaction.
   *
   * @param faulty those of which it is clear without the database that they cannot be taken
   */
  private record Chunk<T>(List<Sink.Taken<T>> records, List<DeadLetters.Letter> faulty) {
    boolean isEmpty() {
      return size() == 0;
    }

    int size() {
      return records.size() + faulty.size();
    }
  }

  /** A file's records, a chunk after the other. */
  private static final class Chunks<T> {
    private final RecordReader reader;
    private final Sink<T> sink;
    private long row;

    /**
     * @param row how many records the reader has behind it
     */
    Chunks(RecordReader reader, Sink<T> sink, long row) {
      this.reader = reader;
      this.sink = sink;
      this.row = row;
    }

    /** The next one; empty at the end. */
    Chunk<T> next(int records) throws IOException {
      Chunk<T> chunk = new Chunk<>(new ArrayList<>(records), new ArrayList<>());
      while (chunk.size() < records) {
        RecordReader.Read read = reader.next();
        if (read == null) {
          break;
        }
        row++;
        ObjectNode fields = read.fields();
        if (fields == null || read.fault() != null) {
          chunk.faulty.add(
              new DeadLetters.Letter(row, String.valueOf(read.fault()), read.source()));
          continue;
        }
        try {
          chunk.records.add(new Sink.Taken<>(row, fields, sink.take(fields)));
        } catch (Rejected e) {
          chunk.faulty.add(new DeadLetters.Letter(row, e.reason(), read.source()));
        }
      }
      return chunk;
    }
  }
}
