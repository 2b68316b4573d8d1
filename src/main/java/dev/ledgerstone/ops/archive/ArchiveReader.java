package dev.ledgerstone.ops.archive;

import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/** Reads an archive from its beginning to its end, and proves each member by its checksum. */
final class ArchiveReader {
  private static final long LARGEST_MEMBER = 1L << 30;

  private final Path file;
  private final @Nullable String passphrase;

  ArchiveReader(Path file, @Nullable String passphrase) {
    this.file = file;
    this.passphrase = passphrase;
  }

  /** What an archive is read into. */
  interface Visitor {
    /** Comes first. */
    void manifest(Manifest manifest) throws IOException;

    /** Some rows of a table; all of one table come together, in the order of the manifest. */
    void lines(Shape shape, byte[] lines) throws IOException;
  }

  /** The manifest alone. */
  Manifest manifest() {
    return in((tar, _) -> first(tar));
  }

  @FunctionalInterface
  private interface Reading<T> {
    T of(TarArchiveInputStream tar, InputStream below) throws IOException;
  }

  private <T> T in(Reading<T> reading) {
    if (!Files.isRegularFile(file)) {
      throw new RequestProblem.NotFound("file", file.toString()).exception();
    }
    try (InputStream in = Container.open(file, passphrase);
        TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8")) {
      return reading.of(tar, in);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Manifest first(TarArchiveInputStream tar) throws IOException {
    TarArchiveEntry entry = tar.getNextEntry();
    if (entry == null || !entry.getName().equals(Manifest.NAME)) {
      throw Damage.of("the archive does not begin with its manifest");
    }
    return checked(Manifest.read(bytes(tar, entry), Manifest.class));
  }

  private static Manifest checked(Manifest manifest) {
    if (manifest.format() != Manifest.FORMAT) {
      throw new RequestProblem.Conflict(
              "the archive has format "
                  + manifest.format()
                  + ", of which this version knows nothing",
              "use the version that made it, " + manifest.version() + ", or a newer one")
          .exception();
    }
    return manifest;
  }

  /**
   * Reads all.
   *
   * @return the digests of the tables as they were written
   */
  Map<String, String> read(Visitor visitor) {
    return in(
        (tar, below) -> {
          Map<String, String> digests = read(tar, visitor);
          below.transferTo(
              OutputStream.nullOutputStream()); // what is encrypted is proved at its end
          return digests;
        });
  }

  private static Map<String, String> read(TarArchiveInputStream tar, Visitor visitor)
      throws IOException {
    SortedMap<String, String> found = new TreeMap<>();
    TarArchiveEntry entry = tar.getNextEntry();
    if (entry == null || !entry.getName().equals(Manifest.NAME)) {
      throw Damage.of("the archive does not begin with its manifest");
    }
    byte[] bytes = bytes(tar, entry);
    found.put(entry.getName(), hash(bytes));
    Manifest manifest = checked(Manifest.read(bytes, Manifest.class));
    visitor.manifest(manifest);
    Map<String, Shape> shapes =
        manifest.tables().stream()
            .map(Manifest.Content::shape)
            .collect(Collectors.toMap(Shape::name, Function.identity()));
    while ((entry = tar.getNextEntry()) != null) {
      bytes = bytes(tar, entry);
      if (entry.getName().equals(Manifest.Checksums.NAME)) {
        return proved(tar, Manifest.read(bytes, Manifest.Checksums.class), found);
      }
      if (found.put(entry.getName(), hash(bytes)) != null) {
        throw Damage.of("the archive has two members " + entry.getName());
      }
      String[] path = entry.getName().split("/", -1);
      if (path.length == 3 && path[0].equals("data")) {
        Shape shape = shapes.get(path[1]);
        if (shape == null) {
          throw Damage.of("the archive's manifest does not name the table " + path[1]);
        }
        visitor.lines(shape, bytes);
      }
    }
    throw Damage.of("the archive has no end");
  }

  private static Map<String, String> proved(
      TarArchiveInputStream tar, Manifest.Checksums sums, Map<String, String> found)
      throws IOException {
    Map<String, String> wrong = new HashMap<>(sums.members());
    found.forEach(
        (name, hash) -> {
          if (!hash.equals(wrong.remove(name))) {
            throw Damage.of("the checksum of " + name + " in the archive is another one");
          }
        });
    if (!wrong.isEmpty()) {
      throw Damage.of("the archive lacks " + wrong.keySet().iterator().next());
    }
    if (tar.getNextEntry() != null) {
      throw Damage.of("something follows the end of the archive");
    }
    return sums.tables();
  }

  private static String hash(byte[] bytes) {
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
  }

  private static byte[] bytes(TarArchiveInputStream tar, TarArchiveEntry entry) throws IOException {
    if (!entry.isFile() || entry.getSize() > LARGEST_MEMBER) {
      throw Damage.of("the archive has a member that no archive has: " + entry.getName());
    }
    byte[] bytes = tar.readNBytes((int) entry.getSize());
    if (bytes.length < entry.getSize()) {
      throw Damage.of("the archive is cut off");
    }
    return bytes;
  }
}
