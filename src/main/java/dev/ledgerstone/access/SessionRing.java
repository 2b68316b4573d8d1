package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static dev.ledgerstone.db.schema.Tables.USER_SESSIONS;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.db.Database;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * From a session's token to its caller, in memory, as {@link KeyRing} does for keys; knows hashes,
 * never tokens.
 */
public final class SessionRing {
  private static final int REMEMBERED = 200_000;
  private static final List<Permission> EVERYTHING = List.of(Permission.of("*"));

  /** What a hash stands for; {@code caller} is null for a session that is not there. */
  private record Entry(@Nullable Caller caller, Instant expires, @Nullable String inactive) {
    static final Entry UNKNOWN = new Entry(null, Instant.MIN, null);
  }

  /** As in {@link KeyRing}: what was read before a change is found by nobody after it. */
  private record Known(String hash, int generation) {}

  private final Database database;
  private final Roles roles;
  private final SignInRules rules;
  private final Clock clock;
  private final AtomicInteger generation = new AtomicInteger();
  private final Cache<Known, Entry> entries = Caffeine.newBuilder().maximumSize(REMEMBERED).build();
  private final Map<UUID, Instant> used = new ConcurrentHashMap<>();

  SessionRing(Database database, Roles roles, SignInRules rules, Clock clock) {
    this.database = database;
    this.roles = roles;
    this.rules = rules;
    this.clock = clock;
  }

  /**
   * Forgets what is known; called when a session was ended, or something about identity changed.
   */
  public void forget() {
    generation.incrementAndGet();
    entries.invalidateAll();
  }

  /** The caller of a session's token. */
  public Caller identify(String token) {
    Known known = new Known(Secrets.hash(token), generation.get());
    Entry entry = entries.get(known, this::load);
    Instant now = clock.instant();
    if (!now.isBefore(entry.expires) && entry.caller != null) {
      entry = load(known); // its use, here or on another node, may have put its end off
      entries.put(known, entry);
    }
    Caller caller = entry.caller;
    if (caller == null || !now.isBefore(entry.expires)) {
      throw new AccessProblem.BadSession().exception();
    }
    if (entry.inactive != null) {
      throw new AccessProblem.Inactive(entry.inactive).exception();
    }
    if (caller.session() != null) {
      used.put(caller.session(), now);
    }
    return caller;
  }

  /** The caller of a session by its id, as {@link KeyRing#again} gives a key's. */
  Caller again(UUID tenant, UUID session) {
    Entry entry = read(USER_SESSIONS.TENANT_ID.eq(tenant).and(USER_SESSIONS.ID.eq(session)));
    if (entry.caller == null || !clock.instant().isBefore(entry.expires)) {
      throw new AccessProblem.BadSession().exception();
    }
    if (entry.inactive != null) {
      throw new AccessProblem.Inactive(entry.inactive).exception();
    }
    return entry.caller;
  }

  /** Writes when each session was last used, which puts its end off; called now and then. */
  public void flushLastUsed() {
    Map<UUID, Instant> seen = Map.copyOf(used);
    if (!seen.isEmpty()) {
      database.write(
          sql -> {
            seen.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(at -> SessionStore.touch(sql, at.getKey(), at.getValue(), rules));
            return null;
          });
      seen.forEach(used::remove);
    }
  }

  private Entry load(Known known) {
    return read(USER_SESSIONS.TOKEN_HASH.eq(known.hash));
  }

  private Entry read(Condition which) {
    return database.read(
        sql -> {
          Record row =
              sql.select()
                  .from(USER_SESSIONS)
                  .join(USERS)
                  .on(
                      USERS
                          .TENANT_ID
                          .eq(USER_SESSIONS.TENANT_ID)
                          .and(USERS.ID.eq(USER_SESSIONS.USER_ID)))
                  .join(TENANTS)
                  .on(TENANTS.ID.eq(USER_SESSIONS.TENANT_ID))
                  .where(which)
                  .and(USER_SESSIONS.REVOKED_AT.isNull())
                  .fetchOne();
          return row == null ? Entry.UNKNOWN : entry(sql, row);
        });
  }

  private Entry entry(DSLContext sql, Record row) {
    UUID tenant = row.get(TENANTS.ID);
    String role = row.get(USERS.ROLE);
    Caller caller =
        new Caller(
            Caller.TenantInfo.of(row),
            row.get(USERS.ID),
            row.get(USERS.USERNAME),
            role,
            roles.known(sql, tenant, role),
            EVERYTHING,
            null,
            row.get(USER_SESSIONS.ID),
            null);
    return new Entry(caller, row.get(USER_SESSIONS.EXPIRES_AT), KeyRing.inactive(row));
  }
}
