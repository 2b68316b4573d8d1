package dev.ledgerstone.gateway.wire;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;

/** What is said to a client whose request is not its format. Never quotes a value. */
public final class Refusal {
  private Refusal() {}

  /**
   * A value of the wrong kind.
   *
   * @param must what it must be, such as {@code a number from 0 to 2}
   */
  public static ProblemException mustBe(String path, String must, JsonToken found) {
    return new RequestProblem.Invalid(
            path, path + " must be " + must + ", not " + kind(found), "send " + must)
        .exception();
  }

  /** The same of a value that was read. */
  public static ProblemException mustBe(String path, String must, JsonNode found) {
    return mustBe(path, must, found.isMissingNode() ? JsonToken.VALUE_NULL : found.asToken());
  }

  public static ProblemException outOfRange(String path, String must) {
    return new RequestProblem.Invalid(path, path + " must be " + must, "send " + must).exception();
  }

  public static ProblemException missing(String path, String must) {
    return new RequestProblem.Invalid(path, path + " is missing", "send " + must + " as " + path)
        .exception();
  }

  public static ProblemException twice(String path) {
    return new RequestProblem.Invalid(
            path,
            path + " is there twice",
            "send it once: two readers would understand two different requests")
        .exception();
  }

  public static ProblemException malformed(String detail) {
    return new RequestProblem.Malformed(detail, "send one JSON object, in UTF-8").exception();
  }

  private static String kind(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "this number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      default -> "what is there";
    };
  }
}
