package dev.ledgerstone.gateway.dialogue;

/**
 * What is said in a request, as far as it tells what the request is for. Of a long text the middle
 * may be missing.
 *
 * @param last what the user said last; empty: nothing, or no words
 * @param system what the system prompt says; empty: there is none
 * @param turns how often the user spoke
 */
public record Spoken(String last, String system, int turns) {
  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "Spoken[" + turns + " turns]";
  }
}
