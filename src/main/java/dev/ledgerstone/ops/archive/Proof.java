package dev.ledgerstone.ops.archive;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Proves an archive: every checksum, and that a database made of it holds, row by row, what was
 * written into it.
 */
public final class Proof {
  private Proof() {}

  /**
   * What was found.
   *
   * @param tables that were compared
   * @param differences a line each; empty: there is none
   */
  public record Report(
      Manifest manifest, long tables, long rows, List<String> differences, Duration took) {
    public Report {
      differences = List.copyOf(differences);
    }

    public boolean isClean() {
      return differences.isEmpty();
    }
  }

  /**
   * Proves an archive of a whole database, by a scratch database that is taken away afterwards; of
   * one tenant's rows, by the checksums and digests alone, for they make no database.
   *
   * @param scratch an existing folder with room for the database
   * @throws dev.ledgerstone.problem.ProblemException for a file that is not as it was written
   */
  public static Report run(
      Path archive, @Nullable String passphrase, Path scratch, String version, Watcher watcher) {
    long begin = System.nanoTime();
    Reading reading = new Reading(watcher);
    Map<String, String> written = new ArchiveReader(archive, passphrase).read(reading);
    Manifest manifest = Objects.requireNonNull(reading.manifest);
    List<String> differences = new ArrayList<>();
    compare(manifest, "the archive's rows", written, reading.digests, differences);
    if (manifest.tenant() == null && differences.isEmpty()) {
      differences.addAll(restored(archive, passphrase, scratch, version, written, watcher));
    }
    return new Report(
        manifest,
        manifest.tables().size(),
        manifest.rows(),
        differences,
        Duration.ofNanos(System.nanoTime() - begin));
  }

  /** Reads the rows as they stand in the archive. */
  private static final class Reading implements ArchiveReader.Visitor {
    private final Map<String, RowDigest> digests = new HashMap<>();
    private final Watcher watcher;
    private @Nullable Manifest manifest;
    private long rows;

    Reading(Watcher watcher) {
      this.watcher = watcher;
    }

    @Override
    public void manifest(Manifest found) {
      manifest = found;
      for (Manifest.Content each : found.tables()) {
        digests.put(each.shape().name(), new RowDigest(each.shape()));
      }
    }

    @Override
    public void lines(Shape shape, byte[] lines) throws IOException {
      RowDigest digest = Objects.requireNonNull(digests.get(shape.name()));
      long before = digest.rows();
      RowLines.read(lines, shape, digest::add);
      rows += digest.rows() - before;
      watcher.at("reading " + shape.name(), rows, Objects.requireNonNull(manifest).rows());
    }
  }

  private static List<String> restored(
      Path archive,
      @Nullable String passphrase,
      Path scratch,
      String version,
      Map<String, String> written,
      Watcher watcher) {
    List<String> differences = new ArrayList<>();
    Path folder = null;
    try {
      folder = Files.createTempDirectory(scratch, "verify-");
      Path file = folder.resolve("scratch.db");
      Manifest manifest =
          new Restore(archive, passphrase, version, watcher)
              .intoSqlite(file, false, "+0") // the archive's version: its columns, and no others
              .manifest();
      try (Database database = Database.open(DatabaseSettings.sqlite(file))) {
        Map<String, RowDigest> found = new HashMap<>();
        database.snapshot(
            connection -> {
              RowSource source = new RowSource(connection, database.dialect(), null);
              for (Manifest.Content each : manifest.tables()) {
                watcher.at("comparing " + each.shape().name(), 0, 0);
                RowDigest digest = new RowDigest(each.shape());
                try {
                  source.read(each.shape(), digest::add);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                found.put(each.shape().name(), digest);
              }
              return null;
            });
        compare(manifest, "the rows of a database made of it", written, found, differences);
      }
      return differences;
    } catch (IOException e) {
      throw new UncheckedIOException("there is no scratch database in " + scratch, e);
    } finally {
      delete(folder);
    }
  }

  private static void compare(
      Manifest manifest,
      String what,
      Map<String, String> written,
      Map<String, RowDigest> found,
      List<String> differences) {
    for (Manifest.Content each : manifest.tables()) {
      String table = each.shape().name();
      String expected = written.getOrDefault(table, "none");
      String digest = String.valueOf(found.get(table));
      if (!expected.equals(digest)) {
        differences.add(table + ": " + what + " have the digest " + digest + ", not " + expected);
      }
    }
  }

  private static void delete(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the scratch database cannot be taken away: " + folder, e);
    }
  }
}
