package dev.ledgerstone.access;

import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;

/**
 * Which rows a caller reaches under a permission: the tenant's, or of them those of one user. Its
 * predicate stands in every query of the API.
 *
 * @param owner empty: all of the tenant's
 */
public record Sight(UUID tenant, Optional<UUID> owner) {
  /** Refuses who does not have the permission at all. */
  public static Sight of(Caller caller, Permission wanted) {
    return new Sight(caller.tenant().id(), caller.require(wanted));
  }

  /** The tenant of a caller who may do something to all of its rows: for what is nobody's own. */
  public static UUID wholeTenant(Caller caller, Permission wanted) {
    if (of(caller, wanted).owner.isPresent()) {
      throw new AccessProblem.Forbidden(wanted + " for all rows").exception();
    }
    return caller.tenant().id();
  }

  public Condition rows(Field<UUID> tenantColumn, Field<UUID> userColumn) {
    Condition ofTenant = tenantColumn.eq(tenant);
    return owner.map(user -> ofTenant.and(userColumn.eq(user))).orElse(ofTenant);
  }

  /** Whether a user's rows are among them. */
  public boolean reaches(UUID user) {
    return owner.isEmpty() || owner.get().equals(user);
  }
}
