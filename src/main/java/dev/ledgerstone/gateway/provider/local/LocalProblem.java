package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Failures of the built-in models, beside those that any request can meet. */
public sealed interface LocalProblem extends Problem {
  /** A model that is not built in. */
  record UnknownModel(String name) implements LocalProblem {}

  /** A built-in model that is asked for what it does not do. */
  record OtherEndpoint(String model, String path) implements LocalProblem {}

  /** More text than is read at once. */
  record TooLong(String field, int limit, String unit) implements LocalProblem {}

  @Override
  default int status() {
    return switch (this) {
      case UnknownModel _, OtherEndpoint _ -> 404;
      case TooLong _ -> 400;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case UnknownModel _ -> "model_not_found";
      case OtherEndpoint _ -> "model_not_for_endpoint";
      case TooLong _ -> "context_length_exceeded";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case UnknownModel(String name) -> "there is no built-in model " + name;
      case OtherEndpoint(String model, String path) -> "the model " + model + " is not for " + path;
      case TooLong(String field, int limit, String unit) ->
          field + " holds more than " + limit + " " + unit;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case UnknownModel _, OtherEndpoint _ ->
          "use "
              + LocalProvider.EXTRACT
              + " for chat, "
              + LocalProvider.EMBEDDINGS
              + " for vectors";
      case TooLong _ -> "send less text, or several calls";
    };
  }

  @Override
  default @Nullable String field() {
    return switch (this) {
      case UnknownModel _, OtherEndpoint _ -> "model";
      case TooLong(String field, _, _) -> field;
    };
  }
}
