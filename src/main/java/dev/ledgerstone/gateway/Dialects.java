package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import java.util.List;

/**
 * In which format each provider is spoken to.
 *
 * @param builtIn for providers without an address
 * @param others the first that a provider speaks
 */
public record Dialects(Dialect builtIn, List<Dialect> others) {
  /** A format, and who sends what is written in it. */
  public record Dialect(ProviderFormat format, Provider provider) {}

  public Dialects {
    others = List.copyOf(others);
  }

  Dialect of(ProviderEntry entry) {
    Target target = entry.target();
    if (target == null) {
      return builtIn;
    }
    for (Dialect dialect : others) {
      if (dialect.format.isSpokenBy(entry.kind(), target.baseUrl())) {
        return dialect;
      }
    }
    throw new GatewayProblem.NotConfigured(entry.name(), "a wire format that is built in")
        .exception();
  }
}
