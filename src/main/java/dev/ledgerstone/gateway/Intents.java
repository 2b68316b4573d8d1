package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.limits.Worst;
import dev.ledgerstone.gateway.prompts.Agent;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.ImageTokens;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.PriceList;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Subjects;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is reserved for a call before anybody is asked: the line as it begins, with an upper bound
 * of what the call can use and cost.
 */
final class Intents {
  private final int idempotencyHours;
  private final Clock clock;
  private volatile PriceList prices;

  /**
   * @param idempotencyHours for which an answer can be repeated
   */
  Intents(PriceList prices, int idempotencyHours, Clock clock) {
    this.prices = prices;
    this.idempotencyHours = idempotencyHours;
    this.clock = clock;
  }

  /** Has other prices hold from now on. */
  void use(PriceList now) {
    prices = now;
  }

  /** The prices as they are now. */
  PriceList prices() {
    return prices;
  }

  /** The line of an attempt, as it begins; refuses the call where there is no price for it. */
  Intent of(Call call, Candidate candidate, ClientRequest asked) {
    Caller caller = call.caller;
    Instant now = clock.instant();
    long input = worstInput(asked, candidate);
    Price price =
        price(caller.tenant().id(), candidate, asked, input, now)
            .orElseThrow(
                () ->
                    new LedgerProblem.NoPrice(candidate.provider().name(), candidate.model())
                        .exception());
    call.attempts++;
    return new Intent(
        Ids.next(),
        new Subjects(
            caller.tenant().id(),
            caller.user(),
            caller.key() == null ? null : caller.key().id(),
            candidate.serviceId(),
            call.named.agentId(),
            candidate.provider().name(),
            candidate.model(),
            call.tags,
            call.named.promptVersion()),
        null,
        call.conversation(),
        call.named.model(),
        call.task,
        call.type,
        call.attempts,
        call.root,
        call.request.isStream(),
        price,
        input,
        worstOutput(asked, candidate),
        asked.worstUnits(),
        Math.toIntExact(Math.max(1, asked.outputs())),
        asked.maxOutputTokens() == null
            && asked.worstOutputTokens() == null
            && asked.endpoint() != Endpoint.EMBEDDINGS,
        call.attempts == 1 ? call.idempotency : null,
        call.outlet.clientIp(),
        call.userAgent,
        now,
        call.outlet.arrivedNanos(),
        call.recall == null ? CacheStatus.NONE : call.recall.status());
  }

  /** The most that a call can use; one without a price is refused later, and is free until then. */
  Worst worst(Caller caller, ClientRequest asked, Candidate candidate) {
    long input = worstInput(asked, candidate);
    long output = worstOutput(asked, candidate);
    return new Worst(
        input + output,
        price(caller.tenant().id(), candidate, asked, input, clock.instant())
            .map(price -> price.worstCase(input, output, asked.worstUnits()))
            .orElse(0L));
  }

  private Optional<Price> price(
      UUID tenant, Candidate candidate, ClientRequest asked, long input, Instant now) {
    return prices.first(
        tenant,
        candidate.provider().name(),
        candidate.provider().kind(),
        asked.priceNames(candidate.model()),
        input,
        now,
        true);
  }

  /**
   * The most that a request can cost with a candidate; the most there is, where it has no price.
   */
  long worstCase(UUID tenant, ClientRequest request, Candidate candidate) {
    long input = worstInput(request, candidate);
    return price(tenant, candidate, request, input, clock.instant())
        .map(price -> price.worstCase(input, worstOutput(request, candidate), request.worstUnits()))
        .orElse(Long.MAX_VALUE);
  }

  /**
   * Upper bound of the input's tokens; the model's window where that is less, or where the body
   * does not tell.
   */
  private static long worstInput(ClientRequest request, Candidate candidate) {
    long bytes = request.worstInputTokens(ImageTokens.DEFAULT.worst(candidate.model()));
    Long window = candidate.contextWindow();
    if (window == null) {
      return bytes;
    }
    return request.isUnbounded() ? window : Math.min(bytes, window);
  }

  private static long worstOutput(ClientRequest request, Candidate candidate) {
    if (request.endpoint() == Endpoint.EMBEDDINGS) {
      return 0;
    }
    Long most = request.worstOutputTokens();
    if (most != null) {
      return most;
    }
    Integer limit = request.maxOutputTokens();
    long each = limit == null ? candidate.maxOutputTokens() : limit;
    return Math.multiplyExact(each, Math.max(1, request.outputs()));
  }

  /**
   * Tokens of each output that the call's agent affords beside what it has spent on it; null: as
   * many as are asked for. Refuses the call where not one is.
   */
  static @Nullable Integer affordable(Call call, Intent intent) {
    Long left = call.agentNanos();
    Price price = intent.price();
    long input = intent.worstInputTokens();
    if (left == null
        || price.worstCase(input, intent.worstOutputTokens(), intent.worstUnits()) <= left) {
      return null;
    }
    long each = price.affordableOutput(left, input) / intent.choices();
    Agent agent = call.named.agent();
    if (each < 1 && agent != null) {
      throw new GatewayProblem.AgentCost(
              agent.name(),
              Objects.requireNonNull(agent.maxCostNanos()),
              price.worstCase(input, intent.choices()))
          .exception();
    }
    return (int) Math.min(Integer.MAX_VALUE, each);
  }

  /**
   * What makes a call repeatable; null: it names no key, or has come by none.
   *
   * @param header as the client sent it
   * @param key by which the caller came
   */
  Intent.@Nullable Idempotency idempotency(
      @Nullable String header,
      @Nullable UUID key,
      RequestType type,
      byte[] body,
      ClientRequest request) {
    return idempotency(header, key, type, identity(type, body, request));
  }

  /**
   * As above.
   *
   * @param identity what two calls of one key must share
   */
  Intent.@Nullable Idempotency idempotency(
      @Nullable String header, @Nullable UUID key, RequestType type, byte[] identity) {
    if (header == null || key == null) {
      return null;
    }
    if (header.isBlank() || header.length() > 255) {
      throw new RequestProblem.Invalid(
              "Idempotency-Key", "the key is empty or too long", "send 1 to 255 characters")
          .exception();
    }
    return new Intent.Idempotency(
        key,
        header.strip(),
        HexFormat.of().formatHex(Sha256.of(type.endpoint().getBytes(UTF_8), identity)),
        clock.instant().plus(Duration.ofHours(idempotencyHours)));
  }

  /** What two calls of one Idempotency-Key must share: of a dialogue what the client sent. */
  private static byte[] identity(RequestType type, byte[] body, ClientRequest request) {
    return switch (type) {
      case CHAT, MESSAGE, RESPONSE -> body;
      case COMPLETION, EMBEDDING, IMAGE, SPEECH, TRANSCRIPTION, MODERATION -> request.identity();
    };
  }
}
