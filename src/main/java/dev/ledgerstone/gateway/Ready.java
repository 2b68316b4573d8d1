package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Turn;
import dev.ledgerstone.gateway.prompts.Agent;
import dev.ledgerstone.gateway.prompts.Manner;
import dev.ledgerstone.gateway.prompts.Preparation;
import dev.ledgerstone.gateway.prompts.PromptBook;
import dev.ledgerstone.ledger.RequestType;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request as it is served: with the prompt that it names, and as its agent asks.
 *
 * @param named what the client named in place of saying it
 */
record Ready(ClientRequest request, Call.Named named) {
  /**
   * Of a client's body.
   *
   * @param noted hears the model, as the client names it
   * @throws dev.ledgerstone.problem.ProblemException if it cannot be read, or not by this caller
   */
  static Ready of(
      PromptBook prompts,
      Catalog catalog,
      RequestType type,
      ClientFormat format,
      byte[] body,
      Caller caller,
      Consumer<String> noted) {
    UUID tenant = caller.tenant().id();
    Manner manner = manner(type);
    Preparation.Prepared prepared =
        manner == null
            ? new Preparation.Prepared(body, null)
            : Preparation.prompt(prompts, tenant, manner, body);
    ClientRequest scanned = format.scan(prepared.body());
    String model = scanned.model();
    noted.accept(model);
    caller.requireModel(model);
    Agent agent = manner == null ? null : agent(prompts, catalog, tenant, model);
    ClientRequest request = scanned;
    if (agent != null && manner != null) {
      request = format.scan(Preparation.agent(agent, manner, prepared.body()));
      requireStep(agent, format, request);
    }
    return new Ready(request, new Call.Named(body, model, agent, prepared.version()));
  }

  /** Null: what is no dialogue names neither prompt nor agent. */
  private static @Nullable Manner manner(RequestType type) {
    return switch (type) {
      case CHAT -> Manner.CHAT;
      case MESSAGE -> Manner.MESSAGES;
      case RESPONSE -> Manner.RESPONSES;
      case COMPLETION, EMBEDDING, IMAGE, SPEECH, TRANSCRIPTION, MODERATION -> null;
    };
  }

  /** {@code agent/NAME}; or the bare name, where no service has it. */
  private static @Nullable Agent agent(
      PromptBook prompts, Catalog catalog, UUID tenant, String model) {
    if (!prompts.hasAgents()) {
      return null;
    }
    if (model.startsWith(Agent.PREFIX)) {
      return prompts.agent(tenant, model.substring(Agent.PREFIX.length()));
    }
    return catalog.service(tenant, model) == null ? prompts.agent(tenant, model) : null;
  }

  /** Refuses a step past the agent's bound: clients send the whole run each time. */
  private static void requireStep(Agent agent, ClientFormat format, ClientRequest request) {
    Long most = agent.maxSteps();
    if (most != null && steps(format.read(request).turns()) >= most) {
      throw new GatewayProblem.AgentSteps(agent.name(), most).exception();
    }
  }

  /** How often the agent has spoken since a user last said something. */
  private static long steps(List<Turn> turns) {
    long steps = 0;
    for (Turn turn : turns.reversed()) {
      switch (turn.role()) {
        case ASSISTANT -> steps++;
        case SYSTEM -> {}
        case USER -> {
          if (!turn.parts().stream().allMatch(Part.ToolResult.class::isInstance)) {
            return steps;
          }
        }
      }
    }
    return steps;
  }
}
