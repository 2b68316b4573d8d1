package dev.ledgerstone.gateway.wire;

import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Spoken;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.problem.ProblemException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request in OpenAI's format: what the gateway must know of it, and its bytes.
 *
 * @param endpoint what is asked
 * @param body as it came; must not be changed
 * @param model as the client named it; not empty
 * @param isStream whether the answer is to come as events
 * @param wantsUsage whether the client asked for a stream's usage chunk
 * @param outputLimit the client's limit of each output; null: none given
 * @param choices outputs that are generated for each prompt: {@code n}, or {@code best_of} if more
 * @param input what is sent to the model
 * @param user the client's name for its end user; null: none given
 * @param metadata the client's own labels
 * @param streamOptions where {@code stream_options} stands; null if it is not an object
 * @param members where the fields stand
 * @param spots where words stand in a chat
 */
public record OpenAiRequest(
    Endpoint endpoint,
    byte[] body,
    String model,
    boolean isStream,
    boolean wantsUsage,
    @Nullable OutputLimit outputLimit,
    int choices,
    Input input,
    @Nullable String user,
    Map<String, String> metadata,
    @Nullable StreamOptions streamOptions,
    Members members,
    Spots spots)
    implements ClientRequest {
  /** A system prompt of a chat template's own, its start and the opening of the answer. */
  private static final int TEMPLATE_TOKENS = 256;

  /** Markers around a message and its role. */
  private static final int MESSAGE_TOKENS = 16;

  /** What a template says about tools before it lists them; Anthropic documents up to 530. */
  private static final int TOOLS_TOKENS = 1024;

  /** Markers around one tool. */
  private static final int TOOL_TOKENS = 32;

  /**
   * What a request sends to the model.
   *
   * @param messages of a chat
   * @param prompts of a completion, or texts to be embedded
   * @param images parts that hold an image, or point at one
   * @param imageBytes bytes of the body that are images in base64 and never read as text
   * @param tools functions that the model may call
   * @param isUnbounded whether something is sent whose size the body does not tell: a file, a
   *     video, a search's results
   */
  public record Input(
      int messages, int prompts, int images, long imageBytes, int tools, boolean isUnbounded) {}

  /**
   * Where in the body stands what the user said last and what the system prompt says, each up to
   * what follows it; 0: nothing is said.
   *
   * @param turns how often the user spoke
   */
  record Spots(int lastFrom, int lastTo, int systemFrom, int systemTo, int turns) {}

  /**
   * Reads a body once and checks what OpenAI documents. Unknown fields are left alone.
   *
   * @throws ProblemException RequestProblem.Malformed or RequestProblem.Invalid
   */
  public static OpenAiRequest scan(Endpoint endpoint, byte[] body) {
    return new RequestScanner(endpoint, body).scan();
  }

  @Override
  public @Nullable Integer maxOutputTokens() {
    return outputLimit == null ? null : outputLimit.tokens();
  }

  @Override
  public int tools() {
    return input.tools();
  }

  @Override
  public int images() {
    return input.images();
  }

  @Override
  public long imageBytes() {
    return input.imageBytes();
  }

  @Override
  public boolean isUnbounded() {
    return input.isUnbounded();
  }

  @Override
  public @Nullable Spoken spoken() {
    return endpoint == Endpoint.CHAT_COMPLETIONS
        ? new Spoken(
            Excerpt.of(body, spots.lastFrom, spots.lastTo),
            Excerpt.of(body, spots.systemFrom, spots.systemTo),
            spots.turns)
        : null;
  }

  @Override
  public OpenAiRequest completed(Map<String, String> defaults) {
    return defaults.isEmpty()
        ? this
        : scan(endpoint, rewrite(new Rewrite(null, null, false, defaults, Set.of())));
  }

  @Override
  public byte[] passed(Destination destination) {
    Integer limit = destination.limit();
    String field =
        destination.kind().equals("OPENAI")
            ? OutputLimit.MAX_COMPLETION_TOKENS
            : OutputLimit.MAX_TOKENS;
    return rewrite(
        new Rewrite(
            destination.model(),
            limit == null ? null : new OutputLimit(field, limit),
            isStream,
            Map.of(),
            Set.of()));
  }

  @Override
  public long outputs() {
    return switch (endpoint) {
      case CHAT_COMPLETIONS -> choices;
      case COMPLETIONS -> (long) choices * Math.max(1, input.prompts());
      case EMBEDDINGS -> 0;
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw endpoint.noDialogue();
    };
  }

  /**
   * The most tokens that the input can be billed as, whatever the provider's tokenizer. Does not
   * look at the text, so it costs nothing.
   *
   * <p>Why it is a bound: each token of a byte-level BPE (or of a SentencePiece model that falls
   * back to bytes) stands for one byte of text or more, so a text never has more tokens than it has
   * bytes in UTF-8. JSON text is never shorter than what it says: a plain character is its own
   * UTF-8, a short escape is 2 bytes for 1, {@code \}{@code uXXXX} is 6 for at most 3, and a
   * surrogate pair 12 for 4. A list of token ids has a digit and a comma for each. So the body's
   * bytes, with tools, schemas, audio in base64 and fields that we do not know, bound the tokens of
   * all that they can say. Images in base64 are taken out, because they are billed by their size in
   * pixels, and counted at the provider's maximum. What a provider's template adds is covered by
   * constants with room to spare.
   *
   * <p>What it does not cover: {@link Input#isUnbounded} input, for which only the model's context
   * window is a bound; a template that prints tools again with more escapes than the client used,
   * beyond the slack that JSON leaves (a schema has about 3 bytes a token); and a tokenizer that
   * first expands ligatures (NFKC), which turns a few rare characters of 3 bytes into 18. The
   * ledger records the truth of those and closes the budget.
   *
   * @param tokensPerImage see {@link ImageTokens#worst}
   */
  @Override
  public long worstInputTokens(int tokensPerImage) {
    long tools = input.tools() == 0 ? 0 : TOOLS_TOKENS + (long) TOOL_TOKENS * input.tools();
    return TEMPLATE_TOKENS
        + (body.length - input.imageBytes())
        + (long) MESSAGE_TOKENS * (input.messages() + input.prompts())
        + (long) tokensPerImage * input.images()
        + tools;
  }

  /**
   * The body with changes made: each byte outside the changed values is the client's own. If there
   * is nothing to change it is the same array.
   */
  public byte[] rewrite(Rewrite rewrite) {
    return new Rewriter(this, rewrite).apply();
  }

  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "OpenAiRequest[" + endpoint + ", " + body.length + " bytes]";
  }
}
