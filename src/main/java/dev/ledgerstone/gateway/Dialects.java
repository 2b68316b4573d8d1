package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import java.util.List;

/**
 * In which format each provider is spoken to.
 *
 * @param builtIn for providers without an address: OpenAI's chat
 * @param others the first that a provider speaks and that serves the call; the last is for those
 *     that speak none of the others
 */
public record Dialects(Dialect builtIn, List<Dialect> others) {
  /** A format, and who sends what is written in it. */
  public record Dialect(ProviderFormat format, Provider provider) {}

  public Dialects {
    others = List.copyOf(others);
  }

  Dialect of(ProviderEntry entry, Endpoint endpoint) {
    Target target = entry.target();
    if (target == null) {
      return builtIn;
    }
    Dialect spoken = null;
    for (int i = 0; i < others.size(); i++) {
      Dialect dialect = others.get(i);
      boolean isUsual = i == others.size() - 1;
      if (dialect.format.isSpokenBy(entry.kind(), target.baseUrl())
          && !(isUsual && spoken != null)) {
        if (dialect.format.serves(endpoint)) {
          return dialect;
        }
        spoken = spoken == null ? dialect : spoken;
      }
    }
    if (spoken != null) {
      return spoken;
    }
    throw new GatewayProblem.NotConfigured(entry.name(), "a wire format that is built in")
        .exception();
  }
}
