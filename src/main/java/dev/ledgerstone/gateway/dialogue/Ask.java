package dev.ledgerstone.gateway.dialogue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of a model.
 *
 * @param system the system prompt that stands before everything else; empty: none
 * @param turns what was said so far, oldest first; at least one
 * @param tools functions that the model may call
 * @param toolChoice whether it must; null: it chooses by itself
 * @param isParallel whether it may call several at once; null: the provider's own rule
 * @param output what its answer must look like
 * @param sampling how its words are chosen
 * @param maxOutputTokens of the answer, reasoning included; null: no limit was given
 * @param stop texts at which it ends
 * @param reasoning how much it thinks; null: the model's own rule
 * @param user the client's name for its end user; null: none
 * @param metadata the client's own labels
 * @param choices answers that are wanted
 * @param isStream whether the answer is to come as events
 * @param wantsUsage whether the client wants a stream's usage, where its format leaves that open
 * @param others names of fields that are of the client's own format alone
 */
public record Ask(
    List<Part.Text> system,
    List<Turn> turns,
    List<Tool> tools,
    @Nullable ToolChoice toolChoice,
    @Nullable Boolean isParallel,
    OutputFormat output,
    Sampling sampling,
    @Nullable Integer maxOutputTokens,
    List<String> stop,
    @Nullable Reasoning reasoning,
    @Nullable String user,
    Map<String, String> metadata,
    int choices,
    boolean isStream,
    boolean wantsUsage,
    Set<String> others) {
  public Ask {
    system = List.copyOf(system);
    turns = List.copyOf(turns);
    tools = List.copyOf(tools);
    stop = List.copyOf(stop);
    metadata = Map.copyOf(metadata);
    others = Set.copyOf(others);
  }

  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "Ask[" + turns.size() + " turns, " + tools.size() + " tools]";
  }
}
