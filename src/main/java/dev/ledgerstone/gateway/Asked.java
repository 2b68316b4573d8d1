package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.ledger.TaskType;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a candidate is chosen by.
 *
 * @param task as the header says; null: it does not
 * @param tags of the header {@code x-budget-tags}
 * @param worstCase what the request may cost with a candidate, in nanos
 */
record Asked(
    UUID tenant,
    ClientRequest request,
    @Nullable TaskType task,
    List<String> tags,
    ToLongFunction<Candidate> worstCase) {
  /** A token of a text in most languages has some four bytes. */
  private static final int BYTES_PER_TOKEN = 4;

  private static final int TOKENS_PER_IMAGE = 1000;

  /** The input's tokens as they will likely be; not the bound by which it is reserved. */
  long likelyInputTokens() {
    return (request.body().length - request.imageBytes()) / BYTES_PER_TOKEN
        + (long) TOKENS_PER_IMAGE * request.images();
  }
}
