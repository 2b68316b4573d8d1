package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.db.schema.tables.records.ResponseRunsRecord;
import dev.ledgerstone.events.Outbox;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.gateway.limits.LimitProblem;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.jobs.JobFailure;
import dev.ledgerstone.jobs.JobRun;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One try to answer a response in the background: the call on a thread of its own, and beside it
 * the job's, which carries events to the database and looks whether they are still wanted.
 */
final class BackgroundRun {
  private static final Logger LOG = System.getLogger(BackgroundRun.class.getName());

  /** How soon an event is where others can read it. */
  static final Duration TICK = Duration.ofMillis(50);

  /** Ticks between two looks whether somebody has cancelled it. */
  private static final int LOOKS = 4;

  private static final Duration LEAVING = Duration.ofSeconds(10);

  /** Longer ones are looked at again meanwhile. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private static final String STOPPING = new GatewayProblem.Stopping().code();

  private final Background.Kit kit;
  private final JobRun job;
  private final ResponseRunsRecord run;
  private final Tape tape;
  private final CountDownLatch done = new CountDownLatch(1);

  // Of the call's thread, until it is done.
  private @Nullable Answer answer;
  private @Nullable String error;
  private @Nullable Duration patience;

  /** What the call brought, and to which conversation it belongs. */
  private record Answer(
      Caller caller,
      ResponseStore.Said said,
      @Nullable UUID conversation,
      @Nullable UUID follows) {}

  BackgroundRun(Background.Kit kit, JobRun job, ResponseRunsRecord run) {
    this.kit = kit;
    this.job = job;
    this.run = run;
    int next =
        run.getIsStream() ? kit.runs().next(run.getTenantId(), run.getId()) : Background.FIRST;
    this.tape = new Tape(Objects.requireNonNullElse(run.getIp(), ""), next);
  }

  /** Answers it; gives what became of it. */
  JsonNode go() throws InterruptedException, JobFailure {
    if (tape.next() > Background.FIRST) {
      // Somebody may have read the beginning of another answer than the one that would come now.
      return failed("server_error", "the server that wrote the response stopped: ask again");
    }
    Thread thread = Thread.ofVirtual().name("background-response").start(this::call);
    try {
      while (!done.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        look();
      }
    } catch (InterruptedException | RuntimeException e) {
      // The job stops, or what came cannot be kept: nobody would read the answer.
      tape.leave();
      boolean _ = thread.join(LEAVING);
      throw e;
    }
    return end();
  }

  private int looks;

  private void look() {
    Tape.Piece piece = run.getIsStream() ? tape.piece() : null;
    if (piece != null) {
      kit.runs().append(run.getTenantId(), run.getId(), piece);
    }
    if (++looks % LOOKS == 0 && !kit.runs().isWanted(run.getTenantId(), run.getId())) {
      tape.leave();
    }
  }

  // ---- the call

  private void call() {
    try {
      Caller caller =
          kit.identity().again(run.getTenantId(), run.getApiKeyId(), run.getSessionId());
      ObjectNode tree = (ObjectNode) run.getRequest();
      ResponseDesk.Prepared asked = kit.desk().prepare(Json.bytes(tree), tree, caller);
      UUID conversation =
          asked.history() == null ? run.getConversationId() : asked.history().conversation();
      ResponsesFormat format =
          new ResponsesFormat(
              asked.body(),
              asked.tree(),
              asked.earlier(),
              (request, whole, line) ->
                  answer =
                      new Answer(
                          caller,
                          new ResponseStore.Said(request.input(), whole, line),
                          conversation,
                          asked.followed()),
              run.getId(),
              Background.FIRST);
      kit.gateway()
          .serve(
              RequestType.RESPONSE,
              format,
              asked.body(),
              CallHeaders.beside(run.getHeaders()),
              conversation == null ? null : new ConversationDesk.Talk(conversation, false),
              caller,
              tape);
      error = tape.error();
    } catch (ClientGone _) {
      error = "{}"; // nobody wants it any more
    } catch (ProblemException e) {
      patience = patience(e.problem());
      error = new String(ErrorShape.OPENAI.body(e.problem(), tape.id()), UTF_8);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "a response could not be answered in the background", e);
      error = "{}";
    } finally {
      done.countDown();
    }
  }

  /** How long until there may be room for a call that found none; null: waiting does not help. */
  private static @Nullable Duration patience(Problem problem) {
    if (!(problem instanceof LimitProblem
        || problem instanceof GatewayProblem.Busy
        || problem instanceof GatewayProblem.Resting)) {
      return null;
    }
    long seconds = Long.parseLong(problem.headers().getOrDefault("Retry-After", "1"));
    return Duration.ofSeconds(Math.clamp(seconds, 1, LONGEST_WAIT.toSeconds()));
  }

  // ---- its end

  private JsonNode end() throws JobFailure {
    Answer brought = answer;
    String problem = error;
    if (brought != null && problem == null) {
      return answered(brought);
    }
    JsonNode told = Json.read((problem == null ? "{}" : problem).getBytes(UTF_8));
    JsonNode what = told.path("error").isObject() ? told.path("error") : told;
    if (what.path("code").asText().equals(STOPPING)) {
      throw JobFailure.retryAfter(Duration.ofSeconds(1), "the server stops", null);
    }
    Duration later = patience;
    if (later != null && !job.isLast() && tape.next() == Background.FIRST) {
      kit.database()
          .write(
              sql -> kit.runs().move(sql, run.getTenantId(), run.getId(), RunStore.State.QUEUED));
      throw JobFailure.retryAfter(later, what.path("message").asText(), null);
    }
    return failed(
        code(what.path("code").asText()),
        what.path("message").asText("the response could not be answered"));
  }

  /** As the Responses API names what went wrong; the message says the rest. */
  private static String code(String problem) {
    return switch (problem) {
      case "rate_limit_exceeded", "provider_resting", "service_busy" -> "rate_limit_exceeded";
      default -> "server_error";
    };
  }

  private JsonNode answered(Answer brought) {
    ObjectNode whole = brought.said.response();
    List<Tape.Piece> rest = rest();
    Tape.Piece last = tape.end();
    if (last != null) {
      rest.add(last);
    }
    boolean isCut = whole.path("status").asText().equals("incomplete");
    return write(
        isCut ? RunStore.State.INCOMPLETE : RunStore.State.COMPLETED,
        JsonNodeFactory.instance.objectNode(), // the turn that is kept says it
        rest,
        sql ->
            kit.store()
                .keep(sql, brought.caller, brought.conversation, brought.follows, brought.said));
  }

  private JsonNode failed(String code, String message) {
    ObjectNode response = RunStore.told(run).put("status", RunStore.State.FAILED.told());
    response.putObject("error").put("code", code).put("message", message);
    List<Tape.Piece> rest = rest();
    if (run.getIsStream()) {
      int number = tape.next();
      rest.add(new Tape.Piece(number, number, ResponsesFormat.event("failed", number, response)));
    }
    return write(RunStore.State.FAILED, response, rest, _ -> {});
  }

  private List<Tape.Piece> rest() {
    List<Tape.Piece> rest = new ArrayList<>();
    Tape.Piece piece = run.getIsStream() ? tape.piece() : null;
    if (piece != null) {
      rest.add(piece);
    }
    return rest;
  }

  /** Writes the end, and that of the job with it; nothing of one that was cancelled. */
  private JsonNode write(
      RunStore.State state, ObjectNode response, List<Tape.Piece> rest, Consumer<DSLContext> also) {
    String name = ResponsesFormat.id(run.getId());
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("response", name);
    kit.database()
        .write(
            sql -> {
              if (kit.runs().end(sql, run.getTenantId(), run.getId(), state, response)) {
                also.accept(sql);
                rest.forEach(
                    piece -> kit.runs().append(sql, run.getTenantId(), run.getId(), piece));
                Outbox.append(
                    sql,
                    List.of(
                        new Outbox.Event(
                            run.getTenantId(),
                            "responses." + state.told(),
                            "response_runs",
                            run.getId(),
                            result.deepCopy())),
                    kit.clock().instant());
                job.complete(sql, result.put("status", state.told()));
              }
              return null;
            });
    return result;
  }
}
