package dev.ledgerstone.gateway.dialogue;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How clients ask and are answered at one of our paths. Pure: no state, no sockets. Safe for use by
 * many threads.
 */
public interface ClientFormat {
  /** A provider's format of the same name gets the body as it is. */
  String name();

  /**
   * Reads what the gateway must know and checks what the format documents.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Malformed or
   *     RequestProblem.Invalid, which names the field
   */
  ClientRequest scan(byte[] body);

  /**
   * Reads all of it, for a provider of another format.
   *
   * @throws dev.ledgerstone.problem.ProblemException as above
   */
  Ask read(ClientRequest request);

  /**
   * The same, of a request of which this tells all that an answer can depend on.
   *
   * @return null: it holds what only its body tells, such as a field that nobody else knows
   * @throws dev.ledgerstone.problem.ProblemException as above
   */
  default @Nullable Ask readWhole(ClientRequest request) {
    return null;
  }

  /** An answer in one piece, as JSON. */
  byte[] write(Reply reply, Frame frame, Losses losses);

  /** Writes one stream's events. */
  EventWriter events(Frame frame, Losses losses);

  /** What stands last in a stream; held back until the call is settled. */
  byte[] streamEnd();

  /**
   * A stream's error event.
   *
   * @param json the error, as an answer of its own would have it
   */
  byte[] streamError(byte[] json);

  /**
   * An upstream's error, as JSON.
   *
   * @param frame of the call; its answer has not begun
   */
  byte[] writeError(UpstreamError error, Frame frame);

  /** Headers that clients of this format look for in every answer. */
  default Map<String, String> headers(Frame frame) {
    return Map.of();
  }

  /** The status with which clients of this format are told of an upstream's error. */
  default int status(int upstream) {
    return upstream;
  }
}
