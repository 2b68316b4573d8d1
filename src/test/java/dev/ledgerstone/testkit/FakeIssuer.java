package dev.ledgerstone.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ledgerstone.base.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An OpenID Connect provider with a key of its own, on a real socket. Keeps to the protocol: a code
 * works once, for the client, address and PKCE verifier that it was given for.
 */
public final class FakeIssuer implements AutoCloseable {
  /** What can be wrong with an ID token. */
  public enum Fault {
    NONCE,
    ISSUER,
    AUDIENCE,
    EXPIRED,
    OTHER_KEY,
    UNSIGNED,
    SHARED_SECRET
  }

  private record Asked(String challenge, String nonce, String redirect) {}

  private final HttpServer server;
  private final RSAKey key = key("own");
  private final String client;
  private final String secret;
  private final Map<String, Asked> codes = new ConcurrentHashMap<>();
  private final AtomicInteger redeemed = new AtomicInteger();
  private volatile Map<String, Object> claims = Map.of();
  private volatile @Nullable Fault fault;

  public FakeIssuer(String client, String secret) {
    this.client = client;
    this.secret = secret;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/.well-known/openid-configuration", exchange -> json(exchange, 200, description()));
    server.createContext(
        "/jwks", exchange -> json(exchange, 200, new JWKSet(key.toPublicJWK()).toString()));
    server.createContext("/authorize", this::authorize);
    server.createContext("/token", this::token);
    server.start();
  }

  private static RSAKey key(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Who sits at the browser. */
  public void person(String email, boolean isVerified, String name, List<String> groups) {
    claims =
        Map.of(
            "email", email,
            "email_verified", isVerified,
            "preferred_username", name,
            "groups", groups);
  }

  public void fault(Fault wanted) {
    fault = wanted;
  }

  /** How many codes were redeemed. */
  public int redeemed() {
    return redeemed.get();
  }

  private String description() {
    return """
        {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize","token_endpoint":"%1$s/token",
        "jwks_uri":"%1$s/jwks","subject_types_supported":["public"],"response_types_supported":["code"],
        "id_token_signing_alg_values_supported":["RS256"]}"""
        .formatted(url());
  }

  private void authorize(HttpExchange exchange) throws IOException {
    Map<String, String> query = form(exchange.getRequestURI().getRawQuery());
    if (!client.equals(query.get("client_id"))
        || !"code".equals(query.get("response_type"))
        || !"S256".equals(query.get("code_challenge_method"))
        || !query.getOrDefault("scope", "").contains("openid")) {
      json(exchange, 400, "{\"error\":\"invalid_request\"}");
      return;
    }
    String code = Ids.next().toString();
    String redirect = query.getOrDefault("redirect_uri", "");
    codes.put(
        code,
        new Asked(
            query.getOrDefault("code_challenge", ""), query.getOrDefault("nonce", ""), redirect));
    exchange
        .getResponseHeaders()
        .add("Location", redirect + "?code=" + code + "&state=" + query.get("state"));
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> form = form(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    Asked asked = codes.remove(form.getOrDefault("code", ""));
    if (asked == null
        || !asked.redirect.equals(form.get("redirect_uri"))
        || !asked.challenge.equals(challenge(form.getOrDefault("code_verifier", "")))
        || !isClient(exchange.getRequestHeaders().getFirst("Authorization"))) {
      json(exchange, 400, "{\"error\":\"invalid_grant\"}");
      return;
    }
    redeemed.incrementAndGet();
    try {
      json(
          exchange,
          200,
          "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"%s\"}"
              .formatted(idToken(asked)));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean isClient(@Nullable String authorization) {
    if (authorization == null || !authorization.startsWith("Basic ")) {
      return false;
    }
    String[] parts =
        new String(Base64.getDecoder().decode(authorization.substring(6)), UTF_8).split(":", 2);
    return client.equals(URLDecoder.decode(parts[0], UTF_8))
        && secret.equals(URLDecoder.decode(parts[1], UTF_8));
  }

  private static String challenge(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String idToken(Asked asked) throws JOSEException {
    Instant now = Instant.now();
    Instant end = fault == Fault.EXPIRED ? now.minusSeconds(3600) : now.plusSeconds(300);
    JWTClaimsSet.Builder builder =
        new JWTClaimsSet.Builder()
            .issuer(fault == Fault.ISSUER ? "https://evil.example" : url())
            .audience(fault == Fault.AUDIENCE ? "another client" : client)
            .subject("person-1")
            .issueTime(Date.from(end.minusSeconds(300)))
            .expirationTime(Date.from(end))
            .claim("nonce", fault == Fault.NONCE ? "another" : asked.nonce);
    claims.forEach(builder::claim);
    JWTClaimsSet all = builder.build();
    if (fault == Fault.UNSIGNED) {
      return new PlainJWT(all).serialize();
    }
    if (fault == Fault.SHARED_SECRET) {
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), all);
      token.sign(new MACSigner((secret + "0123456789abcdef0123456789abcdef").getBytes(UTF_8)));
      return token.serialize();
    }
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("own").build(), all);
    token.sign(new RSASSASigner(fault == Fault.OTHER_KEY ? key("own") : key));
    return token.serialize();
  }

  private static Map<String, String> form(@Nullable String text) {
    Map<String, String> fields = new HashMap<>();
    for (String pair : (text == null ? "" : text).split("&")) {
      int sign = pair.indexOf('=');
      if (sign > 0) {
        fields.put(
            URLDecoder.decode(pair.substring(0, sign), UTF_8),
            URLDecoder.decode(pair.substring(sign + 1), UTF_8));
      }
    }
    return fields;
  }

  private static void json(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
