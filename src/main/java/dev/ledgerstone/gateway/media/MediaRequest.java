package dev.ledgerstone.gateway.media;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageReader;
import dev.ledgerstone.ledger.UsageSource;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call that is not a dialogue; for upstreams of OpenAI's format alone. */
public sealed interface MediaRequest extends ClientRequest permits JsonMedia, FormMedia {
  /** What was used where the answer does not say: an estimate by what was asked. */
  TokenUsage estimated();

  /**
   * What an answer says was used, and what is billed though no answer says it.
   *
   * @param answer the whole of it, or a stream's last event; null: no JSON
   */
  default TokenUsage used(@Nullable JsonNode answer) {
    Optional<TokenUsage> reported =
        answer == null ? Optional.empty() : UsageReader.read(answer.get("usage"));
    return reported.isPresent() ? reported.get().with(estimated().units()) : estimated();
  }

  /** The same with another's certainty. */
  static TokenUsage reported(TokenUsage usage) {
    return TokenUsage.of(usage.inputTokens(), usage.outputTokens(), UsageSource.REPORTED)
        .with(usage.units());
  }

  @Override
  default boolean wantsUsage() {
    return true;
  }

  @Override
  default @Nullable Integer maxOutputTokens() {
    return null;
  }

  @Override
  default long outputs() {
    return 1;
  }

  @Override
  default boolean isUnbounded() {
    return false;
  }

  @Override
  default int tools() {
    return 0;
  }

  /** Pictures are made here, not looked at by a model of language. */
  @Override
  default int images() {
    return 0;
  }

  @Override
  default long imageBytes() {
    return 0;
  }

  /** A service's values are those of a chat. */
  @Override
  default ClientRequest completed(Map<String, String> defaults) {
    return this;
  }
}
