package dev.ledgerstone.db.migrate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Where migrations come from. */
@FunctionalInterface
public interface MigrationSource {
  /** Below the root of our classes, in a folder or in the jar. */
  String FOLDER = "db/migrations/";

  /**
   * Texts by path below the source: {@code 0001_identity.sql}, {@code sqlite/0001_identity.sql}.
   */
  Map<String, String> files();

  /** The migrations that this server was built with. */
  static MigrationSource classpath() {
    try {
      Path root =
          Path.of(
              MigrationSource.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Files.isDirectory(root) ? directory(root.resolve(FOLDER)) : jar(root);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the classes were loaded from no file", e);
    }
  }

  /** The SQL files of a folder and of the folders below it. */
  static MigrationSource directory(Path folder) {
    return () -> {
      Map<String, String> files = new TreeMap<>();
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
          String name = folder.relativize(path).toString().replace('\\', '/');
          if (name.endsWith(".sql")) {
            files.put(name, Files.readString(path));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("the migrations in " + folder + " cannot be read", e);
      }
      return files;
    };
  }

  /** The migrations in a jar of ours. */
  static MigrationSource jar(Path jar) {
    return () -> {
      Map<String, String> files = new TreeMap<>();
      try (JarFile open = new JarFile(jar.toFile())) {
        for (JarEntry entry : (Iterable<JarEntry>) open.stream()::iterator) {
          if (entry.getName().startsWith(FOLDER) && entry.getName().endsWith(".sql")) {
            try (InputStream bytes = open.getInputStream(entry)) {
              files.put(
                  entry.getName().substring(FOLDER.length()),
                  new String(bytes.readAllBytes(), StandardCharsets.UTF_8));
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("the migrations in " + jar + " cannot be read", e);
      }
      return files;
    };
  }
}
