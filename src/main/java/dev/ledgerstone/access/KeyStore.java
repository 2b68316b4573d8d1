package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.ApiKeysRecord;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/**
 * Keys of a tenant. The secret leaves {@link #create} and {@link #rotate} once, and is kept as a
 * hash.
 */
public final class KeyStore {
  private static final int SHORTEST = 8;

  /** Keys that one query asks for. */
  private static final int MOST = 500;

  /**
   * What a key is made with.
   *
   * @param secret one that is brought along; null: a new one is made
   */
  public record Wish(
      String name,
      UUID user,
      List<String> scopes,
      @Nullable List<String> allowedModels,
      @Nullable List<String> allowedIps,
      @Nullable JsonNode rateLimits,
      @Nullable Instant expiresAt,
      @Nullable String secret) {
    public Wish {
      if (name.isBlank() || name.length() > 200) {
        throw new RequestProblem.Invalid(
                "name", "the key has no usable name", "give 1 to 200 characters")
            .exception();
      }
      scopes.forEach(Permission::of);
      if (allowedIps != null) {
        allowedIps.forEach(AddressBlock::of);
      }
      if (secret != null && Secrets.isSession(secret)) {
        throw new RequestProblem.Invalid(
                "key", "the key looks like a session's token", "bring one that begins differently")
            .exception();
      }
      if (secret != null && secret.length() < SHORTEST) {
        throw new RequestProblem.Invalid("key", "the key is too short", "use 8 characters or more")
            .exception();
      }
    }

    /** The same for another user. */
    Wish of(UUID other) {
      return new Wish(
          name, other, scopes, allowedModels, allowedIps, rateLimits, expiresAt, secret);
    }

    public static Wish of(String name, UUID user) {
      return new Wish(name, user, List.of("*"), null, null, null, null, null);
    }
  }

  /** A key just made: the only moment at which its secret is known. */
  public record Made(UUID id, String name, String secret) {
    /** Holds a secret: never shown. */
    @Override
    public String toString() {
      return "Made[" + id + "]";
    }
  }

  /** A key as it is listed. */
  public record Key(
      UUID id,
      String name,
      String prefix,
      UUID user,
      String username,
      JsonNode scopes,
      @Nullable JsonNode allowedModels,
      @Nullable JsonNode allowedIps,
      @Nullable JsonNode rateLimits,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsedAt,
      @Nullable Instant revokedAt,
      @Nullable UUID rotatedFrom,
      @Nullable Instant graceUntil,
      Instant createdAt) {}

  private KeyStore() {}

  /** Makes a key of the actor's tenant. */
  public static Made create(DSLContext sql, Actor actor, Wish wish, Instant now) {
    return insert(sql, actor, List.of(wish), null, now).getFirst();
  }

  /** Makes keys of the actor's tenant, in the order of the wishes: all of them, or none. */
  public static List<Made> create(DSLContext sql, Actor actor, List<Wish> wishes, Instant now) {
    List<Made> made = new ArrayList<>(wishes.size());
    for (int from = 0; from < wishes.size(); from += MOST) {
      made.addAll(
          insert(
              sql, actor, wishes.subList(from, Math.min(wishes.size(), from + MOST)), null, now));
    }
    return made;
  }

  private static List<Made> insert(
      DSLContext sql, Actor actor, List<Wish> wishes, @Nullable UUID rotatedFrom, Instant now) {
    List<String> secrets =
        wishes.stream().map(it -> it.secret == null ? Secrets.newKey() : it.secret).toList();
    List<String> hashes = secrets.stream().map(Secrets::hash).toList();
    requireNew(sql, actor.tenant(), wishes, hashes);
    List<ApiKeysRecord> rows = new ArrayList<>(wishes.size());
    List<Made> made = new ArrayList<>(wishes.size());
    for (int i = 0; i < wishes.size(); i++) {
      Wish wish = wishes.get(i);
      ApiKeysRecord row = sql.newRecord(API_KEYS);
      row.setId(Ids.next());
      row.setTenantId(actor.tenant());
      row.setUserId(wish.user);
      row.setName(wish.name);
      row.setPrefix(Secrets.prefix(secrets.get(i)));
      row.setKeyHash(hashes.get(i));
      row.setScopes(array(wish.scopes));
      row.set(API_KEYS.ALLOWED_MODELS, arrayOrNull(wish.allowedModels));
      row.set(API_KEYS.ALLOWED_IPS, arrayOrNull(wish.allowedIps));
      row.set(API_KEYS.RATE_LIMITS, wish.rateLimits);
      row.set(API_KEYS.EXPIRES_AT, wish.expiresAt);
      row.set(API_KEYS.ROTATED_FROM, rotatedFrom);
      row.set(API_KEYS.CREATED_BY, actor.user());
      row.setCreatedAt(now);
      row.setUpdatedAt(now);
      row.setVersion(1L);
      rows.add(row);
      made.add(new Made(row.getId(), wish.name, secrets.get(i)));
    }
    Audit.insertAll(sql, actor, rows, now);
    return made;
  }

  /** Refuses keys that are in use, names that are taken, and users who are not there. */
  private static void requireNew(
      DSLContext sql, UUID tenant, List<Wish> wishes, List<String> hashes) {
    if (Set.copyOf(hashes).size() < hashes.size()
        || sql.fetchExists(API_KEYS, API_KEYS.KEY_HASH.in(hashes))) {
      throw new RequestProblem.Conflict(
              "this key is in use already", "bring another one, or let one be made")
          .exception();
    }
    Set<String> names =
        new HashSet<>(named(sql, tenant, wishes.stream().map(Wish::name).toList()).keySet());
    for (Wish wish : wishes) {
      if (!names.add(wish.name)) {
        throw new RequestProblem.Conflict(
                "there is a key " + wish.name + " already",
                "choose another name, rotate that key, or revoke it first")
            .exception();
      }
    }
    Set<UUID> users = wishes.stream().map(Wish::user).collect(Collectors.toSet());
    users.removeAll(
        sql.select(USERS.ID)
            .from(USERS)
            .where(USERS.TENANT_ID.eq(tenant))
            .and(USERS.ID.in(users))
            .fetch(USERS.ID));
    if (!users.isEmpty()) {
      throw new RequestProblem.NotFound("user", users.iterator().next().toString()).exception();
    }
  }

  private static Condition current(UUID tenant) {
    return API_KEYS
        .TENANT_ID
        .eq(tenant)
        .and(API_KEYS.REVOKED_AT.isNull())
        .and(API_KEYS.GRACE_UNTIL.isNull());
  }

  /** Puts a new key in a key's place; the old one works on until the grace is over. */
  public static Made rotate(DSLContext sql, Actor actor, UUID id, Duration grace, Instant now) {
    ApiKeysRecord old =
        sql.selectFrom(API_KEYS)
            .where(current(actor.tenant()))
            .and(API_KEYS.ID.eq(id))
            .fetchOptional()
            .orElseThrow(() -> missing(id));
    old.setGraceUntil(now.plus(grace));
    store(sql, actor, old, now);
    Wish wish =
        new Wish(
            old.getName(),
            old.getUserId(),
            strings(old.getScopes()),
            old.getAllowedModels() == null ? null : strings(old.getAllowedModels()),
            old.getAllowedIps() == null ? null : strings(old.getAllowedIps()),
            old.getRateLimits(),
            old.getExpiresAt(),
            null);
    return insert(sql, actor, List.of(wish), id, now).getFirst();
  }

  /** Ends a key at once. */
  public static void revoke(DSLContext sql, Actor actor, UUID id, Instant now) {
    ApiKeysRecord key =
        Dialect.locked(
                sql,
                sql.selectFrom(API_KEYS)
                    .where(API_KEYS.TENANT_ID.eq(actor.tenant()))
                    .and(API_KEYS.ID.eq(id))
                    .and(API_KEYS.REVOKED_AT.isNull()))
            .fetchOptional()
            .orElseThrow(() -> missing(id));
    key.setRevokedAt(now);
    store(sql, actor, key, now);
  }

  private static void store(DSLContext sql, Actor actor, ApiKeysRecord key, Instant now) {
    key.setUpdatedAt(now);
    key.setVersion(key.getVersion() + 1);
    Audit.store(sql, actor, key, false, now);
  }

  private static ProblemException missing(UUID id) {
    return new RequestProblem.NotFound("active key", id.toString()).exception();
  }

  /** Those of the names that a current key of the tenant has, with it. */
  public static Map<String, ApiKeysRecord> named(
      DSLContext sql, UUID tenant, Collection<String> names) {
    return sql.selectFrom(API_KEYS)
        .where(current(tenant))
        .and(API_KEYS.NAME.in(names))
        .fetchMap(API_KEYS.NAME);
  }

  /** A current key's id by its name, or by its id; null if there is none. */
  public static @Nullable UUID find(DSLContext sql, UUID tenant, String nameOrId) {
    UUID byName =
        sql.select(API_KEYS.ID)
            .from(API_KEYS)
            .where(current(tenant))
            .and(API_KEYS.NAME.eq(nameOrId))
            .fetchOne(API_KEYS.ID);
    if (byName != null) {
      return byName;
    }
    try {
      UUID id = UUID.fromString(nameOrId);
      return sql.fetchExists(API_KEYS, API_KEYS.TENANT_ID.eq(tenant).and(API_KEYS.ID.eq(id)))
          ? id
          : null;
    } catch (IllegalArgumentException e) {
      return null; // not an id
    }
  }

  /** The tenant's keys, or one user's, in the order of their ids. */
  public static List<Key> list(
      DSLContext sql, UUID tenant, @Nullable UUID user, @Nullable UUID after, int limit) {
    Condition where = API_KEYS.TENANT_ID.eq(tenant);
    if (user != null) {
      where = where.and(API_KEYS.USER_ID.eq(user));
    }
    if (after != null) {
      where = where.and(API_KEYS.ID.gt(after));
    }
    return rows(sql, where).orderBy(API_KEYS.ID).limit(limit).fetch(KeyStore::key);
  }

  /** A key that a caller sees, whatever has become of it. */
  static Key require(DSLContext sql, Sight sight, UUID id) {
    return rows(sql, sight.rows(API_KEYS.TENANT_ID, API_KEYS.USER_ID).and(API_KEYS.ID.eq(id)))
        .fetchOptional(KeyStore::key)
        .orElseThrow(() -> new RequestProblem.NotFound("key", id.toString()).exception());
  }

  private static SelectConditionStep<Record> rows(DSLContext sql, Condition where) {
    return sql.select(API_KEYS.fields())
        .select(USERS.USERNAME)
        .from(API_KEYS)
        .join(USERS)
        .on(USERS.TENANT_ID.eq(API_KEYS.TENANT_ID).and(USERS.ID.eq(API_KEYS.USER_ID)))
        .where(where);
  }

  private static Key key(Record row) {
    return new Key(
        row.get(API_KEYS.ID),
        row.get(API_KEYS.NAME),
        row.get(API_KEYS.PREFIX),
        row.get(API_KEYS.USER_ID),
        row.get(USERS.USERNAME),
        row.get(API_KEYS.SCOPES),
        row.get(API_KEYS.ALLOWED_MODELS),
        row.get(API_KEYS.ALLOWED_IPS),
        row.get(API_KEYS.RATE_LIMITS),
        row.get(API_KEYS.EXPIRES_AT),
        row.get(API_KEYS.LAST_USED_AT),
        row.get(API_KEYS.REVOKED_AT),
        row.get(API_KEYS.ROTATED_FROM),
        row.get(API_KEYS.GRACE_UNTIL),
        row.get(API_KEYS.CREATED_AT));
  }

  private static ArrayNode array(List<String> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }

  private static @Nullable ArrayNode arrayOrNull(@Nullable List<String> values) {
    return values == null ? null : array(values);
  }

  static List<String> strings(JsonNode list) {
    List<String> strings = new ArrayList<>();
    list.forEach(item -> strings.add(item.asText()));
    return strings;
  }
}
