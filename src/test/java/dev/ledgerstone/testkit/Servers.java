package dev.ledgerstone.testkit;

import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Servers in the test's own process, on free ports, over databases of {@link TestDatabases}. */
public final class Servers {
  private Servers() {}

  /**
   * @param data where it keeps its files; its own as long as it runs
   */
  public static Server start(Database database, Path data) {
    return start(database, data, Map.of());
  }

  /**
   * @param more settings, by name
   */
  public static Server start(Database database, Path data, Map<String, String> more) {
    return start(database, data, more, Config.EMPTY);
  }

  /**
   * @param file the text of a configuration file
   */
  public static Server start(Database database, Path data, String file) {
    Config config = ConfigFile.parse(file, "test.yaml", Map.of(), Config.Known.NOTHING);
    return start(database, data, Map.of(), config);
  }

  private static Server start(
      Database database, Path data, Map<String, String> more, Config config) {
    Map<String, String> flags = new HashMap<>();
    flags.put("server.port", "0");
    flags.put("data.directory", data.toString());
    flags.put("database.url", TestDatabases.url(database));
    flags.putAll(more);
    return start(flags, config);
  }

  /** One with these settings alone. */
  public static Server start(Map<String, String> flags, Config config) {
    return Server.start(
        Settings.load(flags, Map.of(), config),
        config,
        Map.of(),
        OutputStream.nullOutputStream(),
        _ -> {});
  }
}
