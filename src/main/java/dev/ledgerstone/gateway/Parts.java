package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.Entry;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.gateway.scores.Judge;
import dev.ledgerstone.gateway.scores.ScoreRules;
import dev.ledgerstone.gateway.wire.Redaction;
import dev.ledgerstone.gateway.wire.TokenCounter;
import dev.ledgerstone.http.GenAiMeters;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.PriceList;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.vault.Vault;
import io.micrometer.core.instrument.Counter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What attempts need of the gateway. */
final class Parts {
  private static final Logger LOG = System.getLogger(Parts.class.getName());

  /** Of an answer for repeats, and of a body that is kept. */
  static final int MOST_KEPT_BYTES = 1 << 20;

  private final Ledger ledger;
  private final Dialects dialects;
  private final Supplier<PriceList> prices;
  private final ConversationDesk conversations;
  private final Vault vault;
  private final Metrics metrics;
  private final Clock clock;
  private final CachedAnswers cached;
  private final Minutes minutes;
  private final Watch watch = new Watch();
  private final TokenCounter counter = new TokenCounter();

  private final Map<String, Counter> counters = new ConcurrentHashMap<>();

  private record Meter(String provider, String model, String operation) {}

  private final Map<Meter, GenAiMeters> meters = new ConcurrentHashMap<>();

  Parts(
      Ledger ledger,
      Dialects dialects,
      Supplier<PriceList> prices,
      ConversationDesk conversations,
      Vault vault,
      ResponseCache cache,
      Metrics metrics,
      Clock clock) {
    this.ledger = ledger;
    this.dialects = dialects;
    this.prices = prices;
    this.conversations = conversations;
    this.vault = vault;
    this.metrics = metrics;
    this.clock = clock;
    this.cached = new CachedAnswers(cache, this);
    this.minutes = new Minutes(dialects.builtIn().format());
  }

  CachedAnswers cached() {
    return cached;
  }

  Metrics metrics() {
    return metrics;
  }

  Watch watch() {
    return watch;
  }

  Ledger ledger() {
    return ledger;
  }

  Clock clock() {
    return clock;
  }

  TokenCounter counter() {
    return counter;
  }

  Dialects.Dialect dialect(Candidate candidate, Endpoint endpoint) {
    return dialects.of(candidate.provider(), endpoint);
  }

  private static final Target BUILT_IN =
      new Target(
          "", null, Map.of(), Duration.ofSeconds(5), Duration.ofMinutes(2), Duration.ofMinutes(10));

  /** Where a call goes; an answer in one piece has its first byte when it has its last. */
  Target target(Candidate candidate, boolean isStream) {
    Target target = candidate.provider().target();
    if (target == null) {
      return BUILT_IN;
    }
    Duration total = total(candidate, target);
    return new Target(
        target.baseUrl(),
        target.credential(),
        target.headers(),
        target.connectTimeout(),
        isStream ? target.firstTokenTimeout() : total,
        total);
  }

  private static Duration total(Candidate candidate, Target target) {
    ServiceEntry service = candidate.service();
    Integer own = service == null ? null : service.timeoutMillis();
    return own == null ? target.totalTimeout() : Duration.ofMillis(own);
  }

  /** The price of what was used: by its own tier, as of the attempt's start. */
  Price price(Call call, Candidate candidate, TokenUsage usage, Reservation reservation) {
    return prices
        .get()
        .first(
            call.caller.tenant().id(),
            candidate.provider().name(),
            candidate.provider().kind(),
            call.request.priceNames(candidate.model()),
            usage.inputTokens(),
            reservation.intent().startedAt(),
            false)
        .orElse(reservation.intent().price());
  }

  void headers(Call call, @Nullable Candidate candidate) {
    Outlet response = call.outlet;
    call.grant.headers().forEach(response::header);
    UUID conversation = call.toldConversation();
    if (conversation != null) {
      response.header("x-conversation-id", conversation.toString());
    }
    if (call.recall != null && call.recall.header() != null) {
      response.header("x-cache", call.recall.header());
    }
    if (candidate != null) {
      response.header("x-served-by", candidate.servedBy());
    }
    call.format.headers(call.frame(clock)).forEach(response::header);
    String dropped = call.losses.header();
    if (!dropped.isEmpty()) {
      response.header("x-dropped", dropped);
    }
  }

  /** A call was not sent to a candidate, because its way was closed. */
  void passedOver(Entry.Reason reason) {
    count(
        "ledgerstone.route.passed_over", "Candidates that were not asked", "reason", reason.name());
  }

  /** A second attempt was made beside one that did not begin to answer. */
  void hedged(String outcome) {
    count("ledgerstone.route.hedges", "Second attempts beside a first one", "outcome", outcome);
  }

  private void count(String name, String description, String tag, String value) {
    counters
        .computeIfAbsent(
            name + value,
            _ ->
                Counter.builder(name)
                    .description(description)
                    .tag(tag, value.toLowerCase(Locale.ROOT))
                    .register(metrics.registry()))
        .increment();
  }

  /** Whether somebody wants the whole answer of a stream: the cache, a talk, or who scores it. */
  static boolean keepsWhole(Call call, Candidate candidate) {
    return call.keeps(candidate) || scores(call, candidate) != null || isTurn(call);
  }

  private static @Nullable ScoreRules scores(Call call, Candidate candidate) {
    ServiceEntry service = candidate.service();
    boolean isDialogue =
        switch (call.request.endpoint()) {
          case CHAT_COMPLETIONS, COMPLETIONS -> true;
          case EMBEDDINGS,
              IMAGES,
              IMAGE_EDITS,
              IMAGE_VARIATIONS,
              SPEECH,
              TRANSCRIPTIONS,
              TRANSLATIONS,
              MODERATIONS ->
              false;
        };
    return service == null || !isDialogue ? null : service.scores();
  }

  /** What rules make of an answer, where its service wants that; of one too large, nothing. */
  List<Outcome.Score> scores(
      Call call, Candidate candidate, ClientRequest asked, Attempt.@Nullable Said said) {
    byte[] whole = said == null ? null : said.whole();
    ScoreRules rules = whole == null ? null : scores(call, candidate);
    if (said == null || whole == null || rules == null || whole.length > MOST_KEPT_BYTES) {
      return List.of();
    }
    try {
      ProviderFormat spoken = dialect(candidate, call.request.endpoint()).format();
      return Optional.ofNullable(said.reply())
          .or(() -> Retold.reply(spoken, whole, said.isStream()))
          .map(reply -> Judge.scores(rules, reply, wanted(rules, call.format, asked)))
          .orElse(List.of());
    } catch (RuntimeException e) {
      // The call is to be settled, whatever somebody's schema does to the rules.
      LOG.log(Level.WARNING, "an answer has no score", e);
      return List.of();
    }
  }

  private static OutputFormat wanted(ScoreRules rules, ClientFormat format, ClientRequest asked) {
    if (!rules.isFormat()) {
      return new OutputFormat.Text();
    }
    if (asked instanceof Converted converted) {
      return converted.ask().output();
    }
    try {
      return format.read(asked).output();
    } catch (ProblemException e) {
      return new OutputFormat.Text(); // its own provider alone understands what was asked
    }
  }

  /** The call was admitted: the conversation that it begins is there from now on. */
  void admitted(Call call) {
    ConversationDesk.Talk talk = call.talk;
    if (talk != null
        && talk.isNew()
        && !call.isTalkBegun
        && (isTurn(call) || call.type == RequestType.RESPONSE)) {
      conversations.begin(talk, call.caller);
      call.isTalkBegun = true;
    }
  }

  /**
   * Keeps both sides, where the call is a turn of a conversation. Responses are kept by {@link
   * ResponseStore}, and what is no dialogue is no turn of one.
   */
  void converse(
      Call call,
      Candidate candidate,
      UUID line,
      Attempt.@Nullable Said said,
      TokenUsage usage,
      long costNanos) {
    UUID conversation = call.conversation();
    if (conversation == null || said == null || !isTurn(call)) {
      return;
    }
    conversations.append(
        new ConversationDesk.Said(
            call.caller.tenant().id(),
            call.caller.user(),
            conversation,
            call.parentMessage,
            line,
            call.request.endpoint(),
            minutes.asked(call),
            minutes.answered(call, dialect(candidate, call.request.endpoint()).format(), said),
            said.text(),
            usage.inputTokens(),
            usage.outputTokens(),
            costNanos));
  }

  private static boolean isTurn(Call call) {
    return call.talk != null
        && switch (call.type) {
          case CHAT, COMPLETION, MESSAGE -> true;
          case RESPONSE, EMBEDDING, IMAGE, SPEECH, TRANSCRIPTION, MODERATION -> false;
        };
  }

  boolean keepsBodies(Call call) {
    return !call.caller.tenant().requestBodies().equals("OFF");
  }

  Outcome.@Nullable Bodies bodies(Call call, Attempt.@Nullable Said said) {
    if (!keepsBodies(call)) {
      return null;
    }
    boolean isRedacted = call.caller.tenant().requestBodies().equals("REDACTED");
    byte[] input = call.request.kept();
    return new Outcome.Bodies(
        cut(new String(isRedacted ? Redaction.ALL.json(input) : input, UTF_8)),
        said == null ? null : cut(isRedacted ? Redaction.ALL.text(said.text()) : said.text()),
        isRedacted,
        clock.instant().plus(Duration.ofDays(call.caller.tenant().requestBodyDays())));
  }

  private static String cut(String text) {
    return text.length() <= MOST_KEPT_BYTES ? text : text.substring(0, MOST_KEPT_BYTES);
  }

  Outcome.@Nullable Answer answer(Call call, Attempt.@Nullable Said said) {
    if (call.idempotency == null || said == null) {
      return null;
    }
    byte[] bytes = said.answer();
    return new Outcome.Answer(
        200,
        said.contentType(),
        bytes == null || bytes.length > MOST_KEPT_BYTES
            ? null
            : vault.seal(bytes, Gateway.answerPurpose(call.caller.tenant().id())));
  }

  void meters(
      Call call,
      Candidate candidate,
      RequestStatus status,
      @Nullable String error,
      TokenUsage usage,
      long nanos,
      @Nullable Long firstTokenMicros) {
    String operation =
        switch (call.type) {
          case CHAT, MESSAGE, RESPONSE -> "chat";
          case COMPLETION -> "text_completion";
          case EMBEDDING -> "embeddings";
          case IMAGE -> "image_generation";
          case SPEECH -> "speech";
          case TRANSCRIPTION -> "transcription";
          case MODERATION -> "moderation";
        };
    Permit permit = candidate.permit();
    if (permit != null) {
      permit.note(
          status,
          error,
          call.request.isStream(),
          nanos,
          firstTokenMicros == null ? null : (Long) (firstTokenMicros * 1000));
    }
    GenAiMeters of =
        meters.computeIfAbsent(
            new Meter(candidate.provider().name(), candidate.model(), operation),
            meter -> metrics.genAi(meter.provider, meter.model, meter.operation));
    if (status == RequestStatus.COMPLETED) {
      of.answered(nanos, usage.inputTokens(), usage.outputTokens());
      if (call.request.isStream() && firstTokenMicros != null) {
        of.firstToken(firstTokenMicros * 1000);
      }
    } else {
      of.failed(nanos, error == null ? status.name() : error);
    }
  }
}
