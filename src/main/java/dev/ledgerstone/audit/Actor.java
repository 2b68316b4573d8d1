package dev.ledgerstone.audit;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a change, and from where.
 *
 * @param tenant in whose log the change is written
 * @param user who acts, in person or by a program; null: nobody whom the tenant knows
 * @param key by which the user came; null: by session
 * @param request the HTTP request's id, as {@code x-request-id} tells it
 */
public record Actor(
    UUID tenant,
    Kind kind,
    @Nullable UUID user,
    @Nullable UUID key,
    @Nullable UUID session,
    @Nullable UUID request,
    @Nullable String ip,
    @Nullable String userAgent) {
  private static final int LONGEST_AGENT = 500;

  /** What stands behind a change. */
  public enum Kind {
    /** A person or a program, by session or key. */
    USER,
    /** The server itself. */
    SYSTEM,
    /** Somebody at the server's command line. */
    COMMAND,
    /** The configuration file, at start. */
    CONFIGURATION,
    /** Nobody who has signed in. */
    ANONYMOUS
  }

  public Actor {
    userAgent = userAgent == null ? null : Redaction.text(shortened(userAgent));
  }

  private static String shortened(String agent) {
    return agent.length() <= LONGEST_AGENT ? agent : agent.substring(0, LONGEST_AGENT);
  }

  /** Somebody at the command line: of them only the system's name is known. */
  public static Actor command(UUID tenant) {
    return without(
        tenant, Kind.COMMAND, "ledgerstone, run by " + System.getProperty("user.name", "somebody"));
  }

  /** The configuration file. */
  public static Actor configuration(UUID tenant) {
    return without(tenant, Kind.CONFIGURATION, null);
  }

  /** The server itself. */
  public static Actor system(UUID tenant) {
    return without(tenant, Kind.SYSTEM, null);
  }

  private static Actor without(UUID tenant, Kind kind, @Nullable String agent) {
    return new Actor(tenant, kind, null, null, null, null, null, agent);
  }

  /** The same in the log of another tenant. */
  public Actor in(UUID other) {
    return new Actor(other, kind, user, key, session, request, ip, userAgent);
  }
}
