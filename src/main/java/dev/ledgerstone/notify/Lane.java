package dev.ledgerstone.notify;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.gateway.provider.Cancellation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jspecify.annotations.Nullable;

/**
 * Sends to one endpoint, a few messages at a time, until nothing is due.
 *
 * <p>Each turn is one transaction under the endpoint's lock: what came of earlier tries is written,
 * what waited behind them is let go, and the next ones are taken. Only the first delivery of a
 * subject is ever due, so that order needs no memory, and nodes may send to one endpoint side by
 * side.
 */
final class Lane implements Runnable {
  /** Messages on their way to one endpoint from one node. */
  static final int MOST_AT_ONCE = 32;

  /** So long outcomes are gathered for one transaction. */
  private static final long GATHERED_NANOS = 3_000_000;

  /** Past its timeout a try is given so long to be told, before it is made again. */
  private static final Duration LOST_AFTER = Duration.ofSeconds(60);

  private final Database database;
  private final Sender sender;
  private final Patience patience;
  private final Clock clock;
  private final UUID endpoint;
  private final Runnable ended;
  private final Set<Cancellation> running = new HashSet<>();
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private boolean isStopping;

  /** What a lane waits for. */
  private sealed interface Signal {
    record Tried(WebhookDeliveriesRecord delivery, Cancellation cancellation, Attempt attempt)
        implements Signal {}

    record Due() implements Signal {}

    record Stop() implements Signal {}
  }

  /**
   * @param ended run when the lane takes nothing more
   */
  Lane(
      Database database,
      Sender sender,
      Patience patience,
      Clock clock,
      UUID endpoint,
      Runnable ended) {
    this.database = database;
    this.sender = sender;
    this.patience = patience;
    this.clock = clock;
    this.endpoint = endpoint;
    this.ended = ended;
  }

  /** Something became due. */
  void wake() {
    if (signals.isEmpty()) {
      signals.add(new Signal.Due());
    }
  }

  /** Breaks off; what is on its way is sent again by whoever comes next. */
  void stop() {
    signals.add(new Signal.Stop());
  }

  @Override
  public void run() {
    try {
      List<Signal.Tried> tried = List.of();
      do {
        turn(tried);
        if (running.isEmpty() && signals.isEmpty()) {
          return;
        }
        tried = await();
      } while (!isStopping);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      running.forEach(it -> it.cancel(Cancellation.Reason.SHUTDOWN));
      ended.run();
    }
  }

  /** What was tried since; the first is waited for. */
  private List<Signal.Tried> await() throws InterruptedException {
    List<Signal> heard = new ArrayList<>();
    heard.add(signals.take());
    long end = System.nanoTime() + GATHERED_NANOS;
    while (heard.size() < running.size()) {
      Signal next = signals.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null) {
        break;
      }
      heard.add(next);
    }
    List<Signal.Tried> tried = new ArrayList<>();
    for (Signal signal : heard) {
      switch (signal) {
        case Signal.Tried it -> {
          running.remove(it.cancellation);
          tried.add(it);
        }
        case Signal.Stop _ -> isStopping = true;
        case Signal.Due _ -> {}
      }
    }
    return tried;
  }

  /** Taken in one transaction, with the endpoint as it is sent to. */
  private record Taken(WebhookEndpointsRecord endpoint, List<WebhookDeliveriesRecord> deliveries) {}

  private void turn(List<Signal.Tried> tried) {
    Taken taken =
        database.<@Nullable Taken>write(
            sql -> {
              List<WebhookEndpointsRecord> open = DeliveryStore.lock(sql, List.of(endpoint));
              if (open.isEmpty()) {
                return null; // what was on its way was called off with it
              }
              WebhookEndpointsRecord row = open.getFirst();
              Instant now = clock.instant();
              write(sql, row, tried, now);
              Instant lost = now.plusMillis(row.getTimeoutMillis()).plus(LOST_AFTER);
              return row.getDisabledAt() != null
                  ? null
                  : new Taken(
                      row,
                      DeliveryStore.claim(sql, endpoint, MOST_AT_ONCE - running.size(), now, lost));
            });
    if (taken != null) {
      taken.deliveries.forEach(delivery -> send(taken.endpoint, delivery));
    }
  }

  private void send(WebhookEndpointsRecord to, WebhookDeliveriesRecord delivery) {
    Cancellation cancellation = new Cancellation();
    running.add(cancellation);
    Thread.ofVirtual()
        .name("webhook-send")
        .start(
            () -> {
              Attempt attempt;
              try {
                attempt = sender.send(to, delivery, cancellation);
              } catch (RuntimeException e) {
                attempt = new Attempt(null, null, "the message cannot be made", Duration.ZERO, 0);
                System.getLogger(Lane.class.getName())
                    .log(System.Logger.Level.WARNING, "a webhook cannot be sent", e);
              }
              signals.add(new Signal.Tried(delivery, cancellation, attempt));
            });
  }

  private void write(
      DSLContext sql, WebhookEndpointsRecord to, List<Signal.Tried> tried, Instant now) {
    List<Query> updates = new ArrayList<>();
    List<Query> wakes = new ArrayList<>();
    Judgement judgement = new Judgement(to, patience, now);
    for (Signal.Tried each : tried) {
      WebhookDeliveriesRecord row = each.delivery;
      judgement.of(row, each.attempt);
      updates.add(DeliveryStore.tried(sql, row));
      if (!row.getStatus().equals("PENDING")) {
        wakes.add(DeliveryStore.wake(sql, row, now));
      }
    }
    // The ends before the wakes: who wakes must find that the one before is over.
    updates.forEach(it -> sql.execute(it));
    wakes.forEach(it -> sql.execute(it));
    store(sql, to, now);
  }

  /** What people see of an endpoint is audited; its counts are not. */
  private void store(DSLContext sql, WebhookEndpointsRecord to, Instant now) {
    if (to.getDisabledAt() == null) {
      if (to.modified()) {
        to.update();
      }
      return;
    }
    to.setVersion(to.getVersion() + 1);
    to.setUpdatedAt(now);
    Audit.store(sql, Actor.system(to.getTenantId()), to, false, now);
    DeliveryStore.cancel(sql, endpoint, "the endpoint was disabled", now);
  }
}
