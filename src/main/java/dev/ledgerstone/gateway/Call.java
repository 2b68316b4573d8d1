package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.limits.Grant;
import dev.ledgerstone.gateway.prompts.Agent;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.ledger.TokenUsage;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One client's call through all its attempts; belongs to the thread that serves it. */
final class Call {
  final Outlet outlet;
  final Caller caller;
  final ClientFormat format;
  final ClientRequest request;
  final Named named;
  final RequestType type;
  final TaskType task;
  final List<String> tags;
  final ConversationDesk.@Nullable Talk talk;
  final @Nullable UUID parentMessage;
  final Intent.@Nullable Idempotency idempotency;
  final @Nullable String userAgent;
  final Map<String, String> carried;
  final Grant grant;

  /** The first attempt's line; null before it. */
  @Nullable UUID root;

  /** What the cache said; null: it was not asked yet. */
  @Nullable Recall recall;

  /** What the attempt that runs, or ran last, could not carry over. */
  Losses losses = new Losses();

  /** Whether its new conversation is there. */
  boolean isTalkBegun;

  boolean isAnswered;

  /** Whether it was answered and nobody knows yet that it was: the settlement is still to come. */
  boolean isUnsettled;

  int attempts;

  /** Of all attempts. */
  private long tokens;

  long costNanos;

  /** What attempts that run may cost yet. */
  private long heldNanos;

  private final Object lock = new Object();
  private final List<Cancellation> running = new ArrayList<>(1);
  private boolean hasClientLeft;

  /**
   * What the request named in place of saying it.
   *
   * @param body as the client sent it
   * @param model as the client wrote it: a service's, a model's or an agent's name
   */
  record Named(byte[] body, String model, @Nullable Agent agent, @Nullable UUID promptVersion) {
    @Nullable UUID agentId() {
      return agent == null ? null : agent.id();
    }
  }

  Call(
      Outlet outlet,
      Caller caller,
      ClientFormat format,
      ClientRequest request,
      Named named,
      RequestType type,
      TaskType task,
      List<String> tags,
      ConversationDesk.@Nullable Talk talk,
      @Nullable UUID parentMessage,
      Intent.@Nullable Idempotency idempotency,
      @Nullable String userAgent,
      Map<String, String> carried,
      Grant grant) {
    this.outlet = outlet;
    this.caller = caller;
    this.format = format;
    this.request = request;
    this.named = named;
    this.type = type;
    this.task = task;
    this.tags = tags;
    this.talk = talk;
    this.parentMessage = parentMessage;
    this.idempotency = idempotency;
    this.userAgent = userAgent;
    this.carried = carried;
    this.grant = grant;
    outlet.onClientLeft(this::clientLeft);
  }

  @Nullable UUID conversation() {
    return talk == null ? null : talk.id();
  }

  /** The conversation as clients are told of it: one that is there. */
  @Nullable UUID toldConversation() {
    return talk == null || (talk.isNew() && !isTalkBegun) ? null : talk.id();
  }

  /** What its agent may still spend on it; null: there is no bound. */
  @Nullable Long agentNanos() {
    Long most = named.agent() == null ? null : named.agent().maxCostNanos();
    if (most == null) {
      return null;
    }
    synchronized (lock) {
      return Math.max(0, most - costNanos - heldNanos);
    }
  }

  /** An attempt was reserved. */
  void held(long nanos) {
    synchronized (lock) {
      heldNanos += nanos;
    }
  }

  /** Whether an answer of that candidate is kept for others. */
  boolean keeps(Candidate candidate) {
    return recall != null && recall.keeps(candidate);
  }

  /** What stands around its answer. */
  Frame frame(Clock clock) {
    return new Frame(
        outlet.id(), request.model(), clock.instant().getEpochSecond(), request.wantsUsage());
  }

  /** Of an attempt: it is ended when the client leaves. */
  Cancellation begin() {
    Cancellation cancellation = new Cancellation();
    synchronized (lock) {
      running.add(cancellation);
      if (!hasClientLeft) {
        return cancellation;
      }
    }
    cancellation.cancel(Cancellation.Reason.CLIENT_LEFT);
    return cancellation;
  }

  /**
   * An attempt is settled; two that run side by side do not lose each other's cost.
   *
   * @param isWell whether the client has its answer from it
   * @param held what it might have cost
   */
  void settled(boolean isWell, TokenUsage usage, long nanos, long held) {
    synchronized (lock) {
      heldNanos -= held;
      isAnswered |= isWell;
      tokens += usage.inputTokens() + usage.outputTokens();
      costNanos = Money.plus(costNanos, nanos);
      if (isWell) {
        grant.settle(tokens, costNanos);
      }
      outlet.tokens(usage.inputTokens(), usage.outputTokens());
      outlet.cost(costNanos);
    }
  }

  /** Nothing more will be used. */
  void ended() {
    synchronized (lock) {
      grant.settle(tokens, costNanos);
    }
  }

  /** Whether nobody waits for the answer any more. */
  boolean hasClientLeft() {
    synchronized (lock) {
      return hasClientLeft;
    }
  }

  private void clientLeft() {
    List<Cancellation> ended;
    synchronized (lock) {
      hasClientLeft = true;
      ended = List.copyOf(running);
    }
    ended.forEach(cancellation -> cancellation.cancel(Cancellation.Reason.CLIENT_LEFT));
  }
}
