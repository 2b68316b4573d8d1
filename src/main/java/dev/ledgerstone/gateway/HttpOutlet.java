package dev.ledgerstone.gateway;

import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.EventSink;
import dev.ledgerstone.http.Exchange;
import dev.ledgerstone.http.SseWriter;
import dev.ledgerstone.problem.Problem;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.OutputStream;
import java.util.UUID;

/** The client of an HTTP request. */
record HttpOutlet(Exchange exchange, ServerResponse response) implements Outlet {
  /** Of the request that the current thread serves. */
  static HttpOutlet of(ServerResponse response) {
    return new HttpOutlet(Exchange.current(), response);
  }

  @Override
  public UUID id() {
    return exchange.id();
  }

  @Override
  public void id(UUID other) {
    exchange.id(other);
  }

  @Override
  public long arrivedNanos() {
    return exchange.arrivedNanos();
  }

  @Override
  public String clientIp() {
    return exchange.clientIp();
  }

  @Override
  public ErrorShape shape() {
    return exchange.shape();
  }

  @Override
  public void model(String name) {
    exchange.model(name);
  }

  @Override
  public void tokens(long input, long output) {
    exchange.tokens(input, output);
  }

  @Override
  public void cost(long nanos) {
    exchange.cost(nanos);
  }

  @Override
  public void failed(Problem problem) {
    exchange.failed(problem);
  }

  @Override
  public void onClientLeft(Runnable action) {
    exchange.onClientLeft(action);
  }

  @Override
  public void header(String name, String value) {
    response.header(name, value);
  }

  @Override
  public void status(int status) {
    response.status(Status.create(status));
  }

  @Override
  public void send(byte[] body) {
    response.send(body);
  }

  @Override
  public EventSink events() {
    return SseWriter.open(response);
  }

  @Override
  public OutputStream outputStream() {
    return response.outputStream();
  }
}
