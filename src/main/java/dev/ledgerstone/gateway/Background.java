package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.ResponseRunsRecord;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.jobs.JobFailure;
import dev.ledgerstone.jobs.JobRun;
import dev.ledgerstone.jobs.JobType;
import dev.ledgerstone.jobs.JobWish;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ledger.IdempotencyClaims;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.ledger.RequestType;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Responses that are answered behind the request that asked for them, each by a job: one outlives
 * its client, and its node. The call itself is a call like any other, made by the key that asked.
 *
 * <p>A response whose node died is asked for anew, unless somebody may have read of its events
 * already: then it has failed.
 */
public final class Background {
  private static final JobType TYPE =
      JobType.of("responses.run", "Answers a response in the background")
          .queue("responses")
          .attempts(20)
          .timeout(Duration.ofHours(1))
          .backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));

  /** The number of the first event that its answer makes: it was created and queued before. */
  static final int FIRST = 2;

  /** What it works with. */
  record Kit(
      Gateway gateway,
      Identity identity,
      Database database,
      RunStore runs,
      ResponseStore store,
      ResponseDesk desk,
      Clock clock) {}

  /** "runs" in ASCII: of a tenant's lock while one more of its responses is admitted. */
  private static final long LOCK = 0x72_75_6e_73;

  /**
   * A response that waits for its turn.
   *
   * @param isRepeat its Idempotency-Key was used before, so that it may be further by now
   */
  record Queued(ResponseRunsRecord run, boolean isRepeat) {}

  private final Kit kit;
  private final Jobs jobs;
  private final long most;
  private final AtomicBoolean isStopping = new AtomicBoolean();

  /**
   * @param jobs have not started
   * @param most of a tenant that have not ended
   */
  Background(Kit kit, Jobs jobs, long most) {
    this.kit = kit;
    this.jobs = jobs;
    this.most = most;
    jobs.register(TYPE, this::run);
  }

  /** Ends the streams of those who look on; called when the time to drain is up. */
  public void stop() {
    isStopping.set(true);
  }

  private @Nullable JsonNode run(JobRun job) throws InterruptedException, JobFailure {
    UUID id = ResponsesFormat.id(job.payload().path("response").asText());
    ResponseRunsRecord run = id == null ? null : kit.runs().begin(job.tenant(), id);
    // None: cancelled before its turn, or ended by a try of whose end nobody heard.
    return run == null ? null : new BackgroundRun(kit, job, run).go();
  }

  /**
   * Queues a response, in one transaction with its job and its Idempotency-Key.
   *
   * @param asked names no items
   * @param body as it was sent
   * @param talk to which it belongs; null: it begins one, or its request says which
   */
  Queued queue(
      ResponseDesk.Prepared asked,
      byte[] body,
      CallHeaders headers,
      ConversationDesk.@Nullable Talk talk,
      Caller caller) {
    UUID id = Ids.next();
    String ip = Exchange.current().clientIp();
    ResponsesFormat format =
        new ResponsesFormat(
            asked.body(), asked.tree(), asked.earlier(), (_, _, _) -> {}, id, FIRST);
    String model = kit.gateway().check(RequestType.RESPONSE, format, asked.body(), headers, caller);
    Intent.Idempotency wish =
        kit.gateway()
            .idempotency(
                headers.idempotencyKey(), caller.key() == null ? null : caller.key().id(), body);
    ObjectNode queued = format.queued(kit.clock().instant().getEpochSecond());
    ResponseRunsRecord run = new ResponseRunsRecord();
    run.setId(id);
    run.setTenantId(caller.tenant().id());
    run.setUserId(caller.user());
    run.setApiKeyId(caller.key() == null ? null : caller.key().id());
    run.setSessionId(caller.session());
    run.setConversationId(talk == null ? null : talk.id());
    run.setIsStream(asked.tree().path("stream").asBoolean());
    run.setIp(ip);
    run.setRequest(asked.tree());
    run.setHeaders(headers.beside());
    run.setResponse(queued);
    String told =
        ResponsesFormat.event("created", 0, queued) + ResponsesFormat.event("queued", 1, queued);
    JobWish job =
        JobWish.of(
                TYPE,
                caller.tenant().id(),
                JsonNodeFactory.instance.objectNode().put("response", ResponsesFormat.id(id)))
            .user(caller.user())
            .unique(id.toString());
    return kit.database()
        .write(
            sql -> {
              UUID before =
                  wish == null
                      ? null
                      : IdempotencyClaims.claim(
                          sql, run.getTenantId(), wish, id, kit.clock().instant());
              if (before != null) {
                return new Queued(again(sql, caller, before), true);
              }
              admit(sql, ip, model, caller);
              if (talk != null && talk.isNew()) {
                kit.gateway().begin(sql, talk, caller);
              }
              kit.runs()
                  .create(sql, run, run.getIsStream() ? new Tape.Piece(0, FIRST - 1, told) : null);
              jobs.enqueue(sql, job);
              return new Queued(run, false);
            });
  }

  private ResponseRunsRecord again(DSLContext sql, Caller caller, UUID before) {
    ResponseRunsRecord run = kit.runs().find(sql, caller, before);
    if (run == null) {
      throw new LedgerProblem.AnswerNotKept(before).exception();
    }
    return run;
  }

  /** Refuses one more than there may be. Of a tenant one at a time is admitted, on all nodes. */
  private void admit(DSLContext sql, String ip, String model, Caller caller) {
    UUID tenant = caller.tenant().id();
    Dialect.of(sql).lock(sql, LOCK ^ tenant.getLeastSignificantBits());
    kit.gateway()
        .admitBackground(
            caller,
            ip,
            model,
            most,
            (kind, subject) -> kit.runs().unfinished(sql, tenant, kind, subject));
  }

  /**
   * Cancels one that has not ended; one that has stays as it is. Its call is ended within a quarter
   * of a second, on whichever node it runs.
   */
  void cancel(ResponseRunsRecord run) {
    ObjectNode response = RunStore.told(run).put("status", RunStore.State.CANCELLED.told());
    kit.database()
        .write(
            sql ->
                kit.runs()
                    .end(sql, run.getTenantId(), run.getId(), RunStore.State.CANCELLED, response));
  }

  /** Gives the events after one, and those that come, until the last. */
  void follow(ResponseRunsRecord run, long after, ServerResponse response) {
    AtomicBoolean hasLeft = new AtomicBoolean();
    Exchange.current().onClientLeft(() -> hasLeft.set(true));
    try (SseWriter out = SseWriter.open(response)) {
      long seen = after;
      while (true) {
        RunStore.Seen news = kit.runs().since(run.getTenantId(), run.getId(), seen);
        for (Tape.Piece piece : news.pieces()) {
          out.write(after(piece, seen).getBytes(UTF_8));
          seen = piece.last();
        }
        if (news.isOver() || hasLeft.get() || isStopping.get()) {
          out.comment("no more");
          return;
        }
        Thread.sleep(BackgroundRun.TICK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String after(Tape.Piece piece, long seen) {
    String events = piece.events();
    for (long number = piece.first(); number <= seen; number++) {
      events = events.substring(events.indexOf("\n\n") + 2);
    }
    return events;
  }
}
