package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.NODES;

import dev.ledgerstone.db.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How many records share a transaction, and how long others may write behind it.
 *
 * <p>A SQLite file has one writer at a time, and who waits for it asks again every 100 ms at the
 * latest. An import that began its next transaction at once would keep a server's calls out until
 * they give up: beside a server it takes few records at a time, and leaves a gap that whoever waits
 * cannot miss. Alone it takes many, for each transaction writes every page of an index that it
 * touched anew.
 */
final class Pace {
  private static final int ALONE = 20_000;
  private static final int BESIDE_A_SERVER = 2_000;

  /** PostgreSQL: where one record is refused, those of its transaction go in again in parts. */
  private static final int CONCURRENT = 5_000;

  /** A node whose heart has been still for longer is no reason to go slowly. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  /** A little more than the longest that SQLite's busy handler sleeps. */
  private static final Duration GAP = Duration.ofMillis(110);

  private final Database database;
  private final Clock clock;

  Pace(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Records of the next transaction. */
  int records() {
    return switch (database.engine()) {
      case SQLITE -> isBesideServer() ? BESIDE_A_SERVER : ALONE;
      case POSTGRES -> CONCURRENT;
    };
  }

  /** Between two transactions: lets a server write. */
  void giveWay() {
    switch (database.engine()) {
      case SQLITE -> {
        if (isBesideServer()) {
          LockSupport.parkNanos(GAP.toNanos());
        }
      }
      case POSTGRES -> {
        // Writers wait for nobody.
      }
    }
  }

  private boolean isBesideServer() {
    return database.read(
        sql ->
            sql.fetchExists(
                NODES,
                NODES
                    .STOPPED_AT
                    .isNull()
                    .and(NODES.HEARTBEAT_AT.gt(clock.instant().minus(SILENCE)))));
  }
}
