package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENT_CURSORS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.EventCursorsRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/**
 * Brings every event to one listener, in order, from when the consumer first ran.
 *
 * <p>The listener writes in the transaction that moves the cursor: what it writes is there once an
 * event, whatever breaks; what it does beside that, at least once. The cursor's row, locked for as
 * long, is the lease: of all nodes one at a time hears, and a node that dies lets go of it with its
 * connection. A listener that fails is asked again, one event at a time and later and later, and
 * hears nothing further until it has taken that one.
 */
public final class EventConsumer implements AutoCloseable {
  /** Events of one transaction at most. */
  static final int MOST = 500;

  private static final Logger LOG = System.getLogger(EventConsumer.class.getName());
  private static final long PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  /** Who hears events. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Takes events, in their order. It must be quick, for on SQLite nobody else writes meanwhile:
     * long work is queued here and done elsewhere.
     *
     * @param sql the transaction that moves the cursor
     */
    void hear(DSLContext sql, List<Happening> events);

    /**
     * Whether there is anybody for whom it would hear them. While there is not, events are passed
     * over unread; of what was written up to {@link #PASSING} before somebody came, it may hear.
     */
    default boolean isListening(DSLContext sql) {
      return true;
    }
  }

  /** How often the cursor moves on while nobody listens: each time is a commit. */
  static final Duration PASSING = Duration.ofSeconds(5);

  private final Database database;
  private final String name;
  private final Listener listener;
  private final Clock clock;
  private final EventReader reader;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private @Nullable Thread thread;
  private volatile @Nullable Instant unheard;
  private long pause = PAUSE_MILLIS;

  /**
   * @param name by which its cursor is found; the same on every node, for ever
   */
  public EventConsumer(Database database, String name, Listener listener, Clock clock) {
    this.database = database;
    this.name = name;
    this.listener = listener;
    this.clock = clock;
    this.reader = new EventReader(database);
  }

  /** Begins to listen: to what happens from now on, if it never did before. */
  public EventConsumer start() {
    register();
    thread = Thread.ofPlatform().name("events-" + name).daemon().start(this::run);
    return this;
  }

  /** Makes the cursor, behind all that has happened; one that is there stays. */
  void register() {
    long last = reader.last();
    database.write(
        sql ->
            sql.insertInto(EVENT_CURSORS)
                .set(EVENT_CURSORS.CONSUMER, name)
                .set(EVENT_CURSORS.SEQUENCE, last)
                .set(EVENT_CURSORS.UPDATED_AT, clock.instant())
                .onConflictDoNothing()
                .execute());
  }

  /** How long the oldest event has waited that was not heard; zero: all were. */
  public Duration lag() {
    Instant since = unheard;
    Instant now = clock.instant();
    return since == null || since.isAfter(now) ? Duration.ZERO : Duration.between(since, now);
  }

  private void run() {
    try {
      int heard;
      do {
        heard = quietly();
      } while (!stopping.await(heard == MOST ? 0 : pause, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  private int quietly() {
    try {
      int heard = round();
      pause = PAUSE_MILLIS;
      return heard;
    } catch (RuntimeException e) {
      if (pause == PAUSE_MILLIS) {
        LOG.log(Level.WARNING, "consumer " + name + " cannot go on; it tries again", e);
      }
      pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
      return 0;
    }
  }

  /**
   * Hears what there is, {@link #MOST} events at most.
   *
   * @return how many; 0 also where another node is at it
   */
  int round() {
    EventCursorsRecord cursor =
        database.read(sql -> sql.fetchSingle(EVENT_CURSORS, EVENT_CURSORS.CONSUMER.eq(name)));
    if (!database.read(listener::isListening)) {
      unheard = null;
      if (cursor.getUpdatedAt().isBefore(clock.instant().minus(PASSING))) {
        pass(cursor.getSequence());
      }
      return 0;
    }
    List<Happening> events = reader.after(cursor.getSequence(), cursor.getAt(), MOST);
    if (events.isEmpty()) {
      unheard = null;
      return 0;
    }
    unheard = events.getFirst().at();
    int heard = hear(cursor.getSequence(), events);
    unheard = heard == MOST ? events.getLast().at() : null;
    return heard;
  }

  private void pass(long from) {
    long end = reader.end();
    if (end > from) {
      Instant now = clock.instant();
      database.write(
          sql ->
              sql.update(EVENT_CURSORS)
                  .set(EVENT_CURSORS.SEQUENCE, end)
                  .set(EVENT_CURSORS.AT, now)
                  .set(EVENT_CURSORS.UPDATED_AT, now)
                  .where(EVENT_CURSORS.CONSUMER.eq(name).and(EVENT_CURSORS.SEQUENCE.eq(from)))
                  .execute());
    }
  }

  private int hear(long from, List<Happening> events) {
    try {
      return hearAtOnce(from, events) ? events.size() : 0;
    } catch (RuntimeException e) {
      if (events.size() == 1) {
        Happening event = events.getFirst();
        LOG.log(Level.DEBUG, "consumer {0} does not take {1} {2}", name, event.type(), event.id());
        throw e;
      }
      int heard = 0;
      long at = from;
      for (Happening event : events) {
        if (hear(at, List.of(event)) == 0) {
          return heard; // another node goes on
        }
        heard++;
        at = event.sequence();
      }
      return heard;
    }
  }

  private boolean hearAtOnce(long from, List<Happening> events) {
    return database.write(
        sql -> {
          EventCursorsRecord cursor = lease(sql);
          if (cursor == null || cursor.getSequence() != from) {
            return false; // another node has it, or had
          }
          listener.hear(sql, events);
          Happening last = events.getLast();
          cursor.setSequence(last.sequence());
          cursor.setAt(last.at());
          cursor.setUpdatedAt(clock.instant());
          cursor.update();
          return true;
        });
  }

  private @Nullable EventCursorsRecord lease(DSLContext sql) {
    SelectConditionStep<EventCursorsRecord> cursor =
        sql.selectFrom(EVENT_CURSORS).where(EVENT_CURSORS.CONSUMER.eq(name));
    return database.engine() == Engine.SQLITE
        ? cursor.fetchOne()
        : cursor.forUpdate().skipLocked().fetchOne();
  }

  /** Ends when what is being heard was. */
  @Override
  public void close() {
    stopping.countDown();
    Thread running = thread;
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
