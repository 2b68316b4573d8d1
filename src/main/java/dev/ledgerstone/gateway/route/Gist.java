package dev.ledgerstone.gateway.route;

/**
 * Of a request, what tells its task.
 *
 * @param said what the user said last
 * @param system what the system prompt says; empty: there is none
 * @param turns how often the user spoke
 * @param hasImages whether images are in it
 * @param hasFiles whether files are
 * @param bytes of all its text
 */
public record Gist(
    String said, String system, int turns, boolean hasImages, boolean hasFiles, long bytes) {
  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "Gist[" + bytes + " bytes, " + turns + " turns]";
  }
}
