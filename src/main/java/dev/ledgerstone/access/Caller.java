package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request, and what they may do.
 *
 * @param tenant whose rows the request sees, and no others
 * @param role of the user: OWNER, ADMIN, MEMBER, VIEWER, SERVICE or one of the tenant's own
 * @param grants of the role
 * @param scopes to which the key narrows them
 * @param key null for a call by session
 * @param session null for a call by key
 * @param allowedModels patterns with *; null: every model
 */
public record Caller(
    TenantInfo tenant,
    UUID user,
    String username,
    String role,
    List<Grant> grants,
    List<Permission> scopes,
    @Nullable KeyInfo key,
    @Nullable UUID session,
    @Nullable List<String> allowedModels) {
  /** What of the tenant a request must know. */
  public record TenantInfo(
      UUID id, String slug, String timezone, String requestBodies, int requestBodyDays) {
    static TenantInfo of(Record row) {
      return new TenantInfo(
          row.get(TENANTS.ID),
          row.get(TENANTS.SLUG),
          row.get(TENANTS.TIMEZONE),
          row.get(TENANTS.REQUEST_BODIES),
          row.get(TENANTS.REQUEST_BODY_DAYS));
    }
  }

  /** The key that was used; its prefix is what logs may show. */
  public record KeyInfo(UUID id, String name, String prefix) {}

  /** A permission of the role, for all rows of the tenant or the caller's own. */
  public record Grant(Permission permission, boolean ownRowsOnly) {}

  public Caller {
    grants = List.copyOf(grants);
    scopes = List.copyOf(scopes);
  }

  /**
   * The user whose rows alone the caller may see under a permission; empty: all of the tenant's.
   * Refuses who has none.
   */
  public Optional<UUID> require(Permission wanted) {
    if (!isInScope(wanted)) {
      throw new AccessProblem.Forbidden(wanted.toString()).exception();
    }
    boolean own = false;
    for (Grant grant : grants) {
      if (grant.permission.grants(wanted)) {
        if (!grant.ownRowsOnly) {
          return Optional.empty();
        }
        own = true;
      }
    }
    if (!own) {
      throw new AccessProblem.Forbidden(wanted.toString()).exception();
    }
    return Optional.of(user);
  }

  /** Whether the caller may do this to any row at all. */
  public boolean may(Permission wanted) {
    if (isInScope(wanted)) {
      for (Grant grant : grants) {
        if (grant.permission.grants(wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Plain loops here and above: every request asks several times. */
  private boolean isInScope(Permission wanted) {
    for (Permission scope : scopes) {
      if (scope.grants(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Whether all that a grant gives is the caller's to give. */
  boolean has(Grant wanted) {
    return isInScope(wanted.permission)
        && grants.stream()
            .anyMatch(
                grant ->
                    grant.permission.grants(wanted.permission)
                        && (!grant.ownRowsOnly || wanted.ownRowsOnly));
  }

  /** Whether the caller may do this to rows of a user. */
  public boolean may(Permission wanted, UUID owner) {
    return isInScope(wanted)
        && grants.stream()
            .anyMatch(
                grant ->
                    grant.permission.grants(wanted) && (!grant.ownRowsOnly || owner.equals(user)));
  }

  /** Refuses a model that the key does not allow; the name as the caller wrote it. */
  public void requireModel(String model) {
    if (allowedModels != null
        && allowedModels.stream().noneMatch(pattern -> Wildcard.matches(pattern, model))) {
      throw new AccessProblem.ModelNotAllowed(model).exception();
    }
  }

  /** Whether the key allows a model. */
  public boolean allowsModel(String model) {
    return allowedModels == null
        || allowedModels.stream().anyMatch(pattern -> Wildcard.matches(pattern, model));
  }
}
