package dev.ledgerstone.sample;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Reserved;
import dev.ledgerstone.ledger.Subjects;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Three model calls, reserved and settled by the ledger itself: their sums, budgets and events are
 * written with them, and reconcile finds nothing.
 */
final class SampleCalls {
  private static final String PROVIDER = "zai";
  private static final String PROVIDER_KIND = "Z_AI";

  private record Call(
      String model, TaskType task, long input, long output, long reasoning, Duration took) {}

  private static final List<Call> CALLS =
      List.of(
          new Call("glm-4.5", TaskType.CHAT, 812, 240, 0, Duration.ofMillis(2_310)),
          new Call(
              "glm-4.5v", TaskType.DOCUMENT_PROCESSING, 1_450, 310, 0, Duration.ofMillis(3_870)),
          new Call("glm-4.5-air", TaskType.RESEARCH, 620, 905, 400, Duration.ofMillis(6_040)));

  private final Database database;
  private final Clock clock;
  private final String version;

  SampleCalls(Database database, Clock clock, String version) {
    this.database = database;
    this.clock = clock;
    this.version = version;
  }

  /** Makes them, unless the tenant has calls; returns how many were made. */
  int make(UUID tenant, UUID user, @Nullable UUID key) {
    if (database.read(sql -> sql.fetchExists(AI_REQUESTS, AI_REQUESTS.TENANT_ID.eq(tenant)))) {
      return 0;
    }
    var prices = new PriceStore(PriceCatalogue.bundled()).load(database);
    try (Ledger ledger =
        Ledger.open(database, clock, Ledger.Settings.defaults(), "sample", version, (_, _) -> {})) {
      for (Call call : CALLS) {
        Instant at = clock.instant();
        Price price =
            prices
                .find(tenant, PROVIDER, PROVIDER_KIND, call.model(), call.input(), at)
                .orElseThrow(() -> new IllegalStateException("no price of " + call.model()));
        Reserved reserved = ledger.reserve(intent(call, price, tenant, user, key, at));
        switch (reserved) {
          case Reserved.Held(var reservation) ->
              ledger.settle(reservation, outcome(call, price, at));
          case Reserved.Before _ -> throw new IllegalStateException("no Idempotency-Key was sent");
        }
      }
    }
    return CALLS.size();
  }

  private static Intent intent(
      Call call, Price price, UUID tenant, UUID user, @Nullable UUID key, Instant at) {
    return new Intent(
        Ids.next(),
        new Subjects(tenant, user, key, null, null, PROVIDER, call.model(), List.of("sample")),
        null,
        null,
        PROVIDER + "/" + call.model(),
        call.task(),
        RequestType.CHAT,
        1,
        null,
        false,
        price,
        call.input(),
        call.output(),
        Units.NONE,
        1,
        false,
        null,
        null,
        "ledgerstone db seed --sample",
        at,
        System.nanoTime(),
        CacheStatus.NONE);
  }

  private static Outcome outcome(Call call, Price price, Instant at) {
    TokenUsage usage =
        new TokenUsage(
            call.input(), call.output(), 0, 0, 0, call.reasoning(), 0, 0, 0, UsageSource.REPORTED);
    return new Outcome(
        RequestStatus.COMPLETED,
        usage,
        price.id(),
        price.cost(usage),
        200,
        null,
        null,
        null,
        "stop",
        0L,
        null,
        call.took().toNanos() / 1_000,
        at.plus(call.took()),
        null,
        null,
        true,
        List.of());
  }
}
