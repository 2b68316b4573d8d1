package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.NODES;

import dev.ledgerstone.db.Database;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * How long work moves on beside a server, and leaves it what it needs; alone it goes as fast as it
 * can.
 *
 * <p>Who writes much: a SQLite file has one writer at a time, and who waits for it asks again every
 * 100 ms at the latest. An import that began its next transaction at once would keep a server's
 * calls out until they give up: beside a server it takes few records at a time, and leaves a gap
 * that whoever waits cannot miss. Alone it takes many, for each transaction writes every page of an
 * index that it touched anew.
 *
 * <p>Who reads much keeps nobody waiting, but wants a processor for itself, of which a small
 * machine has two: beside a server it rests as long as it has worked.
 */
public final class Pace {
  private static final int ALONE = 20_000;
  private static final int BESIDE_A_SERVER = 2_000;

  /** PostgreSQL: where one record is refused, those of its transaction go in again in parts. */
  private static final int CONCURRENT = 5_000;

  /** A node whose heart has been still for longer is no reason to go slowly. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  /** A little more than the longest that SQLite's busy handler sleeps. */
  private static final Duration GAP = Duration.ofMillis(110);

  /** Work that is not worth a rest yet: a server's calls wait no longer for a processor. */
  private static final Duration STRETCH = Duration.ofMillis(5);

  private final Database database;
  private final Clock clock;
  private final LongConsumer sleeper;
  private boolean isResting;
  private long workingSince;

  public Pace(Database database, Clock clock) {
    this(database, clock, LockSupport::parkNanos);
  }

  /**
   * @param sleeper does nothing for so many nanoseconds
   */
  Pace(Database database, Clock clock, LongConsumer sleeper) {
    this.database = database;
    this.clock = clock;
    this.sleeper = sleeper;
  }

  /** Records of the next transaction of an import. */
  public int records() {
    return switch (database.engine()) {
      case SQLITE -> isBesideServer() ? BESIDE_A_SERVER : ALONE;
      case POSTGRES -> CONCURRENT;
    };
  }

  /** Between two transactions of an import: lets a server write. */
  public void giveWay() {
    switch (database.engine()) {
      case SQLITE -> {
        if (isBesideServer()) {
          sleeper.accept(GAP.toNanos());
        }
      }
      case POSTGRES -> {
        // Writers wait for nobody.
      }
    }
  }

  /** Before much is read by this thread: looks whether there is a server to leave time to. */
  public void begin() {
    isResting = isBesideServer();
    workingSince = System.nanoTime();
  }

  /** Between two rows: rests as long as it has worked since it rested last. Asks no database. */
  public void rest() {
    long worked = System.nanoTime() - workingSince;
    if (isResting && worked >= STRETCH.toNanos()) {
      sleeper.accept(worked);
      workingSince = System.nanoTime();
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
