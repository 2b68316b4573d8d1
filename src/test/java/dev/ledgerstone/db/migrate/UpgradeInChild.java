package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import java.nio.file.Path;

/** An upgrade in a process of its own, to be killed. */
final class UpgradeInChild {
  private UpgradeInChild() {}

  /**
   * @param arguments the database's URL, and the folder of the migrations
   */
  public static void main(String[] arguments) {
    try (Database database = Database.open(DatabaseSettings.of(arguments[0]))) {
      new Migrator(
              database,
              MigrationSource.directory(Path.of(arguments[1])),
              System.out::println,
              "child")
          .upgrade("head");
    }
  }
}
