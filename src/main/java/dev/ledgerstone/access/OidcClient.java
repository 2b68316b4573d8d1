package dev.ledgerstone.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Talks to the provider: the authorization code flow, with PKCE, of OpenID Connect Core 1.0. */
final class OidcClient {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int RETRY_SECONDS = 5;
  private static final long METADATA_NANOS = Duration.ofHours(1).toNanos();

  /** Signatures by a key that the provider alone has; never {@code none}, nor a shared secret. */
  private static final Set<JWSAlgorithm> SIGNATURES =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  /**
   * A sign-in under way: what its browser must bring back, sealed in a cookie.
   *
   * @param verifier by which PKCE proves that who redeems the code is who asked for it
   */
  record Pending(String state, String nonce, String verifier) {
    static Pending fresh() {
      return new Pending(
          new State().getValue(), new Nonce().getValue(), new CodeVerifier().getValue());
    }
  }

  /**
   * Who the provider says they are.
   *
   * @param email that the provider has verified; empty: it has not
   */
  record Person(Optional<String> email, Optional<String> name, List<String> groups) {}

  private record Fetched(OIDCProviderMetadata metadata, long atNanos) {}

  private final OidcRules rules;
  private volatile @Nullable Fetched fetched;

  OidcClient(OidcRules rules) {
    this.rules = rules;
  }

  /** Where to send the browser. */
  URI loginPage(Pending pending) {
    return new AuthenticationRequest.Builder(
            ResponseType.CODE,
            new Scope(rules.scopes().toArray(String[]::new)),
            new ClientID(rules.clientId()),
            URI.create(rules.callback()))
        .endpointURI(metadata().getAuthorizationEndpointURI())
        .state(new State(pending.state))
        .nonce(new Nonce(pending.nonce))
        .codeChallenge(new CodeVerifier(pending.verifier), CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  /** Redeems the code with which the browser came back, and reads who it is. */
  Person redeem(String code, Pending pending) {
    try {
      JWT token = token(code, pending);
      return person(verify(token, pending));
    } catch (IOException e) {
      throw gone(e);
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new AccessProblem.SignInBroken("the provider's answer does not hold").exception(e);
    }
  }

  private JWT token(String code, Pending pending) throws IOException, ParseException {
    AuthorizationCodeGrant grant =
        new AuthorizationCodeGrant(
            new AuthorizationCode(code),
            URI.create(rules.callback()),
            new CodeVerifier(pending.verifier));
    ClientID client = new ClientID(rules.clientId());
    URI endpoint = metadata().getTokenEndpointURI();
    HTTPRequest request =
        (rules.secret().isEmpty()
                ? new TokenRequest.Builder(endpoint, client, grant)
                : new TokenRequest.Builder(
                    endpoint, new ClientSecretBasic(client, new Secret(rules.secret())), grant))
            .build()
            .toHTTPRequest();
    request.setConnectTimeout(TIMEOUT_MILLIS);
    request.setReadTimeout(TIMEOUT_MILLIS);
    TokenResponse answer = OIDCTokenResponseParser.parse(request.send());
    if (!(answer instanceof OIDCTokenResponse tokens)) {
      throw new AccessProblem.SignInBroken("the provider does not know the code").exception();
    }
    JWT token = tokens.getOIDCTokens().getIDToken();
    if (token == null) {
      throw new AccessProblem.SignInBroken("the provider gave no ID token").exception();
    }
    return token;
  }

  /** Signature, issuer, audience, times and nonce: OpenID Connect Core, section 3.1.3.7. */
  private IDTokenClaimsSet verify(JWT token, Pending pending)
      throws BadJOSEException, JOSEException, MalformedURLException {
    if (!(token.getHeader().getAlgorithm() instanceof JWSAlgorithm algorithm)
        || !SIGNATURES.contains(algorithm)) {
      throw new AccessProblem.SignInBroken("the ID token is not signed as it must be").exception();
    }
    OIDCProviderMetadata metadata = metadata();
    return new IDTokenValidator(
            metadata.getIssuer(),
            new ClientID(rules.clientId()),
            algorithm,
            metadata.getJWKSetURI().toURL())
        .validate(token, new Nonce(pending.nonce));
  }

  private Person person(IDTokenClaimsSet claims) {
    String email = claims.getStringClaim("email");
    Boolean isVerified = claims.getBooleanClaim("email_verified");
    List<String> groups = claims.getStringListClaim(rules.groupClaim());
    String group = groups == null ? claims.getStringClaim(rules.groupClaim()) : null;
    return new Person(
        Boolean.TRUE.equals(isVerified) ? Optional.ofNullable(email) : Optional.empty(),
        Optional.ofNullable(claims.getStringClaim("preferred_username")),
        groups != null ? List.copyOf(groups) : group != null ? List.of(group) : List.of());
  }

  /** The provider's own description, kept for an hour. */
  private OIDCProviderMetadata metadata() {
    Fetched known = fetched;
    if (known == null || System.nanoTime() - known.atNanos > METADATA_NANOS) {
      known = new Fetched(fetch(), System.nanoTime());
      fetched = known;
    }
    return known.metadata;
  }

  private OIDCProviderMetadata fetch() {
    try {
      try {
        return resolve(rules.issuer());
      } catch (GeneralException _) {
        return resolve(rules.issuer() + "/"); // some call themselves so, and settings drop it
      }
    } catch (GeneralException | IOException e) {
      throw gone(e);
    }
  }

  private static OIDCProviderMetadata resolve(String issuer) throws GeneralException, IOException {
    return OIDCProviderMetadata.resolve(new Issuer(issuer), TIMEOUT_MILLIS, TIMEOUT_MILLIS);
  }

  private static ProblemException gone(Exception cause) {
    return new RequestProblem.Unavailable("the sign-in provider", RETRY_SECONDS).exception(cause);
  }
}
