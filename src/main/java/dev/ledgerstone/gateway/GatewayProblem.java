package dev.ledgerstone.gateway;

import dev.ledgerstone.problem.Problem;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Failures of model calls that are not another room's. */
public sealed interface GatewayProblem extends Problem {
  /** A model that no service or provider has. */
  record UnknownModel(String model) implements GatewayProblem {}

  /** A provider that is known but cannot be called yet. */
  record NotConfigured(String provider, String missing) implements GatewayProblem {}

  /** No connection, or one that broke before an answer. */
  record Unreachable(String provider) implements GatewayProblem {}

  /** No answer in time. */
  record TimedOut(String provider, boolean isFirstToken) implements GatewayProblem {}

  /** An answer that is not what was asked for: not JSON, cut off, or too large. */
  record BadAnswer(String provider, String what) implements GatewayProblem {}

  /** Providers that want to be left alone for a time, and nobody else to ask. */
  record Resting(String provider, long seconds) implements GatewayProblem {}

  /** As many calls as may run do, and as many as may wait. */
  record Busy(String service, long seconds) implements GatewayProblem {}

  /** A call that may cost more than its agent may spend on one. */
  record AgentCost(String agent, long limitNanos, long leastNanos) implements GatewayProblem {}

  /** An agent that has spoken as often as it may since a user spoke. */
  record AgentSteps(String agent, long steps) implements GatewayProblem {}

  /** The server stops. */
  record Stopping() implements GatewayProblem {}

  @Override
  default int status() {
    return switch (this) {
      case UnknownModel _ -> 404;
      case AgentCost _ -> 402;
      case AgentSteps _ -> 403;
      case Resting _, Busy _ -> 429;
      case NotConfigured _, Stopping _ -> 503;
      case Unreachable _, BadAnswer _ -> 502;
      case TimedOut _ -> 504;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case UnknownModel _ -> "model_not_found";
      case NotConfigured _ -> "provider_not_configured";
      case Unreachable _ -> "upstream_unreachable";
      case TimedOut _ -> "upstream_timeout";
      case BadAnswer _ -> "upstream_bad_answer";
      case Resting _ -> "provider_resting";
      case Busy _ -> "service_busy";
      case AgentCost _ -> "agent_cost_limit";
      case AgentSteps _ -> "agent_step_limit";
      case Stopping _ -> "server_stopping";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case UnknownModel(String model) -> "there is no model " + model;
      case NotConfigured(String provider, String missing) ->
          "provider " + provider + " lacks " + missing;
      case Unreachable(String provider) -> "provider " + provider + " could not be reached";
      case TimedOut(String provider, boolean isFirstToken) ->
          "provider "
              + provider
              + (isFirstToken
                  ? " did not begin to answer in time"
                  : " did not end its answer in time");
      case BadAnswer(String provider, String what) -> "provider " + provider + " " + what;
      case Resting(String provider, _) ->
          "provider " + provider + " limits the rate of its keys, and wants to be left alone";
      case Busy(String service, _) ->
          service + " answers as many calls as it may at once, and as many wait for it as may";
      case AgentCost(String agent, long limit, long least) ->
          "a call of agent "
              + agent
              + " may cost "
              + limit
              + " nanos, and this one can cost "
              + least
              + " before it has said a word";
      case AgentSteps(String agent, long steps) ->
          "agent " + agent + " may speak " + steps + " times before a user speaks again, and has";
      case Stopping _ -> "the server is stopping";
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case UnknownModel _ ->
          "GET /v1/models lists what this key can call; write a service's name, provider/model, or auto";
      case NotConfigured _ ->
          "give the provider what it lacks, in the environment or the configuration file";
      case Unreachable _, BadAnswer _ ->
          "try again; if it stays so, check the provider's base_url and its status page";
      case TimedOut _ -> "try again, ask for less, or raise the provider's timeouts";
      case Resting _ ->
          "try again after the time in Retry-After; give the provider another key, or the service a fallback";
      case Busy _ ->
          "try again after the time in Retry-After; raise max_concurrency or the queue's length, or add a fallback";
      case AgentCost _ -> "send less, or raise max_cost_nanos of the agent's limits";
      case AgentSteps _ -> "end the run, or raise max_steps of the agent's limits";
      case Stopping _ -> "try again after the time in Retry-After";
    };
  }

  @Override
  default @Nullable String field() {
    return this instanceof UnknownModel ? "model" : null;
  }

  @Override
  default Map<String, String> headers() {
    return switch (this) {
      case Resting(_, long seconds) -> Map.of("Retry-After", Long.toString(seconds));
      case Busy(_, long seconds) -> Map.of("Retry-After", Long.toString(seconds));
      case NotConfigured _, Stopping _ -> Map.of("Retry-After", "2");
      case UnknownModel _, Unreachable _, TimedOut _, BadAnswer _, AgentCost _, AgentSteps _ ->
          Map.of();
    };
  }
}
