package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.db.Database;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectOnConditionStep;
import org.jspecify.annotations.Nullable;

/**
 * From a key to its caller, in memory: a key is read from the database once, until something about
 * identity changes.
 *
 * <p>The cache holds hashes, never keys; one that is not known is remembered too, for a flood of
 * bad keys must not be a flood of queries.
 */
public final class KeyRing {
  private static final int REMEMBERED = 200_000;

  /** What a hash stands for; {@code caller} is null for a key that is not there. */
  private record Entry(
      @Nullable Caller caller,
      @Nullable List<AddressBlock> allowedIps,
      @Nullable Instant expires,
      @Nullable String inactive) {
    static final Entry UNKNOWN = new Entry(null, null, null, null);
  }

  private final Database database;
  private final Clock clock;

  /**
   * A hash, and how often things had been forgotten when it was looked up: what was read before a
   * change and stored after it is found by nobody.
   */
  private record Known(String hash, int generation) {}

  private final AtomicInteger generation = new AtomicInteger();
  private final Cache<Known, Entry> entries = Caffeine.newBuilder().maximumSize(REMEMBERED).build();
  private final Map<UUID, Instant> used = new ConcurrentHashMap<>();

  private final Roles roles;

  private final Watch watch;

  KeyRing(Database database, Roles roles, Watch watch, Clock clock) {
    this.database = database;
    this.watch = watch;
    this.roles = roles;
    this.clock = clock;
  }

  /**
   * Forgets what is known; called when something about identity changed, on this node or another.
   */
  public void forget() {
    generation.incrementAndGet();
    entries.invalidateAll();
  }

  /**
   * The caller of a key.
   *
   * @param address where the call comes from
   */
  public Caller identify(String key, String address) {
    Entry entry =
        entries.get(new Known(Secrets.hash(key), generation.get()), known -> load(known.hash));
    Caller caller = requireValid(entry);
    if (entry.allowedIps != null
        && entry.allowedIps.stream().noneMatch(block -> block.contains(address))) {
      watch.addressRefused(caller, address);
      throw new AccessProblem.AddressNotAllowed(address).exception();
    }
    Caller.KeyInfo info = caller.key();
    if (info != null) {
      used.put(info.id(), clock.instant());
    }
    return caller;
  }

  /**
   * The caller of a key by its id, as they are now: for work that goes on behind the request that
   * showed the key, and the address from which it came.
   */
  Caller again(UUID tenant, UUID key) {
    return database.read(
        sql -> {
          Record row =
              rows(sql)
                  .where(API_KEYS.TENANT_ID.eq(tenant))
                  .and(API_KEYS.ID.eq(key))
                  .and(API_KEYS.REVOKED_AT.isNull())
                  .fetchOne();
          Entry entry = row == null ? Entry.UNKNOWN : entry(sql, row);
          return requireValid(entry);
        });
  }

  private Caller requireValid(Entry entry) {
    Caller caller = entry.caller;
    if (caller == null || (entry.expires != null && !clock.instant().isBefore(entry.expires))) {
      throw new AccessProblem.BadKey().exception();
    }
    if (entry.inactive != null) {
      throw new AccessProblem.Inactive(entry.inactive).exception();
    }
    return caller;
  }

  /**
   * Writes when each key was last used; called now and then, for a write a call would cost more
   * than the call.
   */
  public void flushLastUsed() {
    Map<UUID, Instant> seen = Map.copyOf(used);
    if (!seen.isEmpty()) {
      database.write(
          sql -> {
            BatchBindStep batch =
                sql.batch(
                    sql.update(API_KEYS)
                        .set(API_KEYS.LAST_USED_AT, (Instant) null)
                        .where(API_KEYS.ID.eq((UUID) null)));
            for (UUID key : seen.keySet().stream().sorted().toList()) {
              batch = batch.bind(seen.get(key), key);
            }
            return batch.execute();
          });
      seen.forEach(used::remove);
    }
  }

  private Entry load(String hash) {
    return database.read(
        sql -> {
          Record row =
              rows(sql)
                  .where(API_KEYS.KEY_HASH.eq(hash))
                  .and(API_KEYS.REVOKED_AT.isNull())
                  .fetchOne();
          return row == null ? Entry.UNKNOWN : entry(sql, row);
        });
  }

  private static SelectOnConditionStep<Record> rows(DSLContext sql) {
    return sql.select()
        .from(API_KEYS)
        .join(USERS)
        .on(USERS.TENANT_ID.eq(API_KEYS.TENANT_ID).and(USERS.ID.eq(API_KEYS.USER_ID)))
        .join(TENANTS)
        .on(TENANTS.ID.eq(API_KEYS.TENANT_ID));
  }

  private Entry entry(DSLContext sql, Record row) {
    UUID tenant = row.get(TENANTS.ID);
    String role = row.get(USERS.ROLE);
    List<String> ips = strings(row.get(API_KEYS.ALLOWED_IPS));
    List<String> scopes = strings(row.get(API_KEYS.SCOPES));
    Caller caller =
        new Caller(
            Caller.TenantInfo.of(row),
            row.get(USERS.ID),
            row.get(USERS.USERNAME),
            role,
            roles.known(sql, tenant, role),
            scopes == null ? List.of() : scopes.stream().map(Permission::of).toList(),
            new Caller.KeyInfo(
                row.get(API_KEYS.ID), row.get(API_KEYS.NAME), row.get(API_KEYS.PREFIX)),
            null,
            strings(row.get(API_KEYS.ALLOWED_MODELS)));
    return new Entry(
        caller,
        ips == null ? null : ips.stream().map(AddressBlock::of).toList(),
        earlier(row.get(API_KEYS.EXPIRES_AT), row.get(API_KEYS.GRACE_UNTIL)),
        inactive(row));
  }

  /** What of a user and their tenant is not active; null: both are. */
  static @Nullable String inactive(Record row) {
    return !row.get(TENANTS.STATUS).equals("ACTIVE")
        ? "tenant"
        : row.get(USERS.IS_ACTIVE) ? null : "user";
  }

  private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
    return a == null ? b : b == null || a.isBefore(b) ? a : b;
  }

  private static @Nullable List<String> strings(@Nullable JsonNode list) {
    if (list == null || list.isNull()) {
      return null;
    }
    List<String> strings = new ArrayList<>();
    list.forEach(item -> strings.add(item.asText()));
    return List.copyOf(strings);
  }
}
