package dev.ledgerstone.ops.archive;

import dev.ledgerstone.base.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes an archive beside its place, and puts it there when it is whole; what is closed before
 * {@link #finish} leaves nothing.
 */
final class ArchiveWriter implements AutoCloseable {
  private final Path file;
  private final Path part;
  private final Instant at;
  private final Container.Sink sink;
  private final BufferedOutputStream buffer;
  private final TarArchiveOutputStream tar;
  private final SortedMap<String, String> members = new TreeMap<>();

  ArchiveWriter(Path file, Instant at, @Nullable String passphrase) throws IOException {
    this.file = file;
    this.at = at;
    Container.Compression compression = Container.Compression.of(file);
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    sink = new Container.Sink(part, compression, passphrase);
    buffer = new BufferedOutputStream(sink, 1 << 16);
    tar = new TarArchiveOutputStream(buffer, "UTF-8");
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  void member(String name, byte[] bytes) throws IOException {
    members.put(name, HexFormat.of().formatHex(Sha256.of(bytes)));
    entry(name, bytes);
  }

  private void entry(String name, byte[] bytes) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    entry.setMode(0600);
    entry.setModTime(at.toEpochMilli());
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  /**
   * Ends the archive and puts it in its place.
   *
   * @return the file's SHA-256, hexadecimal
   */
  String finish(Map<String, String> tables) throws IOException {
    entry(Manifest.Checksums.NAME, Manifest.bytes(new Manifest.Checksums(members, tables)));
    tar.finish();
    buffer.flush(); // the tar's own flush does not reach it
    sink.close();
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    return sink.sha256();
  }

  @Override
  public void close() throws IOException {
    sink.close();
    Files.deleteIfExists(part);
  }
}
