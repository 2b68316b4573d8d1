package dev.ledgerstone.ops.intake;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;

/**
 * An import in a process of its own, so that it can be killed; tells how far it is, a line each.
 */
final class IntakeChild {
  private IntakeChild() {}

  /**
   * @param arguments the database, the tenant, and the file of customers
   */
  public static void main(String[] arguments) {
    try (Database database = Database.open(DatabaseSettings.of(arguments[0]))) {
      UUID tenant = UUID.fromString(arguments[1]);
      Intake.Report report =
          new Intake(database, Clock.systemUTC(), Actor.command(tenant))
              .run(
                  Intake.Source.of(Path.of(arguments[2]), Format.JSONL),
                  new TableSink(
                      "customers", tenant, Mapping.NONE, Clock.systemUTC(), database.engine()),
                  IntakeChild::tell);
      tell(-report.recordsPerSecond());
    }
  }

  private static void tell(long number) {
    System.out.println(number);
    System.out.flush();
  }
}
