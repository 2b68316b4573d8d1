package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.state.TestRedis;
import dev.ledgerstone.testkit.Script;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits as callers of a started server meet them, wherever buckets and rows are kept. */
@ParameterizedClass
@EnumSource(LimitedCallsTest.Place.class)
class LimitedCallsTest {
  enum Place {
    SQLITE(Engine.SQLITE, false),
    POSTGRES(Engine.POSTGRES, false),
    POSTGRES_AND_REDIS(Engine.POSTGRES, true);

    private final Engine engine;
    private final boolean isRedis;

    Place(Engine engine, boolean isRedis) {
      this.engine = engine;
      this.isRedis = isRedis;
    }
  }

  private static final Pattern QUOTA = Pattern.compile("q=([0-9]+)");

  private final House house;
  private final @Nullable TestRedis redis;

  LimitedCallsTest(Place place) throws Exception {
    house = new House(place.engine).hardBudget("wide", 1_000_000 * House.CALL);
    redis = place.isRedis ? TestRedis.start() : null;
    if (redis != null) {
      house.set("state.url", redis.url());
    }
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
    if (redis != null) {
      redis.close();
    }
  }

  private static String inserted(Client client, String table, String row)
      throws InterruptedException {
    Reply made = client.post("/rest/v1/" + table, row, Map.of("Prefer", "return=representation"));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    return made.json().path(0).path("id").asText();
  }

  @Test
  void aQuotaIsHalvedWhileCallsFailAndTheCallerIsToldSo() throws Exception {
    Client client = house.client(house.open());
    inserted(
        client,
        "rate_limit_policies",
        "{\"subject_kind\":\"API_KEY\",\"quota\":1000,\"window_millis\":60000,"
            + "\"dynamic_adjustment\":{\"min\":0.25,\"failures\":0.5}}");
    Await.until(
        "the policy holds", Duration.ofSeconds(10), () -> quota(call(client)).equals("1000"));

    house.upstream.on("n", Script.htmlError());
    List<Reply> failed = Crowd.of(120, _ -> client.ask(Ask.of("priced")));
    assertThat(failed).allMatch(reply -> reply.status() == 500);
    house.upstream.on("n", Script.answer());

    assertThat(quota(call(client))).isEqualTo("500");
  }

  private static Reply call(Client client) {
    try {
      return client.ask(Ask.of("priced"));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String quota(Reply reply) {
    Matcher quota = QUOTA.matcher(reply.headers().getOrDefault("ratelimit-policy", ""));
    return quota.find() ? quota.group(1) : "";
  }

  @Test
  void aBypassNeedsAReasonLiftsLimitsAndEndsByItself() throws Exception {
    house.has("limits", "{ subject: API_KEY, quota: 2, window: 1h }");
    Client client = house.client(house.open());
    assertThat(Crowd.of(3, _ -> client.ask(Ask.of("priced"))))
        .extracting(Reply::status)
        .containsExactlyInAnyOrder(200, 200, 429);
    String key =
        client.get("/rest/v1/api_keys?select=id&name=eq.one").json().path(0).path("id").asText();
    Instant until = Instant.now().plusSeconds(4).truncatedTo(ChronoUnit.MILLIS);
    String row =
        "{\"subject_kind\":\"API_KEY\",\"subject\":\"%s\",\"until\":\"%s\"}".formatted(key, until);
    assertThat(client.post("/rest/v1/rate_limit_bypasses", row, Map.of()).status())
        .as("without a reason")
        .isEqualTo(400);

    inserted(
        client, "rate_limit_bypasses", row.replaceFirst("\\{", "{\"reason\":\"a load test\","));

    Await.until("the bypass holds", Duration.ofSeconds(3), () -> call(client).status() == 200);
    Await.until("it ended by itself", Duration.ofSeconds(15), () -> call(client).status() == 429);
    assertThat(Instant.now()).isAfterOrEqualTo(until);
  }

  @Test
  void eachAddressBehindATrustedProxyHasAQuotaAndNobodyElseNamesOne() throws Exception {
    house.has("limits", "{ subject: IP, quota: 2, window: 1h }");
    house.set("server.trusted_proxies", "127.0.0.1");
    Client proxied = house.client(house.open());

    for (String address : List.of("203.0.113.1", "203.0.113.2", "2001:db8::1")) {
      Ask ask = Ask.of("priced").with("X-Forwarded-For", address);
      assertThat(List.of(proxied.ask(ask).status(), proxied.ask(ask).status())).containsOnly(200);
      assertThat(proxied.ask(ask).status()).as(address).isEqualTo(429);
    }
    assertThat(proxied.ask(Ask.of("priced").with("X-Forwarded-For", "2001:db8::2")).status())
        .as("another address of the same network of IPv6")
        .isEqualTo(429);

    house.set("server.trusted_proxies", "192.0.2.1");
    Client direct = house.client(house.open());
    int limited = 0;
    for (int i = 0; i < 4; i++) {
      Ask ask = Ask.of("priced").with("X-Forwarded-For", "198.51.100." + i);
      limited += direct.ask(ask).status() == 429 ? 1 : 0;
    }
    assertThat(limited).as("whoever is not trusted names no address").isEqualTo(2);
  }
}
