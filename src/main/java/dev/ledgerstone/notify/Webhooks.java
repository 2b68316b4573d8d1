package dev.ledgerstone.notify;

import dev.ledgerstone.access.Identity;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.events.EventConsumer;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamSettings;
import dev.ledgerstone.problem.Trouble;
import dev.ledgerstone.vault.Vault;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Tells endpoints of events: hears them, and opens a lane to each endpoint that something is due
 * to.
 *
 * <p>Lanes are virtual threads, as many as there are endpoints to be told: one that hangs costs
 * nobody else anything.
 */
public final class Webhooks implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Webhooks.class.getName());
  private static final long PAUSE_MILLIS = 100;
  private static final long STOP_SECONDS = 5;

  /** The lanes of two nodes and a test at a time, with room. */
  private static final UpstreamSettings SOCKETS =
      new UpstreamSettings(128, Duration.ofSeconds(30), Duration.ofMinutes(5));

  private final Database database;
  private final Vault vault;
  private final boolean isPrivateAllowed;
  private final UpstreamClient client;
  private final Sender sender;
  private final Patience patience;
  private final Clock clock;
  private final EventConsumer consumer;
  private final Map<UUID, Lane> lanes = new ConcurrentHashMap<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private @Nullable Thread thread;
  private final Trouble looking = new Trouble(LOG, "webhooks cannot be looked up");

  /**
   * @param isPrivateAllowed whether endpoints may be in private networks, and without TLS
   * @param tls whom to trust
   * @param version of this server, as receivers are told it
   */
  public Webhooks(
      Database database,
      Vault vault,
      boolean isPrivateAllowed,
      SSLContext tls,
      String version,
      Clock clock) {
    this(database, vault, isPrivateAllowed, tls, version, Patience.STANDARD, clock);
  }

  Webhooks(
      Database database,
      Vault vault,
      boolean isPrivateAllowed,
      SSLContext tls,
      String version,
      Patience patience,
      Clock clock) {
    this.database = database;
    this.vault = vault;
    this.isPrivateAllowed = isPrivateAllowed;
    this.client =
        new UpstreamClient(
            SOCKETS, tls, address -> isPrivateAllowed || PublicAddresses.contain(address));
    this.sender = new Sender(client, vault, version, clock);
    this.patience = patience;
    this.clock = clock;
    this.consumer = new EventConsumer(database, "webhooks", new FanOut(clock), clock);
  }

  /** Begins to listen and to send. */
  public Webhooks start() {
    consumer.start();
    thread = Thread.ofPlatform().name("webhooks").daemon().start(this::run);
    return this;
  }

  /** What is done to endpoints over HTTP. */
  public WebhookRoutes routes(Identity identity) {
    return new WebhookRoutes(database, identity, vault, sender, isPrivateAllowed, clock);
  }

  /** How long the oldest event has waited that did not become a delivery yet. */
  public Duration lag() {
    return consumer.lag();
  }

  private void run() {
    try {
      do {
        round();
      } while (!stopping.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  private void round() {
    try {
      for (UUID endpoint : database.read(sql -> DeliveryStore.due(sql, clock.instant()))) {
        Lane open = lanes.get(endpoint);
        if (open == null) {
          open(endpoint);
        } else {
          open.wake();
        }
      }
      looking.passed();
    } catch (RuntimeException e) {
      looking.failed(e);
    }
  }

  private void open(UUID endpoint) {
    Lane lane = new Lane(database, sender, patience, clock, endpoint, () -> lanes.remove(endpoint));
    lanes.put(endpoint, lane);
    Thread.ofVirtual()
        .name("webhook-lane")
        .uncaughtExceptionHandler(
            (_, e) -> LOG.log(Level.WARNING, "sending to endpoint " + endpoint + " broke off", e))
        .start(lane);
  }

  /** Stops; what is on its way is sent again by the next start. */
  @Override
  public void close() {
    consumer.close();
    stopping.countDown();
    Thread running = thread;
    try {
      if (running != null) {
        running.join();
      }
      lanes.values().forEach(Lane::stop);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
      while (!lanes.isEmpty() && System.nanoTime() < end) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      client.close();
    }
  }
}
