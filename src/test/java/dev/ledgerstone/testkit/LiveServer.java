package dev.ledgerstone.testkit;

import static dev.ledgerstone.db.schema.Tables.NODES;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a server leaves in {@code nodes} while it lives. */
public final class LiveServer {
  private LiveServer() {}

  /** One that lives as long as a test could last. */
  public static void in(Database database) {
    in(database, Instant.now().plus(Duration.ofHours(1)), null);
  }

  public static void in(Database database, Instant heartbeat, @Nullable Instant stopped) {
    database.write(
        sql ->
            sql.insertInto(NODES)
                .set(NODES.ID, Ids.next())
                .set(NODES.NAME, "a server")
                .set(NODES.VERSION, "test")
                .set(NODES.STARTED_AT, heartbeat)
                .set(NODES.HEARTBEAT_AT, heartbeat)
                .set(NODES.STOPPED_AT, stopped)
                .execute());
  }
}
