package dev.ledgerstone.ops.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Writes archives that nobody should have written: their checksums are right, their rows not. */
final class Forger {
  private Forger() {}

  /** Copies an archive, and changes the lines of one table on the way. */
  static void forge(Path from, Path to, String table, UnaryOperator<String> change)
      throws IOException {
    try (InputStream in = Container.open(from, null);
        TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8");
        ArchiveWriter out = new ArchiveWriter(to, Instant.EPOCH, null)) {
      TarArchiveEntry entry;
      Map<String, String> tables = Map.of();
      while ((entry = tar.getNextEntry()) != null) {
        byte[] bytes = tar.readAllBytes();
        if (entry.getName().equals(Manifest.Checksums.NAME)) {
          tables = Manifest.read(bytes, Manifest.Checksums.class).tables();
        } else if (entry.getName().startsWith("data/" + table + "/")) {
          out.member(entry.getName(), change.apply(new String(bytes, UTF_8)).getBytes(UTF_8));
        } else {
          out.member(entry.getName(), bytes);
        }
      }
      out.finish(tables);
    }
  }
}
