package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.cache.Asked;
import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.gateway.cache.CacheWish;
import dev.ledgerstone.gateway.cache.Replay;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.cache.StoredAnswer;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.ChatAnswer;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Cost;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageSource;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers calls from the cache, and the cache by calls.
 *
 * <p>What is given again is a line of the ledger like any call: on disk before the client sees a
 * byte, at no cost, with what it saved.
 */
final class CachedAnswers {
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(UTF_8);

  private final ResponseCache cache;
  private final Parts parts;

  CachedAnswers(ResponseCache cache, Parts parts) {
    this.cache = cache;
    this.parts = parts;
  }

  /** Asks the cache, where the service has one and the call may use it. */
  Recall look(Call call, CacheWish wish, Candidate first, ClientRequest asked) {
    ServiceEntry service = first.service();
    CacheRules rules = service == null ? null : service.cache();
    if (service == null || rules == null) {
      return new Recall(
          wish.mode() == CacheWish.Mode.USE ? CacheStatus.NONE : CacheStatus.BYPASS,
          first,
          null,
          wish.tags());
    }
    // A repeat under an Idempotency-Key is the ledger's to answer, and a conversation's next
    // message is new each time that it is said.
    boolean isPassed =
        wish.mode() == CacheWish.Mode.NO_STORE
            || call.idempotency != null
            || call.conversation != null
            || asked.isUnbounded()
            // What is kept is the provider's own answer, and is given again as it is.
            || !(asked instanceof OpenAiRequest);
    UUID tenant = call.caller.tenant().id();
    Asked question =
        isPassed
            ? null
            : Asked.of(
                new Asked.Place(
                    tenant, service.id(), first.provider().id(), first.model(), asked.endpoint()),
                asked.body(),
                rules.threshold() != null);
    Recall recall;
    if (question == null) {
      recall = new Recall(CacheStatus.BYPASS, first, null, wish.tags());
    } else if (wish.mode() == CacheWish.Mode.REFRESH) {
      recall =
          new Recall(CacheStatus.REFRESH, first, cache.pass(tenant, question, rules), wish.tags());
    } else {
      ResponseCache.Look look = cache.look(tenant, question, rules);
      CacheStatus status =
          look.answer() == null
              ? CacheStatus.MISS
              : look.isSemantic() ? CacheStatus.SEMANTIC_HIT : CacheStatus.HIT;
      recall = new Recall(status, first, look, wish.tags());
    }
    parts.metrics().cacheLooked(recall.status().name());
    return recall;
  }

  /**
   * Gives the answer that the cache has.
   *
   * @return false: it has none, or none that can be given in the form that is asked for
   */
  boolean serve(Call call, Candidate candidate, Supplier<Intent> intent, ServerResponse response) {
    Recall recall = call.recall;
    StoredAnswer answer = recall == null ? null : recall.answer();
    if (recall == null || answer == null) {
      return false;
    }
    Endpoint endpoint = call.request.endpoint();
    byte[] whole = Replay.whole(endpoint, answer);
    byte[] body =
        call.request.isStream()
            ? Replay.events(endpoint, answer, call.request.wantsUsage())
            : whole;
    if (body == null) {
      call.recall = recall.missed();
      return false;
    }
    Instant now = parts.clock().instant();
    record(call, intent.get(), answer, whole, now);
    cache.given(answer);
    parts.headers(call, candidate, response);
    response.header(
        "age", Long.toString(Math.max(0, Duration.between(answer.createdAt(), now).toSeconds())));
    if (call.request.isStream()) {
      try (SseWriter out = SseWriter.open(response)) {
        out.write(body);
        out.comment("cost 0 x-cost-nanos=0");
        out.write(DONE);
      }
    } else {
      response.header("x-cost-nanos", "0");
      response.header(
          "content-type", answer.isStream() ? "application/json" : answer.contentType());
      response.send(body);
    }
    return true;
  }

  /** Writes the line; throws if it is not on disk. */
  private void record(
      Call call, Intent intent, StoredAnswer answer, byte @Nullable [] whole, Instant now) {
    long micros = (System.nanoTime() - intent.arrivedAt()) / 1000;
    String text = whole == null ? "" : ChatAnswer.inspect(whole).outputText();
    call.grant.ended(false);
    call.root = intent.id();
    call.exchange.id(intent.id());
    parts
        .ledger()
        .serve(
            intent,
            new Outcome(
                RequestStatus.COMPLETED,
                TokenUsage.of(0, 0, UsageSource.REPORTED),
                intent.price().id(),
                Cost.NONE,
                null,
                null,
                null,
                null,
                answer.finishReason(),
                micros,
                null,
                micros,
                now,
                parts.bodies(call, new Attempt.Said(whole, text, answer.contentType(), null)),
                null,
                false),
            answer.costNanos());
    call.isAnswered = true;
  }

  /**
   * Keeps a whole answer that is settled. One that a budget's clamp cut short is not what the model
   * had to say.
   */
  void keep(
      Call call,
      Candidate candidate,
      Reservation reservation,
      Attempt.Said said,
      @Nullable String finishReason,
      long costNanos) {
    Recall recall = call.recall;
    byte[] whole = said.whole();
    boolean isCut = "length".equals(finishReason) && reservation.isClamped();
    boolean isFiltered = "content_filter".equals(finishReason);
    if (recall != null && recall.look() != null && whole != null && !isCut && !isFiltered) {
      cache.keep(
          recall.look(),
          new ResponseCache.Fresh(
              candidate.provider().name(),
              candidate.model(),
              said.contentType(),
              whole,
              finishReason,
              costNanos,
              recall.tags()));
    }
  }
}
