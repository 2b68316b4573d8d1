package dev.ledgerstone.http;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.Problem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request and what became of it: the rooms fill it on the way, the request log and the metrics
 * are written from it at the end.
 *
 * <p>Belongs to the thread that serves the request; other threads are handed it and must be done
 * with it before the handler returns.
 */
public final class Exchange {
  static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");

  private final Connection connection;
  private final ServerRequest request;
  private final ServerResponse response;
  private final Front front;
  private final long arrivedNanos = System.nanoTime();
  private final long arrivedMillis = System.currentTimeMillis();

  private UUID id;
  private @Nullable Consumer<Problem> onProblem;
  private @Nullable Route route;
  private @Nullable String tenant;
  private @Nullable String keyPrefix;
  private @Nullable String model;
  private @Nullable String code;
  private long inputTokens;
  private long outputTokens;
  private long costNanos;
  private final List<Runnable> atEnd = new ArrayList<>(0);

  Exchange(Front front, Connection connection, ServerRequest request, ServerResponse response) {
    this.front = front;
    this.connection = connection;
    this.request = request;
    this.response = response;
    this.id = Ids.next();
    response.header(HeaderValues.create(REQUEST_ID, id.toString()));
  }

  /** The request that the current thread serves; fails on any other thread. */
  public static Exchange current() {
    return Connection.current().exchange();
  }

  /** The request's id, sent as {@code x-request-id}. */
  public UUID id() {
    return id;
  }

  /** Gives the request another id, such as its ledger line's; before the answer begins. */
  public void id(UUID other) {
    id = other;
    response.header(HeaderValues.create(REQUEST_ID, other.toString()));
  }

  /** Has something done when the request is over, whatever became of it; on its thread. */
  public void atEnd(Runnable work) {
    atEnd.add(work);
  }

  void end() {
    atEnd.forEach(Runnable::run);
  }

  /** When the request's head had been read, by {@link System#nanoTime()}. */
  public long arrivedNanos() {
    return arrivedNanos;
  }

  /** Where the request came from; a forwarded address only when a trusted proxy tells it. */
  public String clientIp() {
    return front.clientIp(request);
  }

  /** Whether its headers were written by a trusted proxy, or at least passed by one. */
  public boolean isFromTrustedProxy() {
    return front.isFromProxy(request);
  }

  /** Tells somebody of the problem that the request ends in, if it does; the last one counts. */
  public void onProblem(Consumer<Problem> listener) {
    onProblem = listener;
  }

  /** How the request's client is told of a problem. */
  public ErrorShape shape() {
    return route == null ? front.shape(request.prologue().uriPath().path()) : route.shape();
  }

  public void tenant(String name) {
    tenant = name;
  }

  /** The first characters of the key, as they are listed; never the key. */
  public void keyPrefix(String prefix) {
    keyPrefix = prefix;
  }

  public void model(String name) {
    model = name;
  }

  public void tokens(long input, long output) {
    inputTokens = input;
    outputTokens = output;
  }

  /** What the request cost, in billionths of a US dollar. */
  public void cost(long nanos) {
    costNanos = nanos;
  }

  /** Notes a problem that could not be answered with a status, in the middle of a stream. */
  public void failed(Problem problem) {
    code = problem.code();
  }

  /**
   * Runs an action, once and on another thread, when the client leaves before it has its answer.
   * Noticed from the second second of a request on; earlier leaving shows when writing fails.
   */
  public void onClientLeft(Runnable action) {
    connection.onLeave(action);
  }

  void routed(Route taken) {
    route = taken;
  }

  /** The problem with which it is answered. */
  void ended(Problem problem) {
    code = problem.code();
    Consumer<Problem> listener = onProblem;
    if (listener != null) {
      listener.accept(problem);
    }
  }

  void code(String problem) {
    code = problem;
  }

  Connection connection() {
    return connection;
  }

  @Nullable Route route() {
    return route;
  }

  RequestLine line(int status, long nanos) {
    return new RequestLine(
        arrivedMillis,
        id,
        request.prologue().method().text(),
        route == null ? null : route.pattern(),
        status,
        nanos,
        inputTokens,
        outputTokens,
        costNanos,
        tenant,
        keyPrefix,
        model,
        code);
  }
}
