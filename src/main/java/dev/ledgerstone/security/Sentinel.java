package dev.ledgerstone.security;

import static dev.ledgerstone.db.schema.Tables.API_KEY_NETWORKS;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.USER_SESSIONS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.access.AccessProblem;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Location;
import dev.ledgerstone.access.Watch;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.audit.SecurityEvent.Kind;
import dev.ledgerstone.audit.SecurityEvent.Severity;
import dev.ledgerstone.audit.SecurityEvent.SubjectKind;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.UserSessionsRecord;
import dev.ledgerstone.problem.Problem;
import io.helidon.webserver.http.ServerRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Raises security events by rules.
 *
 * <p>What concerns requests is looked up in memory and written by a thread of its own. Its queue is
 * bounded: what finds it full is forgotten, and noticed again the next time.
 */
public final class Sentinel implements Watch, AutoCloseable {
  /** Failed sign-ins from one address within {@link #WINDOW} that are an attack. */
  static final int ATTACK = 10;

  /** Refusals of one caller within an hour that are more than a slip. */
  static final int PROBING = 20;

  static final Duration WINDOW = Duration.ofMinutes(15);

  private static final Logger LOG = System.getLogger(Sentinel.class.getName());
  private static final int MOST_WAITING = 1024;
  private static final int MOST_REMEMBERED = 100_000;
  private static final long PAUSE_MILLIS = 200;

  /** A key at an address, or a caller and what they were refused. */
  private record Known(UUID who, String what) {}

  private final Database database;
  private final Geography geography;
  private final Clock clock;
  private final Cache<Known, Boolean> used =
      Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).build();
  private final Cache<Known, AtomicInteger> refusals =
      Caffeine.newBuilder()
          .maximumSize(MOST_REMEMBERED)
          .expireAfterWrite(Duration.ofHours(1))
          .build();
  private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private volatile boolean isStopping;
  private @Nullable Thread thread;

  public Sentinel(Database database, Geography geography, Clock clock) {
    this.database = database;
    this.geography = geography;
    this.clock = clock;
  }

  /** Begins to write down what is noticed. */
  public Sentinel start() {
    thread = Thread.ofPlatform().name("security-sentinel").daemon().start(this::run);
    return this;
  }

  private void run() {
    try {
      while (!isStopping || !waiting.isEmpty()) {
        Runnable next = waiting.poll(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          next.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  /** Notes something; false: there was no room, or no database. */
  private boolean later(Runnable forget, Runnable work) {
    return waiting.offer(
        () -> {
          try {
            work.run();
          } catch (RuntimeException e) {
            forget.run();
            LOG.log(Level.WARNING, "a security event cannot be written: {0}", e.getMessage());
          }
        });
  }

  @Override
  public Location locate(ServerRequest request) {
    return geography.of(request);
  }

  @Override
  public void used(Caller caller, Caller.KeyInfo key, String address, ServerRequest request) {
    Known known = new Known(key.id(), address);
    if (used.getIfPresent(known) != null) {
      return;
    }
    used.put(known, true);
    Location location = geography.of(request);
    Runnable forget = () -> used.invalidate(known);
    if (!later(forget, () -> writeUse(caller, key, address, location))) {
      forget.run();
    }
  }

  private void writeUse(Caller caller, Caller.KeyInfo key, String address, Location location) {
    String network = Network.of(address);
    UUID tenant = caller.tenant().id();
    Condition ofKey =
        API_KEY_NETWORKS.TENANT_ID.eq(tenant).and(API_KEY_NETWORKS.API_KEY_ID.eq(key.id()));
    Condition same = ofKey.and(API_KEY_NETWORKS.NETWORK.eq(network));
    if (database.read(sql -> sql.fetchExists(API_KEY_NETWORKS, same))) {
      return;
    }
    database.write(
        sql -> {
          List<String> countries =
              sql.select(API_KEY_NETWORKS.COUNTRY)
                  .from(API_KEY_NETWORKS)
                  .where(ofKey)
                  .fetch(API_KEY_NETWORKS.COUNTRY);
          Instant now = clock.instant();
          int added =
              sql.insertInto(API_KEY_NETWORKS)
                  .set(API_KEY_NETWORKS.ID, Ids.next())
                  .set(API_KEY_NETWORKS.TENANT_ID, tenant)
                  .set(API_KEY_NETWORKS.API_KEY_ID, key.id())
                  .set(API_KEY_NETWORKS.NETWORK, network)
                  .set(API_KEY_NETWORKS.COUNTRY, location.country())
                  .set(API_KEY_NETWORKS.CREATED_AT, now)
                  .onConflictDoNothing()
                  .execute();
          if (added == 1 && !countries.isEmpty()) {
            boolean isNewCountry =
                location.country() != null && !countries.contains(location.country());
            ObjectNode details = where(location).put("network", network);
            details.put("known_networks", countries.size());
            details.put("is_new_country", location.country() == null ? null : isNewCountry);
            event(
                    caller,
                    Kind.NEW_NETWORK,
                    isNewCountry ? Severity.MEDIUM : Severity.LOW,
                    address,
                    details)
                .write(sql, now);
          }
          return null;
        });
  }

  @Override
  public void refused(Caller caller, String address, Problem problem) {
    if (problem instanceof AccessProblem.Forbidden(String permission)) {
      refused(caller, address, Kind.PERMISSION_DENIED, permission);
    } else if (problem instanceof AccessProblem.ModelNotAllowed) {
      refused(caller, address, Kind.PERMISSION_DENIED, problem.code());
    }
  }

  @Override
  public void addressRefused(Caller caller, String address) {
    refused(caller, address, Kind.ADDRESS_REFUSED, Network.of(address));
  }

  /** The first of an hour is told, and the one that shows that it is no slip. */
  private void refused(Caller caller, String address, Kind kind, String what) {
    Known known = new Known(who(caller), kind + " " + what);
    AtomicInteger count = refusals.get(known, _ -> new AtomicInteger());
    int times = count.incrementAndGet();
    if (times != 1 && times != PROBING) {
      return;
    }
    ObjectNode details = where(geography.of(address)).put("what", what).put("count", times);
    Severity severity =
        times == 1 && kind == Kind.PERMISSION_DENIED ? Severity.LOW : Severity.MEDIUM;
    SecurityEvent event = event(caller, kind, severity, address, details);
    Runnable forget = () -> refusals.invalidate(known);
    Runnable write =
        () ->
            database.write(
                sql -> {
                  event.write(sql, clock.instant());
                  return null;
                });
    if (!later(forget, write)) {
      forget.run();
    }
  }

  private static UUID who(Caller caller) {
    Caller.KeyInfo key = caller.key();
    return key == null ? caller.user() : key.id();
  }

  private static SecurityEvent event(
      Caller caller, Kind kind, Severity severity, String address, ObjectNode details) {
    Caller.KeyInfo key = caller.key();
    return new SecurityEvent(
        caller.tenant().id(),
        kind,
        severity,
        key == null ? SubjectKind.USER : SubjectKind.API_KEY,
        who(caller).toString(),
        caller.user(),
        address,
        null,
        details);
  }

  /** Where it was; that nobody can know it is said, not left to be guessed. */
  private ObjectNode where(Location location) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("country", location.country())
        .put("geography", geography.isConfigured() ? "configured" : "not configured");
  }

  @Override
  public void signInFailed(DSLContext sql, Actor actor) {
    String address = actor.ip();
    if (address == null) {
      return;
    }
    Instant now = clock.instant();
    Condition lately =
        SECURITY_EVENTS
            .TENANT_ID
            .eq(actor.tenant())
            .and(SECURITY_EVENTS.CREATED_AT.gt(now.minus(WINDOW)))
            .and(SECURITY_EVENTS.IP.eq(address));
    int failures =
        sql.fetchCount(
            SECURITY_EVENTS, lately.and(SECURITY_EVENTS.KIND.eq(Kind.SIGN_IN_FAILED.name())));
    if (failures < ATTACK
        || sql.fetchExists(
            SECURITY_EVENTS, lately.and(SECURITY_EVENTS.KIND.eq(Kind.SIGN_IN_ATTACK.name())))) {
      return;
    }
    new SecurityEvent(
            actor.tenant(),
            Kind.SIGN_IN_ATTACK,
            Severity.HIGH,
            SubjectKind.IP,
            address,
            null,
            address,
            actor.userAgent(),
            where(geography.of(address))
                .put("failures", failures)
                .put("minutes", WINDOW.toMinutes()))
        .write(sql, now);
  }

  @Override
  public void signedIn(DSLContext sql, Actor actor, UserSessionsRecord session) {
    String country = session.getCountry();
    if (country == null) {
      return;
    }
    List<String> known =
        sql.selectDistinct(USER_SESSIONS.COUNTRY)
            .from(USER_SESSIONS)
            .where(USER_SESSIONS.TENANT_ID.eq(session.getTenantId()))
            .and(USER_SESSIONS.USER_ID.eq(session.getUserId()))
            .and(USER_SESSIONS.ID.ne(session.getId()))
            .and(USER_SESSIONS.COUNTRY.isNotNull())
            .fetch(USER_SESSIONS.COUNTRY);
    if (known.isEmpty() || known.contains(country)) {
      return;
    }
    ObjectNode details =
        where(Location.country(country)).put("session_id", session.getId().toString());
    known.stream().sorted().forEach(details.putArray("known_countries")::add);
    new SecurityEvent(
            session.getTenantId(),
            Kind.NEW_COUNTRY,
            Severity.MEDIUM,
            SubjectKind.USER,
            session.getUserId().toString(),
            session.getUserId(),
            actor.ip(),
            actor.userAgent(),
            details)
        .write(sql, clock.instant());
  }

  /** Writes what was noticed, and stops. */
  @Override
  public void close() {
    isStopping = true;
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
