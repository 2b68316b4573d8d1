package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Two tenants side by side: nothing of one is the other's; who is shut out is out at once. */
@ParameterizedClass
@EnumSource(Engine.class)
class TenantsTest {
  private static final String THEIRS = "lsk_test_acme_00000001";

  private final House house;
  private final UUID acme;
  private final Client ours;
  private final Client theirs;

  TenantsTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("ours", 10 * House.CALL);
    acme = house.tenant("acme");
    house.has(
        "providers",
        "{ name: fake, tenant: acme, provider: CUSTOM, api_key: sk-acme, base_url: \"%s\" }"
            .formatted(house.upstream.baseUrl()));
    house.has("services", "{ name: chat, tenant: acme, provider: fake, model: m, retries: 0 }");
    house.has("services", "{ name: secret, tenant: acme, provider: fake, model: m }");
    house.has("prices", "{ tenant: acme, provider: fake, model: m, input: 0, output: 3 }");
    house.has("keys", "{ name: theirs, tenant: acme, key: " + THEIRS + ", user: owner }");
    house.has(
        "budgets",
        "{ name: theirs, tenant: acme, scope: TENANT, period: YEARLY, limit_usd: 0.00009, hard: true }");
    ours = house.client(house.open());
    theirs = new Client(ours.port(), THEIRS);
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  @Test
  void eachPaysItsOwnPriceFromItsOwnBudgetWithItsOwnCredential() throws Exception {
    List<Reply> replies = Crowd.of(40, i -> (i % 2 == 0 ? ours : theirs).ask(Ask.of("chat")));

    assertThat(replies).extracting(Reply::status).containsOnly(200, 402);
    List<AiRequestsRecord> lines = house.books.lines();
    assertThat(lines.stream().filter(line -> line.getTenantId().equals(acme)))
        .hasSize(3)
        .extracting(AiRequestsRecord::getCostNanos)
        .containsOnly(3 * House.CALL);
    assertThat(lines.stream().filter(line -> !line.getTenantId().equals(acme)))
        .hasSize(10)
        .extracting(AiRequestsRecord::getCostNanos)
        .containsOnly(House.CALL);
    assertThat(house.upstream.received().stream().map(call -> call.headers().get("authorization")))
        .filteredOn("Bearer sk-acme"::equals)
        .hasSize(3);
    for (AiRequestsRecord line : lines) {
      assertThat(line.getBudgetPeriodIds()).hasSize(1);
      assertThat(budgetTenants()).contains(line.getTenantId());
    }
  }

  private List<UUID> budgetTenants() {
    return house.database.read(
        sql -> sql.select(BUDGETS.TENANT_ID).from(BUDGETS).fetch(BUDGETS.TENANT_ID));
  }

  @Test
  void whatOneTenantNamesTheOtherDoesNotSee() throws Exception {
    assertThat(ours.get("/v1/models").text()).doesNotContain("secret").contains("steady");
    assertThat(theirs.get("/v1/models").text()).contains("secret").doesNotContain("steady");
    Reply reply = ours.ask(Ask.of("secret"));
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.code()).isEqualTo("model_not_found");
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void aRevokedKeyStopsWithinASecond() throws Exception {
    assertThat(theirs.ask(Ask.of("chat")).isAnswered()).isTrue();
    house.database.write(
        sql -> {
          KeyStore.revoke(
              sql, Actor.system(acme), KeyStore.find(sql, acme, "theirs"), Instant.now());
          return null;
        });

    // Revoked from outside the server, as by another node.
    Await.until(
        "the key is refused", Duration.ofSeconds(1), () -> status(theirs, "/v1/models") == 401);
    assertThat(ours.ask(Ask.of("chat")).isAnswered()).isTrue();
  }

  @Test
  void aSuspendedTenantIsOutAndTheOtherStays() throws Exception {
    assertThat(theirs.ask(Ask.of("chat")).isAnswered()).isTrue();
    house.database.write(
        sql -> {
          TenantStore.setStatus(
              sql, Actor.system(Tenants.PLATFORM), "acme", "SUSPENDED", Instant.now());
          return null;
        });

    Await.until(
        "the tenant is refused", Duration.ofSeconds(1), () -> status(theirs, "/v1/models") == 403);
    assertThat(theirs.ask(Ask.of("chat")).status()).isEqualTo(403);
    assertThat(ours.ask(Ask.of("chat")).isAnswered()).isTrue();
    assertThat(house.upstream.received()).hasSize(2);
  }

  private static int status(Client client, String path) {
    try {
      return client.get(path).status();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
