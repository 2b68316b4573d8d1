package dev.ledgerstone.access;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.function.BiPredicate;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What a caller hands on never exceeds what the caller has: a key's scopes, models, addresses and
 * end of validity narrow those of the key that made it, and nobody acts for, or makes, a user above
 * themself.
 */
final class Narrowing {
  private final Caller caller;

  /** The caller's own key; null for a call by session. */
  private final KeyStore.@Nullable Key own;

  Narrowing(Caller caller, KeyStore.@Nullable Key own) {
    this.caller = caller;
    this.own = own;
  }

  /** OWNER stands above ADMIN, ADMIN above all others. */
  private static int rank(String role) {
    return switch (role) {
      case "OWNER" -> 2;
      case "ADMIN" -> 1;
      default -> 0;
    };
  }

  /** Refuses to make, change or act for a user whose role stands above the caller's. */
  static void requireRank(Caller caller, String role) {
    if (rank(role) > rank(caller.role())) {
      throw new AccessProblem.Forbidden("role " + role).exception();
    }
  }

  /** Refuses to give somebody a role that may do what the caller may not. */
  static void requireRole(DSLContext sql, Caller caller, String role) {
    if (!Roles.grants(sql, caller.tenant().id(), role).stream().allMatch(caller::has)) {
      throw new AccessProblem.Forbidden("all that role " + role + " may do").exception();
    }
  }

  /**
   * The wish with what it leaves open taken from the caller's key; refuses one that asks for more.
   */
  KeyStore.Wish narrow(KeyStore.Wish wish) {
    if (own == null) {
      return wish;
    }
    KeyStore.Wish narrowed =
        new KeyStore.Wish(
            wish.name(),
            wish.user(),
            wish.scopes(),
            wish.allowedModels() == null ? strings(own.allowedModels()) : wish.allowedModels(),
            wish.allowedIps() == null ? strings(own.allowedIps()) : wish.allowedIps(),
            own.rateLimits() == null ? wish.rateLimits() : own.rateLimits(),
            wish.expiresAt() == null ? own.expiresAt() : wish.expiresAt(),
            wish.secret());
    check(narrowed.scopes(), narrowed.allowedModels(), narrowed.allowedIps(), narrowed.expiresAt());
    return narrowed;
  }

  /** Refuses a key that may do more than the caller's: its new secret would widen the caller. */
  void requireWithin(KeyStore.Key key) {
    check(
        KeyStore.strings(key.scopes()),
        strings(key.allowedModels()),
        strings(key.allowedIps()),
        key.expiresAt());
  }

  private void check(
      List<String> scopes,
      @Nullable List<String> models,
      @Nullable List<String> ips,
      @Nullable Instant expiresAt) {
    for (String scope : scopes) {
      Permission wanted = Permission.of(scope);
      if (caller.scopes().stream().noneMatch(has -> has.grants(wanted))) {
        throw exceeds("scopes");
      }
    }
    if (own != null) {
      // A star of the narrower pattern is matched as a letter: only a star covers it.
      within("allowed_models", strings(own.allowedModels()), models, Wildcard::matches);
      within(
          "allowed_ips",
          strings(own.allowedIps()),
          ips,
          (wide, narrow) -> AddressBlock.of(wide).covers(AddressBlock.of(narrow)));
      if (own.expiresAt() != null && (expiresAt == null || expiresAt.isAfter(own.expiresAt()))) {
        throw exceeds("expires_at");
      }
    }
  }

  private static void within(
      String field,
      @Nullable List<String> wide,
      @Nullable List<String> narrow,
      BiPredicate<String, String> covers) {
    if (wide != null
        && (narrow == null
            || !narrow.stream()
                .allMatch(each -> wide.stream().anyMatch(has -> covers.test(has, each))))) {
      throw exceeds(field);
    }
  }

  private static @Nullable List<String> strings(@Nullable JsonNode list) {
    return list == null || list.isNull() ? null : KeyStore.strings(list);
  }

  private static ProblemException exceeds(String field) {
    return new RequestProblem.Invalid(
            field,
            field + " exceeds that of the key which asks",
            "ask for no more than it has, or use a key that has more")
        .exception();
  }
}
