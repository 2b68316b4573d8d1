package dev.ledgerstone.gateway.limits;

import java.net.InetAddress;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whom a policy holds. */
public enum SubjectKind {
  TENANT,
  USER,
  API_KEY,
  IP,
  MODEL,
  /** Every call that the policy's owner may limit, in one bucket. */
  GLOBAL;

  /** The one subject of {@link #GLOBAL}. */
  private static final String ALL = "";

  /** As it stands in the names of policies. */
  String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * A policy's subject as {@link #of} gives it, so that the two are equal.
   *
   * @throws IllegalArgumentException if the text names no subject of this kind
   */
  Object parse(String subject) {
    return switch (this) {
      case TENANT, USER, API_KEY -> UUID.fromString(subject);
      case IP -> InetAddress.ofLiteral(subject).getHostAddress();
      case MODEL -> subject;
      case GLOBAL -> ALL;
    };
  }

  /** Whether responses in the background are counted by it. */
  boolean hasResponses() {
    return switch (this) {
      case TENANT, USER, API_KEY -> true;
      case IP, MODEL, GLOBAL -> false;
    };
  }

  /** The first 64 bits of an address of IPv6: what one subscriber is given at least. */
  static String network(String ip) {
    int zone = ip.indexOf('%');
    byte[] address = InetAddress.ofLiteral(zone < 0 ? ip : ip.substring(0, zone)).getAddress();
    if (address.length != 16) {
      return ip; // one of IPv4 in IPv6's dress
    }
    StringBuilder network = new StringBuilder(24);
    for (int i = 0; i < 8; i += 2) {
      int group = ((address[i] & 0xff) << 8) | (address[i + 1] & 0xff);
      network.append(Integer.toHexString(group)).append(':');
    }
    return network.append(":/64").toString();
  }

  /** The subject of this kind that a call has; null: it has none. */
  @Nullable Object of(Subjects subjects) {
    return switch (this) {
      case TENANT -> subjects.tenant();
      case USER -> subjects.user();
      case API_KEY -> subjects.apiKey();
      case IP -> subjects.ip();
      case MODEL -> subjects.model();
      case GLOBAL -> ALL;
    };
  }
}
