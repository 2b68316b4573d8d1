package dev.ledgerstone.gateway;

import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.EventSink;
import dev.ledgerstone.problem.Problem;
import java.io.OutputStream;
import java.util.UUID;

/** Where a call comes from, and its answer goes: a client that waits for it, or work behind one. */
interface Outlet {
  /** The call's id. */
  UUID id();

  /** Gives the call another id, such as its ledger line's; before the answer begins. */
  void id(UUID other);

  /** When it came, by {@link System#nanoTime()}. */
  long arrivedNanos();

  String clientIp();

  /** How its client is told of a problem. */
  ErrorShape shape();

  void model(String name);

  void tokens(long input, long output);

  void cost(long nanos);

  /** Notes a problem that could not be answered with a status, in the middle of a stream. */
  void failed(Problem problem);

  /** Runs an action, once and on another thread, when nobody waits for the answer any more. */
  void onClientLeft(Runnable action);

  void header(String name, String value);

  void status(int status);

  /** Gives an answer in one piece. */
  void send(byte[] body);

  /** Begins an answer of events. */
  EventSink events();

  /** Begins an answer of bytes. */
  OutputStream outputStream();
}
