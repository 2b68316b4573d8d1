package dev.ledgerstone.gateway.cache;

import static dev.ledgerstone.db.schema.Tables.RESPONSE_CACHE_ENTRIES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.ResponseCacheEntriesRecord;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.state.Redis;
import dev.ledgerstone.state.TestRedis;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One contract, on both databases, with and without a Redis between the nodes. */
@ParameterizedClass
@MethodSource("places")
class ResponseCacheTest {
  private static final CacheRules RULES = new CacheRules(Duration.ofMinutes(10), 0.8);
  private static final Vault VAULT = Vault.of("a master key of tests");

  static Stream<Arguments> places() {
    return Stream.of(Engine.values())
        .flatMap(engine -> Stream.of(Arguments.of(engine, false), Arguments.of(engine, true)));
  }

  private final Database database;
  private final @Nullable TestRedis server;
  private final UUID tenant;
  private final UUID other;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");

  ResponseCacheTest(Engine engine, boolean hasRedis) throws IOException {
    database = TestDatabases.fresh(engine);
    server = hasRedis ? TestRedis.start() : null;
    database.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return null;
        });
    tenant = tenant("one");
    other = tenant("other");
  }

  private UUID tenant(String slug) {
    return database.write(
        sql -> TenantStore.create(sql, Actor.system(Tenants.PLATFORM), slug, slug, Instant.now()));
  }

  @AfterEach
  void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
    if (server != null) {
      server.close();
    }
  }

  private ResponseCache node() {
    return node(new ResponseCache.Settings(1 << 20, 1 << 20, 1000));
  }

  private ResponseCache node(ResponseCache.Settings settings) {
    Redis redis = server == null ? null : Redis.open(server.url(), Duration.ofSeconds(5));
    if (redis != null) {
      parts.push(redis);
    }
    ResponseCache cache =
        new ResponseCache(settings, database, VAULT, redis, ResponseCacheTest::vector, clock)
            .start();
    parts.push(cache);
    return cache;
  }

  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }
      };

  /** All questions lie in one direction: the words alone decide. */
  private static float[] vector(String text) {
    float[] vector = new float[Vector.DIMENSIONS];
    vector[0] = 1;
    vector[1] = text.length() * 1e-3f;
    return vector;
  }

  private static Asked asked(UUID tenant, String system, String question) {
    String json =
        "{\"messages\":[{\"role\":\"system\",\"content\":\"%s\"},{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(system, question);
    return Objects.requireNonNull(
        Asked.of(
            new Asked.Place(tenant, new UUID(2, 2), new UUID(3, 3), "m", Endpoint.CHAT_COMPLETIONS),
            "openai",
            json.getBytes(UTF_8),
            true));
  }

  private static Asked asked(UUID tenant, String question) {
    return asked(tenant, "Be brief.", question);
  }

  private static ResponseCache.Fresh fresh(String says, String... tags) {
    return new ResponseCache.Fresh(
        "p",
        "m",
        "openai",
        "application/json",
        ("{\"says\":\"" + says + "\"}").getBytes(UTF_8),
        "stop",
        5,
        List.of(tags));
  }

  private void keep(ResponseCache cache, Asked asked, String says, String... tags) {
    cache.keep(cache.look(tenant, asked, RULES), fresh(says, tags));
  }

  private static @Nullable String said(ResponseCache cache, UUID tenant, Asked asked) {
    StoredAnswer answer = cache.look(tenant, asked, RULES).answer();
    return answer == null ? null : new String(answer.body(), UTF_8);
  }

  private void awaitRows(int rows) throws InterruptedException {
    TestRedis.await(() -> database.read(sql -> sql.fetchCount(RESPONSE_CACHE_ENTRIES)) == rows);
  }

  @Test
  void anAnswerIsGivenToTheSameRequestAgain() {
    ResponseCache cache = node();
    Asked asked = asked(tenant, "What is it?");
    assertThat(said(cache, tenant, asked)).isNull();
    keep(cache, asked, "this");
    assertThat(said(cache, tenant, asked)).contains("this");
    assertThat(cache.look(tenant, asked, RULES).isSemantic()).isFalse();
  }

  @Test
  void anotherWordingIsAnsweredAndAnotherQuestionIsNot() {
    ResponseCache cache = node();
    keep(cache, asked(tenant, "How do I lock my account?"), "so");
    ResponseCache.Look look = cache.look(tenant, asked(tenant, "how can I lock my account"), RULES);
    assertThat(look.isSemantic()).isTrue();
    assertThat(look.answer()).isNotNull();
    assertThat(said(cache, tenant, asked(tenant, "How do I unlock my account?"))).isNull();
    assertThat(said(cache, tenant, asked(tenant, "Be long.", "How do I lock my account?")))
        .as("under another system prompt")
        .isNull();
    CacheRules exact = new CacheRules(RULES.ttl(), null);
    assertThat(cache.look(tenant, asked(tenant, "how can I lock my account"), exact).answer())
        .as("where the service wants the same request alone")
        .isNull();
  }

  @Test
  void noTenantHearsAnothersAnswer() {
    ResponseCache cache = node();
    keep(cache, asked(tenant, "What is it?"), "ours");
    assertThat(said(cache, other, asked(other, "What is it?"))).isNull();
    assertThat(said(cache, other, asked(tenant, "What is it?")))
        .as("not even by the other's key")
        .isNull();
  }

  @Test
  void anAnswerIsOverWhenItsTimeIsUp() {
    ResponseCache cache = node();
    Asked asked = asked(tenant, "What is it?");
    keep(cache, asked, "this");
    now = now.plus(RULES.ttl()).minusMillis(1);
    assertThat(said(cache, tenant, asked)).isNotNull();
    now = now.plusMillis(1);
    assertThat(said(cache, tenant, asked)).isNull();
    assertThat(said(cache, tenant, asked(tenant, "what is it"))).isNull();
  }

  @Test
  void anotherNodeAndOneThatWasStartedAgainKnowIt() throws Exception {
    ResponseCache one = node();
    Asked asked = asked(tenant, "How do I lock my account?");
    keep(one, asked, "so");
    awaitRows(1);
    ResponseCache two = node();
    assertThat(said(two, tenant, asked)).contains("so");
    TestRedis.await(() -> two.questions() == 1);
    assertThat(two.look(tenant, asked(tenant, "how can I lock my account?"), RULES).isSemantic())
        .isTrue();
  }

  @Test
  void whatIsTakenAwayIsGivenByNobodyAnyMore() throws Exception {
    ResponseCache one = node();
    ResponseCache two = node();
    Asked red = asked(tenant, "What is red?");
    Asked blue = asked(tenant, "What is blue?");
    keep(one, red, "red", "color:red");
    keep(one, blue, "blue", "color:blue");
    awaitRows(2);
    assertThat(said(two, tenant, red)).isNotNull();

    int removed =
        one.remove(tenant, new Selection(List.of("color:red"), List.of(), false), (_, _) -> {});
    two.forget(); // as the revision tells it

    assertThat(removed).isEqualTo(1);
    for (ResponseCache node : List.of(one, two)) {
      assertThat(said(node, tenant, red)).isNull();
      assertThat(said(node, tenant, asked(tenant, "what is red"))).isNull();
      assertThat(said(node, tenant, blue)).contains("blue");
    }
  }

  @Test
  void whatWasAskedBeforeARemovalIsNotKeptAfterIt() throws Exception {
    ResponseCache cache = node();
    Asked asked = asked(tenant, "What is it?");
    ResponseCache.Look before = cache.look(tenant, asked, RULES);
    cache.remove(tenant, new Selection(List.of(), List.of(), true), (_, _) -> {});
    cache.keep(before, fresh("old"));
    assertThat(said(cache, tenant, asked)).isNull();
    keep(cache, asked, "new");
    assertThat(said(cache, tenant, asked)).contains("new");
    awaitRows(1);
  }

  @Test
  void aRemovalReachesItsTenantAlone() throws Exception {
    ResponseCache cache = node();
    keep(cache, asked(tenant, "What is it?"), "ours", "t");
    awaitRows(1);
    assertThat(cache.remove(other, new Selection(List.of("t"), List.of(), true), (_, _) -> {}))
        .isZero();
    assertThat(said(cache, tenant, asked(tenant, "What is it?"))).isNotNull();
    assertThat(
            cache.remove(
                tenant, new Selection(List.of(), Selection.Model.read("p/m"), false), (_, _) -> {}))
        .isEqualTo(1);
  }

  @Test
  void nothingThatWasSaidLiesInTheOpen() throws Exception {
    ResponseCache cache = node();
    keep(cache, asked(tenant, "Who knows the secret word?"), "xyzzy");
    awaitRows(1);
    ResponseCacheEntriesRecord row =
        database.read(sql -> sql.selectFrom(RESPONSE_CACHE_ENTRIES).fetchSingle());
    assertThat(row.toString()).doesNotContain("xyzzy").doesNotContain("secret");
    assertThat(row.getEmbedding().isTextual()).isTrue();
    assertThat(row.getBytes()).isPositive();
    // Moved to another tenant's row it does not open.
    database.write(
        sql ->
            sql.update(RESPONSE_CACHE_ENTRIES)
                .set(RESPONSE_CACHE_ENTRIES.TENANT_ID, other)
                .execute());
    ResponseCache fresh = node();
    assertThat(said(fresh, other, asked(tenant, "Who knows the secret word?"))).isNull();
  }

  @Test
  void theDatabaseKeepsNoMoreThanItsBound() throws Exception {
    ResponseCache cache = node();
    for (int i = 0; i < 20; i++) {
      now = now.plusSeconds(1);
      keep(cache, asked(tenant, "What is " + i + "?"), "x".repeat(1000));
    }
    awaitRows(20);
    long all =
        database.read(
            sql ->
                sql.selectFrom(RESPONSE_CACHE_ENTRIES).fetch().stream()
                    .mapToLong(ResponseCacheEntriesRecord::getBytes)
                    .sum());
    int deleted = database.write(sql -> AnswerStore.prune(sql, all / 2, now));
    assertThat(deleted).isBetween(10, 11);
    List<Instant> left =
        database.read(
            sql -> sql.selectFrom(RESPONSE_CACHE_ENTRIES).fetch(RESPONSE_CACHE_ENTRIES.CREATED_AT));
    assertThat(left).allMatch(at -> at.isAfter(now.minusSeconds(11)), "the newer half");
    Instant later = now.plus(Duration.ofHours(1));
    database.write(sql -> AnswerStore.prune(sql, all, later));
    awaitRows(0);
  }

  @Test
  void memoryKeepsNoMoreThanItsBound() throws Exception {
    ResponseCache cache = node(new ResponseCache.Settings(20_000, 1 << 20, 10));
    for (int i = 0; i < 100; i++) {
      keep(cache, asked(tenant, "What is " + i + "?"), "x".repeat(1000));
    }
    TestRedis.await(() -> cache.memoryBytes() <= 20_000);
    assertThat(cache.questions()).isEqualTo(10);
    awaitRows(100);
    assertThat(said(cache, tenant, asked(tenant, "What is 3?")))
        .as("from the database")
        .isNotNull();
  }

  @Test
  void whatAnAnswerSavedIsCounted() throws Exception {
    ResponseCache cache = node();
    Asked asked = asked(tenant, "What is it?");
    keep(cache, asked, "this");
    awaitRows(1);
    StoredAnswer answer = Objects.requireNonNull(cache.look(tenant, asked, RULES).answer());
    cache.given(answer);
    cache.given(answer);
    TestRedis.await(() -> cache.sums(tenant).getFirst().hits() == 2);
    assertThat(cache.sums(tenant).getFirst().savedNanos()).isEqualTo(10);
    assertThat(cache.sums(tenant).getFirst().semanticEntries()).isEqualTo(1);
    assertThat(cache.sums(other)).isEmpty();
  }

  @Test
  void withoutRedisTheDatabaseAnswers() throws Exception {
    ResponseCache one = node();
    Asked asked = asked(tenant, "What is it?");
    keep(one, asked, "this");
    awaitRows(1);
    if (server != null) {
      server.stop();
    }
    ResponseCache two = node();
    assertThat(said(two, tenant, asked)).contains("this");
    if (server != null) {
      server.again();
    }
  }
}
