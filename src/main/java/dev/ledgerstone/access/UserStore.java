package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** Users of a tenant. */
public final class UserStore {
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

  /** Makes a user. */
  public static UUID create(
      DSLContext sql,
      UUID tenant,
      String username,
      @Nullable String email,
      String role,
      @Nullable UUID by,
      Instant now) {
    if (username.isBlank() || username.length() > 200) {
      throw new RequestProblem.Invalid(
              "username", "the user has no usable name", "give 1 to 200 characters")
          .exception();
    }
    if (!ROLES.contains(role)) {
      throw new RequestProblem.Invalid(
              "role", "there is no role " + role, "use one of " + String.join(", ", sorted(ROLES)))
          .exception();
    }
    String key = username.strip().toLowerCase(Locale.ROOT);
    if (sql.fetchExists(USERS, USERS.TENANT_ID.eq(tenant).and(USERS.USERNAME_KEY.eq(key)))) {
      throw new RequestProblem.Conflict(
              "there is a user " + username + " already", "choose another name")
          .exception();
    }
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
    UUID id = Ids.next();
    sql.insertInto(USERS)
        .set(USERS.ID, id)
        .set(USERS.TENANT_ID, tenant)
        .set(USERS.USERNAME, username.strip())
        .set(USERS.USERNAME_KEY, key)
        .set(USERS.EMAIL, email)
        .set(USERS.EMAIL_KEY, email == null ? null : email.strip().toLowerCase(Locale.ROOT))
        .set(USERS.ROLE, role)
        .set(USERS.CREATED_BY, by)
        .set(USERS.CREATED_AT, now)
        .set(USERS.UPDATED_AT, now)
        .execute();
    return id;
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
    Condition where = USERS.TENANT_ID.eq(tenant);
    return sql.selectFrom(USERS)
        .where(after == null ? where : where.and(USERS.ID.gt(after)))
        .orderBy(USERS.ID)
        .limit(limit)
        .fetch(
            row ->
                new User(
                    row.getId(),
                    row.getUsername(),
                    row.getEmail(),
                    row.getRole(),
                    row.getIsActive(),
                    row.getCreatedAt(),
                    row.getVersion()));
  }

  /** Sets whether a user's keys work. */
  public static void setActive(
      DSLContext sql, UUID tenant, UUID user, boolean isActive, Instant now) {
    int changed =
        sql.update(USERS)
            .set(USERS.IS_ACTIVE, isActive)
            .set(USERS.UPDATED_AT, now)
            .set(USERS.VERSION, USERS.VERSION.plus(1))
            .where(USERS.TENANT_ID.eq(tenant))
            .and(USERS.ID.eq(user))
            .execute();
    if (changed == 0) {
      throw new RequestProblem.NotFound("user", user.toString()).exception();
    }
  }
}
