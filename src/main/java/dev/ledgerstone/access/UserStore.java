package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Result;
import org.jspecify.annotations.Nullable;

/** Users of a tenant. */
public final class UserStore {
  private static final String OWNER = "OWNER";

  /** What RFC 5321, section 4.5.3.1, allows at most: 64 octets, the sign, 255. */
  private static final int LONGEST_EMAIL = 320;

  private static final Pattern EMAIL = Pattern.compile("[^@\\s]+@[^@\\s]+");

  private static final Set<String> ROLES = Set.of("OWNER", "ADMIN", "MEMBER", "VIEWER", "SERVICE");

  /** A user as it is listed. */
  public record User(
      UUID id,
      String username,
      @Nullable String email,
      String role,
      boolean isActive,
      Instant createdAt,
      long version) {}

  private UserStore() {}

  /** Makes a user of the actor's tenant. */
  public static UUID create(
      DSLContext sql,
      Actor actor,
      String username,
      @Nullable String email,
      String role,
      Instant now) {
    UUID tenant = actor.tenant();
    if (username.isBlank() || username.length() > 200) {
      throw new RequestProblem.Invalid(
              "username", "the user has no usable name", "give 1 to 200 characters")
          .exception();
    }
    checkEmail(email);
    checkRole(sql, tenant, role);
    String key = username.strip().toLowerCase(Locale.ROOT);
    if (isTaken(sql, tenant, username)) {
      throw new RequestProblem.Conflict(
              "there is a user " + username + " already", "choose another name")
          .exception();
    }
    checkRoom(sql, tenant);
    UUID id = Ids.next();
    sql.insertInto(USERS)
        .set(USERS.ID, id)
        .set(USERS.TENANT_ID, tenant)
        .set(USERS.USERNAME, username.strip())
        .set(USERS.USERNAME_KEY, key)
        .set(USERS.EMAIL, email)
        .set(USERS.EMAIL_KEY, email == null ? null : email.strip().toLowerCase(Locale.ROOT))
        .set(USERS.ROLE, role)
        .set(USERS.CREATED_BY, actor.user())
        .set(USERS.CREATED_AT, now)
        .set(USERS.UPDATED_AT, now)
        .execute();
    Audit.inserted(sql, actor, USERS, id, now);
    return id;
  }

  /** Not whether somebody reads there, but whether somebody could. */
  static void checkEmail(@Nullable String email) {
    if (email != null && (email.length() > LONGEST_EMAIL || !EMAIL.matcher(email).matches())) {
      throw new RequestProblem.Invalid(
              "email", "email is no address", "write it like ann@example.com")
          .exception();
    }
  }

  static boolean isTaken(DSLContext sql, UUID tenant, String username) {
    String key = username.strip().toLowerCase(Locale.ROOT);
    return sql.fetchExists(USERS, USERS.TENANT_ID.eq(tenant).and(USERS.USERNAME_KEY.eq(key)));
  }

  private static void checkRole(DSLContext sql, UUID tenant, String role) {
    if (!ROLES.contains(role) && !Roles.exists(sql, tenant, role)) {
      throw new RequestProblem.Invalid(
              "role",
              "there is no role " + role,
              "use one of " + String.join(", ", sorted(ROLES)) + ", or a role of the tenant's own")
          .exception();
    }
  }

  private static void checkRoom(DSLContext sql, UUID tenant) {
    Integer most =
        sql.select(TENANTS.MAX_USERS)
            .from(TENANTS)
            .where(TENANTS.ID.eq(tenant))
            .fetchOne(TENANTS.MAX_USERS);
    if (most != null
        && sql.fetchCount(USERS, USERS.TENANT_ID.eq(tenant).and(USERS.IS_ACTIVE.isTrue()))
            >= most) {
      throw new RequestProblem.Conflict(
              "the tenant has " + most + " active users, as many as its plan allows",
              "deactivate one, or raise max_users")
          .exception();
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }

  /** A user's id by name. */
  public static UUID require(DSLContext sql, UUID tenant, String username) {
    UUID id =
        sql.select(USERS.ID)
            .from(USERS)
            .where(USERS.TENANT_ID.eq(tenant))
            .and(USERS.USERNAME_KEY.eq(username.strip().toLowerCase(Locale.ROOT)))
            .fetchOne(USERS.ID);
    if (id == null) {
      throw new RequestProblem.NotFound("user", username).exception();
    }
    return id;
  }

  /** The tenant's users in the order of their ids. */
  public static List<User> list(DSLContext sql, UUID tenant, @Nullable UUID after, int limit) {
    return list(sql, new Sight(tenant, Optional.empty()), after, limit);
  }

  static List<User> list(DSLContext sql, Sight sight, @Nullable UUID after, int limit) {
    Condition where = sight.rows(USERS.TENANT_ID, USERS.ID);
    return sql.selectFrom(USERS)
        .where(after == null ? where : where.and(USERS.ID.gt(after)))
        .orderBy(USERS.ID)
        .limit(limit)
        .fetch(UserStore::user);
  }

  private static User user(UsersRecord row) {
    return new User(
        row.getId(),
        row.getUsername(),
        row.getEmail(),
        row.getRole(),
        row.getIsActive(),
        row.getCreatedAt(),
        row.getVersion());
  }

  /** A user whom a caller sees. */
  static User require(DSLContext sql, Sight sight, UUID id) {
    return sql.selectFrom(USERS)
        .where(sight.rows(USERS.TENANT_ID, USERS.ID))
        .and(USERS.ID.eq(id))
        .fetchOptional(UserStore::user)
        .orElseThrow(() -> missing(id));
  }

  /** A user whom a caller sees, by name or id. */
  static User find(DSLContext sql, Sight sight, String nameOrId) {
    Condition named = USERS.USERNAME_KEY.eq(nameOrId.strip().toLowerCase(Locale.ROOT));
    Condition meant;
    try {
      meant = named.or(USERS.ID.eq(UUID.fromString(nameOrId)));
    } catch (IllegalArgumentException _) {
      meant = named; // not an id
    }
    return sql.selectFrom(USERS)
        .where(sight.rows(USERS.TENANT_ID, USERS.ID))
        .and(meant)
        .limit(1)
        .fetchOptional(UserStore::user)
        .orElseThrow(() -> new RequestProblem.NotFound("user", nameOrId).exception());
  }

  /**
   * Gives a user another role, or sets whether the user's keys work. A tenant keeps an active
   * owner.
   *
   * @param check refuses a user as they are now
   * @param role null: stays
   * @param isActive null: stays
   */
  static User change(
      DSLContext sql,
      Actor actor,
      Sight sight,
      UUID id,
      Consumer<User> check,
      @Nullable String role,
      @Nullable Boolean isActive,
      Instant now) {
    // Locked together, in one order: two owners who demote each other must not both succeed.
    Result<UsersRecord> locked =
        Dialect.locked(
                sql,
                sql.selectFrom(USERS)
                    .where(USERS.TENANT_ID.eq(sight.tenant()))
                    .and(USERS.ID.eq(id).or(USERS.ROLE.eq(OWNER).and(USERS.IS_ACTIVE.isTrue())))
                    .orderBy(USERS.ID))
            .fetch();
    UsersRecord row =
        locked.stream()
            .filter(each -> each.getId().equals(id) && sight.reaches(id))
            .findFirst()
            .orElseThrow(() -> missing(id));
    check.accept(user(row));
    boolean wasOwner = isActiveOwner(row);
    if (role != null && !role.equals(row.getRole())) {
      checkRole(sql, sight.tenant(), role);
      row.setRole(role);
    }
    if (isActive != null && !isActive.equals(row.getIsActive())) {
      if (isActive) {
        checkRoom(sql, sight.tenant());
      }
      row.setIsActive(isActive);
    }
    if (wasOwner
        && !isActiveOwner(row)
        && locked.stream().noneMatch(each -> !each.getId().equals(id) && isActiveOwner(each))) {
      throw new RequestProblem.Conflict(
              row.getUsername() + " is the tenant's last active OWNER",
              "make another user OWNER first")
          .exception();
    }
    if (row.modified()) {
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, false, now);
    }
    return user(row);
  }

  private static boolean isActiveOwner(UsersRecord row) {
    return row.getRole().equals(OWNER) && row.getIsActive();
  }

  private static ProblemException missing(UUID id) {
    return new RequestProblem.NotFound("user", id.toString()).exception();
  }

  /** Sets whether a user's keys and sessions work. */
  public static void setActive(
      DSLContext sql, Actor actor, UUID user, boolean isActive, Instant now) {
    UsersRecord row =
        Dialect.locked(
                sql,
                sql.selectFrom(USERS)
                    .where(USERS.TENANT_ID.eq(actor.tenant()))
                    .and(USERS.ID.eq(user)))
            .fetchOptional()
            .orElseThrow(() -> missing(user));
    if (row.getIsActive() != isActive) {
      row.setIsActive(isActive);
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, false, now);
    }
  }
}
