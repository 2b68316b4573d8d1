package dev.ledgerstone.access;

import java.util.List;
import java.util.Optional;

/**
 * By which OpenID Connect provider people sign in, and what becomes of them.
 *
 * @param issuer the provider
 * @param secret empty: this server is a public client there, which PKCE alone protects
 * @param publicUrl under which browsers reach this server, without a slash at the end
 * @param tenant whose users sign in so, by its slug
 * @param roles the first whose group a person is in is their role; empty: roles are not touched
 * @param provisions whether a person whom the tenant does not know becomes a user
 */
public record OidcRules(
    String issuer,
    String clientId,
    String secret,
    String publicUrl,
    List<String> scopes,
    String tenant,
    String groupClaim,
    List<GroupRole> roles,
    boolean provisions) {
  /** A group of the provider's, and the role of who is in it. */
  public record GroupRole(String group, String role) {
    /** Reads {@code group=ROLE}. */
    public static GroupRole of(String text) {
      int sign = text.lastIndexOf('=');
      return new GroupRole(text.substring(0, sign).strip(), text.substring(sign + 1).strip());
    }
  }

  public OidcRules {
    scopes = List.copyOf(scopes);
    roles = List.copyOf(roles);
  }

  /** Where the provider sends browsers back to. */
  String callback() {
    return publicUrl + "/api/v1/oidc/callback";
  }

  Optional<String> role(List<String> groups) {
    return roles.stream()
        .filter(each -> groups.contains(each.group))
        .map(GroupRole::role)
        .findFirst();
  }

  /** Holds a secret: never shown. */
  @Override
  public String toString() {
    return "OidcRules[" + issuer + "]";
  }
}
