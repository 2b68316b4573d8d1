package dev.ledgerstone.access;

import dev.ledgerstone.problem.Problem;
import java.util.Map;

/** Failures of identity and permission. */
public sealed interface AccessProblem extends Problem {
  /** No key was sent. */
  record NoKey() implements AccessProblem {}

  /** A key that is not known, was revoked, or has expired: the answers are the same on purpose. */
  record BadKey() implements AccessProblem {}

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
      case NoKey _, BadKey _ -> 401;
      case Inactive _, Forbidden _, ModelNotAllowed _, AddressNotAllowed _ -> 403;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case NoKey _ -> "missing_api_key";
      case BadKey _ -> "invalid_api_key";
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
      case Inactive _ -> "ask an administrator of the server";
      case Forbidden _ -> "use a key whose scopes, and whose user's role, include it";
      case ModelNotAllowed _ -> "use a model of the key's allowed_models, or have it added there";
      case AddressNotAllowed _ ->
          "call from an address of the key's allowed_ips, or have this one added there";
    };
  }

  @Override
  default Map<String, String> headers() {
    return status() == 401 ? Map.of("WWW-Authenticate", "Bearer realm=\"ledgerstone\"") : Map.of();
  }
}
