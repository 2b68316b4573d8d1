package dev.ledgerstone.ops.intake;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a file's records into the database, a few thousand in a transaction. It can be killed at
 * any moment: started again with the same file it goes on where it was.
 */
public final class Intake {
  /** Records of one transaction: others wait for it, on SQLite. */
  private static final int CHUNK = 5000;

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
      Chunk<T> chunk = new Chunk<>(sink, checkpoint, letters);
      while (chunk.read(reader)) {
        chunk.write();
        progress.accept(checkpoint.position());
      }
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
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(
          (sink.table() + "\n" + sink.identity() + "\n").getBytes(StandardCharsets.UTF_8));
      try (InputStream in = Files.newInputStream(file)) {
        byte[] buffer = new byte[1 << 18];
        int read;
        while ((read = in.read(buffer)) >= 0) {
          digest.update(buffer, 0, read);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Records that share a transaction. */
  private final class Chunk<T> {
    private final Sink<T> sink;
    private final Checkpoint checkpoint;
    private final DeadLetters letters;
    private List<Sink.Taken<T>> records = List.of();
    private List<DeadLetters.Letter> faulty = List.of();

    Chunk(Sink<T> sink, Checkpoint checkpoint, DeadLetters letters) {
      this.sink = sink;
      this.checkpoint = checkpoint;
      this.letters = letters;
    }

    /** Returns whether there was one more. */
    boolean read(RecordReader reader) throws IOException {
      records = new ArrayList<>(CHUNK);
      faulty = new ArrayList<>();
      long row = checkpoint.position();
      while (records.size() + faulty.size() < CHUNK) {
        RecordReader.Read read = reader.next();
        if (read == null) {
          break;
        }
        row++;
        if (read.fields() == null) {
          faulty.add(new DeadLetters.Letter(row, String.valueOf(read.fault()), read.source()));
          continue;
        }
        if (read.fault() != null) {
          faulty.add(new DeadLetters.Letter(row, read.fault(), read.source()));
          continue;
        }
        try {
          records.add(new Sink.Taken<>(row, read.fields(), sink.take(read.fields())));
        } catch (Rejected e) {
          faulty.add(new DeadLetters.Letter(row, e.reason(), read.source()));
        }
      }
      return records.size() + faulty.size() > 0;
    }

    /** Letters first, then the commit: what is lost between the two is found by its number. */
    void write() {
      long[] moved =
          database.writeAs(
              actor.tenant(),
              connection -> {
                List<DeadLetters.Letter> rejected = new ArrayList<>(faulty);
                long skipped =
                    sink.write(
                        connection,
                        records,
                        (record, reason) ->
                            rejected.add(
                                new DeadLetters.Letter(record.row(), reason, record.source())));
                rejected.sort(Comparator.comparingLong(DeadLetters.Letter::row));
                long all = (long) records.size() + faulty.size();
                long taken = all - skipped - rejected.size();
                checkpoint.move(
                    database.on(connection), taken, skipped, rejected.size(), clock.instant());
                try {
                  letters.add(rejected);
                } catch (IOException e) {
                  throw new UncheckedIOException(
                      "the file of rejected records cannot be written", e);
                }
                return new long[] {taken, skipped, rejected.size()};
              });
      checkpoint.moved(moved[0], moved[1], moved[2]);
    }
  }
}
