package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.cache.Asked;
import dev.ledgerstone.gateway.cache.AskedBefore;
import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.gateway.cache.CacheWish;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.cache.Selection;
import dev.ledgerstone.gateway.cache.StoredAnswer;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.http.EventSink;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  private static final String COST = "cost 0 x-cost-nanos=0";

  /** Why answers ended that say nothing of what the model would say another time. */
  private static final Set<String> UNKEPT = Set.of("content_filter", "refusal", "pause");

  private final ResponseCache cache;
  private final Parts parts;
  private final AskedBefore before = new AskedBefore();

  CachedAnswers(ResponseCache cache, Parts parts) {
    this.cache = cache;
    this.parts = parts;
  }

  /** Asks the cache, where the service has one and the call may use it. */
  Recall look(Call call, CacheWish wish, Candidate first, ClientRequest asked) {
    ServiceEntry service = first.service();
    CacheRules rules = service == null ? null : service.cache();
    List<String> tags = tags(call, wish);
    if (service == null || rules == null) {
      return new Recall(
          wish.mode() == CacheWish.Mode.USE ? CacheStatus.NONE : CacheStatus.BYPASS,
          first,
          null,
          tags);
    }
    // A repeat under an Idempotency-Key is the ledger's to answer, and a conversation's next
    // message is new each time that it is said.
    boolean isPassed =
        wish.mode() == CacheWish.Mode.NO_STORE
            || call.idempotency != null
            || call.talk != null
            || asked.isUnbounded()
            || call.request instanceof MediaRequest;
    UUID tenant = call.caller.tenant().id();
    Asked question = isPassed ? null : asked(call, service, first, asked, rules);
    Recall recall;
    if (question == null) {
      recall = new Recall(CacheStatus.BYPASS, first, null, tags);
    } else if (wish.mode() == CacheWish.Mode.REFRESH) {
      recall = new Recall(CacheStatus.REFRESH, first, cache.pass(tenant, question, rules), tags);
    } else {
      ResponseCache.Look look = cache.look(tenant, question, rules);
      CacheStatus status =
          look.answer() == null
              ? CacheStatus.MISS
              : look.isSemantic() ? CacheStatus.SEMANTIC_HIT : CacheStatus.HIT;
      recall = new Recall(status, first, look, tags);
    }
    parts.metrics().cacheLooked(recall.status().name());
    return recall;
  }

  /** The caller's own, and the prompt's version: its answers can be taken away with it. */
  private static List<String> tags(Call call, CacheWish wish) {
    UUID version = call.named.promptVersion();
    if (version == null) {
      return wish.tags();
    }
    List<String> tags = new ArrayList<>(wish.tags());
    tags.add(Selection.PROMPT + version);
    return tags;
  }

  /**
   * What is asked, as far as an answer depends on it. A request that is converted, or of which
   * nothing is lost when it is read, is the same in every format; of others the body tells.
   */
  private @Nullable Asked asked(
      Call call, ServiceEntry service, Candidate first, ClientRequest asked, CacheRules rules) {
    Asked.Place place =
        new Asked.Place(
            call.caller.tenant().id(),
            service.id(),
            first.provider().id(),
            first.model(),
            asked.endpoint());
    boolean wantsScope = rules.threshold() != null;
    return before.of(
        place,
        call.format.name(),
        first.parameters(),
        wantsScope,
        asked.body(),
        () -> read(call, place, first, asked, wantsScope));
  }

  private static @Nullable Asked read(
      Call call, Asked.Place place, Candidate first, ClientRequest asked, boolean wantsScope) {
    if (asked instanceof Converted converted) {
      return Asked.of(place, converted.ask(), first.parameters(), wantsScope);
    }
    try {
      Ask whole = call.format.readWhole(call.request);
      if (whole != null) {
        return Asked.of(place, whole, first.parameters(), wantsScope);
      }
    } catch (ProblemException _) {
      // It cannot be told in any other format; its own provider understands it.
    }
    return Asked.of(place, call.format.name(), asked.body(), wantsScope);
  }

  /**
   * Gives the answer that the cache has.
   *
   * @return false: it has none, or none that can be given in the form that is asked for
   */
  boolean serve(Call call, Candidate candidate, ClientRequest asked, Supplier<Intent> intent) {
    Outlet response = call.outlet;
    Recall recall = call.recall;
    StoredAnswer answer = recall == null ? null : recall.answer();
    if (recall == null || answer == null) {
      return false;
    }
    ProviderFormat spoken = parts.dialect(candidate, call.request.endpoint()).format();
    Retold retold = Retold.of(call, spoken, answer);
    if (retold == null) {
      call.recall = recall.missed();
      return false;
    }
    if (asked instanceof Converted converted) {
      call.losses = converted.losses();
    }
    Instant now = parts.clock().instant();
    Intent line = intent.get();
    call.outlet.id(line.id());
    byte[] body = retold.write(call, call.frame(parts.clock()));
    record(call, line, answer, spoken, now);
    cache.given(answer);
    parts.headers(call, candidate);
    response.header(
        "age", Long.toString(Math.max(0, Duration.between(answer.createdAt(), now).toSeconds())));
    if (call.request.isStream()) {
      byte[] end = call.format.streamEnd();
      try (EventSink out = response.events()) {
        if (end.length == 0) {
          out.comment(COST);
          out.write(body);
        } else {
          out.write(body);
          out.comment(COST);
          out.write(end);
        }
      }
    } else {
      response.header("x-cost-nanos", "0");
      response.header(
          "content-type",
          retold.reply() != null || answer.isStream() ? "application/json" : answer.contentType());
      response.send(body);
    }
    return true;
  }

  /** Writes the line; throws if it is not on disk. */
  private void record(
      Call call, Intent intent, StoredAnswer answer, ProviderFormat spoken, Instant now) {
    long micros = (System.nanoTime() - intent.arrivedAt()) / 1000;
    call.grant.ended(false);
    call.root = intent.id();
    parts
        .ledger()
        .serve(
            intent,
            Outcome.served(
                intent.price().id(),
                answer.finishReason(),
                parts.keepsBodies(call) ? parts.bodies(call, said(answer, spoken)) : null,
                micros,
                now),
            answer.costNanos());
    call.isAnswered = true;
  }

  private static Attempt.Said said(StoredAnswer answer, ProviderFormat spoken) {
    String text =
        spoken.serves(Endpoint.CHAT_COMPLETIONS)
            ? Retold.reply(spoken, answer.body(), answer.isStream()).map(Reply::text).orElse("")
            : "";
    return new Attempt.Said(null, () -> text, answer.contentType(), null, null);
  }

  /**
   * Keeps a whole answer that is settled. One that a clamp of a budget or of an agent cut short is
   * not what the model had to say.
   */
  void keep(
      Call call,
      Candidate candidate,
      boolean isClamped,
      Attempt.Said said,
      @Nullable String finishReason,
      long costNanos) {
    Recall recall = call.recall;
    byte[] whole = said.whole();
    boolean isCut = "length".equals(finishReason) && isClamped;
    boolean isFiltered = finishReason != null && UNKEPT.contains(finishReason);
    if (recall != null && recall.look() != null && whole != null && !isCut && !isFiltered) {
      cache.keep(
          recall.look(),
          new ResponseCache.Fresh(
              candidate.provider().name(),
              candidate.model(),
              parts.dialect(candidate, call.request.endpoint()).format().name(),
              said.contentType(),
              whole,
              finishReason,
              costNanos,
              recall.tags()));
    }
  }
}
