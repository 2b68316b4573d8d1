package dev.ledgerstone.cli;

import dev.ledgerstone.access.Access;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.OidcRules;
import dev.ledgerstone.access.SignInRules;
import dev.ledgerstone.security.Geography;
import dev.ledgerstone.security.Sentinel;
import dev.ledgerstone.settings.Settings;
import io.helidon.webserver.http.HttpService;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is calling, and who watches for those who should not. */
final class AccessWiring {
  private final Foundation on;
  private final Geography geography;
  private final Access access;

  AccessWiring(Foundation on) {
    Settings settings = on.settings();
    this.on = on;
    geography =
        on.add(
            Geography.of(settings.security().geoDatabase(), settings.security().countryHeader()));
    Sentinel sentinel = on.add(new Sentinel(on.database(), geography, on.clock()).start());
    access = on.add(new Access(on.database(), signInRules(settings), sentinel, on.clock()));
    identity().whenWriting(on.replicas()::write);
  }

  Access access() {
    return access;
  }

  Identity identity() {
    return access.identity();
  }

  Geography geography() {
    return geography;
  }

  /**
   * @param changed to be told when a row changed that nodes hold in memory
   */
  List<HttpService> routes(Runnable changed) {
    return access.routes(changed, on.vault(), oidc(on.settings().oidc(), on.settings().server()));
  }

  static SignInRules signInRules(Settings settings) {
    return new SignInRules(
        settings.sessions().idle(),
        settings.sessions().longest(),
        settings.signIn().lockAfter(),
        settings.signIn().lockTime(),
        settings.signIn().attemptsPerMinute(),
        settings.signIn().shortestPassword());
  }

  private static @Nullable OidcRules oidc(Settings.Oidc oidc, Settings.Server server) {
    String issuer = oidc.issuer();
    if (issuer == null) {
      return null;
    }
    String publicUrl = oidc.publicUrl();
    return new OidcRules(
        issuer,
        oidc.clientId(),
        oidc.clientSecret(),
        publicUrl == null ? "http://" + server.host() + ":" + server.port() : publicUrl,
        oidc.scopes(),
        oidc.tenant(),
        oidc.groupClaim(),
        oidc.roles().stream().map(OidcRules.GroupRole::of).toList(),
        oidc.provision());
  }
}
