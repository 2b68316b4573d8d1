package dev.ledgerstone.access;

import dev.ledgerstone.problem.Problem;
import java.util.Map;

/** Failures of identity and permission. */
public sealed interface AccessProblem extends Problem {
  /** No key was sent. */
  record NoKey() implements AccessProblem {}

  /** A key that is not known, was revoked, or has expired: the answers are the same on purpose. */
  record BadKey() implements AccessProblem {}

  /** A session that is not known, was ended, or is over: the answers are the same on purpose. */
  record BadSession() implements AccessProblem {}

  /**
   * A wrong password; or no such user or tenant, or an account that rests after failures: the
   * answers are the same on purpose.
   */
  record BadCredentials() implements AccessProblem {}

  /** A sign-in by a provider that does not fit together. */
  record SignInBroken(String what) implements AccessProblem {}

  /** Somebody whom the provider knows, and this server does not let in. */
  record UnknownPerson(String why) implements AccessProblem {}

  /** Too many attempts to sign in from one address. */
  record TooManyAttempts(long retryAfterSeconds) implements AccessProblem {}

  /** A request that a browser made for another site, with the cookie of this one. */
  record CrossSite() implements AccessProblem {}

  /** Something that a person does who has signed in, asked for by a key. */
  record SessionNeeded() implements AccessProblem {}

  /** A tenant that was suspended or closed, or a user who was deactivated. */
  record Inactive(String what) implements AccessProblem {}

  /** The caller may not do this. */
  record Forbidden(String permission) implements AccessProblem {}

  /** The key may not call this model. */
  record ModelNotAllowed(String model) implements AccessProblem {}

  /** The key may not be used from this address. */
  record AddressNotAllowed(String address) implements AccessProblem {}

  @Override
  default int status() {
    return switch (this) {
      case SignInBroken _ -> 400;
      case NoKey _, BadKey _, BadSession _, BadCredentials _ -> 401;
      case TooManyAttempts _ -> 429;
      case Inactive _,
          Forbidden _,
          ModelNotAllowed _,
          AddressNotAllowed _,
          CrossSite _,
          SessionNeeded _,
          UnknownPerson _ ->
          403;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case NoKey _ -> "missing_api_key";
      case BadKey _ -> "invalid_api_key";
      case BadSession _ -> "invalid_session";
      case BadCredentials _ -> "invalid_credentials";
      case SignInBroken _ -> "sign_in_broken";
      case UnknownPerson _ -> "unknown_person";
      case TooManyAttempts _ -> "too_many_attempts";
      case CrossSite _ -> "cross_site_request";
      case SessionNeeded _ -> "session_needed";
      case Inactive _ -> "account_inactive";
      case Forbidden _ -> "insufficient_permissions";
      case ModelNotAllowed _ -> "model_not_allowed";
      case AddressNotAllowed _ -> "address_not_allowed";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case NoKey _ -> "no API key was sent";
      case BadKey _ -> "the API key is not valid";
      case BadSession _ -> "the session is not valid";
      case BadCredentials _ -> "the user or the password is not right";
      case SignInBroken(String what) -> "the sign-in failed: " + what;
      case UnknownPerson(String why) -> "the person " + why;
      case TooManyAttempts _ -> "there were too many attempts to sign in from this address";
      case CrossSite _ -> "a browser asked this for another site";
      case SessionNeeded _ -> "a key cannot do this";
      case Inactive(String what) -> "the " + what + " of this key is not active";
      case Forbidden(String permission) -> "this needs the permission " + permission;
      case ModelNotAllowed(String model) -> "this key may not call model " + model;
      case AddressNotAllowed(String address) -> "this key may not be used from " + address;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case NoKey _ -> "send it as Authorization: Bearer lsk_…, x-api-key or apikey";
      case BadKey _ -> "check that it was copied whole, and was neither revoked nor has expired";
      case BadSession _ ->
          "sign in again; sessions end when nobody uses them, and when they are ended";
      case BadCredentials _ ->
          "check tenant, name and password; after several failures an account rests for a while";
      case SignInBroken _ -> "begin again at /api/v1/oidc/login";
      case UnknownPerson _ ->
          "ask an administrator: users are matched by their e-mail address, and oidc.provision and oidc.roles"
              + " say who else gets in";
      case TooManyAttempts _ -> "try again after the time in Retry-After";
      case CrossSite _ ->
          "call from a page of this server; programs send the token as Authorization: Bearer, not as a cookie";
      case SessionNeeded _ -> "sign in with POST /api/v1/sessions, and use the session's token";
      case Inactive _ -> "ask an administrator of the server";
      case Forbidden _ -> "use a key whose scopes, and whose user's role, include it";
      case ModelNotAllowed _ -> "use a model of the key's allowed_models, or have it added there";
      case AddressNotAllowed _ ->
          "call from an address of the key's allowed_ips, or have this one added there";
    };
  }

  @Override
  default Map<String, String> headers() {
    if (this instanceof TooManyAttempts(long seconds)) {
      return Map.of("Retry-After", Long.toString(seconds));
    }
    return status() == 401 ? Map.of("WWW-Authenticate", "Bearer realm=\"ledgerstone\"") : Map.of();
  }
}
