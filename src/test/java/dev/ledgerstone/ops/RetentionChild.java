package dev.ledgerstone.ops;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import java.nio.file.Path;
import java.time.Instant;

/** A run of retention in a process of its own, so that it can be killed; tells each step. */
final class RetentionChild {
  private RetentionChild() {}

  /**
   * @param arguments the database, the folder of the archive, and the time that it takes for now
   */
  public static void main(String[] arguments) {
    try (Database database = Database.open(DatabaseSettings.of(arguments[0]))) {
      Policies.run(
          database, Path.of(arguments[1]), Instant.parse(arguments[2]), RetentionChild::tell);
      tell("done");
    }
  }

  private static void tell(String step) {
    System.out.println(step);
    System.out.flush();
  }
}
