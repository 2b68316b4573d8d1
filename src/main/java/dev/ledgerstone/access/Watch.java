package dev.ledgerstone.access;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.schema.tables.records.UserSessionsRecord;
import dev.ledgerstone.problem.Problem;
import io.helidon.webserver.http.ServerRequest;
import org.jooq.DSLContext;

/** Whoever looks out for what is odd about those who come. Each method is quick, and none fails. */
public interface Watch {
  /** Nobody does. */
  Watch NOBODY = new Watch() {};

  /** Where a request comes from, as far as anybody knows. */
  default Location locate(ServerRequest request) {
    return Location.UNKNOWN;
  }

  /** A request was made by a key. */
  default void used(Caller caller, Caller.KeyInfo key, String address, ServerRequest request) {}

  /** A caller's request ended in a problem. */
  default void refused(Caller caller, String address, Problem problem) {}

  /** A key was refused for the address that it came from. */
  default void addressRefused(Caller caller, String address) {}

  /** Somebody could not sign in; told in the transaction that writes it down. */
  default void signInFailed(DSLContext sql, Actor actor) {}

  /** Somebody signed in; told in the transaction that begins the session. */
  default void signedIn(DSLContext sql, Actor actor, UserSessionsRecord session) {}
}
