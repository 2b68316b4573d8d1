package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.OutputLimit;
import dev.ledgerstone.gateway.wire.Rewrite;
import dev.ledgerstone.problem.RequestProblem;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for a candidate whose provider speaks another format than the client. It is written
 * when it is made, so that what cannot be carried over is refused before anything is reserved.
 */
final class Converted implements ClientRequest {
  private final ClientRequest request;
  private final ProviderFormat format;
  private final Ask ask;
  private final Losses losses = new Losses();
  private final Map<String, String> defaults = new LinkedHashMap<>();
  private final @Nullable Integer limit;
  private final Destination expected;
  private final byte[] written;

  /**
   * Writes it.
   *
   * @param ask the whole of the request
   */
  Converted(ClientRequest request, Ask ask, ProviderFormat format, Candidate candidate) {
    this.request = request;
    this.format = format;
    this.ask = ask;
    this.limit = limit(request, candidate.parameters());
    candidate
        .parameters()
        .forEach(
            (name, json) -> {
              if (!Rewrite.RESERVED.contains(name) && !isLimit(name) && !name.equals("n")) {
                defaults.put(name, json);
              }
            });
    this.expected =
        new Destination(
            candidate.provider().kind(),
            candidate.model(),
            limit,
            Math.toIntExact(Math.min(Integer.MAX_VALUE, candidate.maxOutputTokens())));
    this.written = format.write(ask, expected, defaults, losses);
    losses.drop(ask.others());
  }

  /** Refuses what a provider does not do in any format. */
  static void requireServed(ProviderFormat format, Endpoint endpoint, Candidate candidate) {
    if (!format.serves(endpoint)) {
      throw new RequestProblem.Invalid(
              "model",
              "provider " + candidate.provider().name() + " does not serve " + endpoint.path(),
              "name a model of another provider")
          .exception();
    }
  }

  private static @Nullable Integer limit(ClientRequest request, Map<String, String> parameters) {
    Integer own = request.maxOutputTokens();
    if (own != null) {
      return own;
    }
    for (String name : new String[] {OutputLimit.MAX_COMPLETION_TOKENS, OutputLimit.MAX_TOKENS}) {
      String value = parameters.get(name);
      if (value != null && value.matches("[1-9][0-9]{0,8}")) {
        return Integer.valueOf(value);
      }
    }
    return null;
  }

  private static boolean isLimit(String name) {
    return name.equals(OutputLimit.MAX_TOKENS) || name.equals(OutputLimit.MAX_COMPLETION_TOKENS);
  }

  /** The whole of the request. */
  Ask ask() {
    return ask;
  }

  Losses losses() {
    return losses;
  }

  @Override
  public Endpoint endpoint() {
    return request.endpoint();
  }

  @Override
  public byte[] body() {
    return request.body();
  }

  @Override
  public String model() {
    return request.model();
  }

  @Override
  public boolean isStream() {
    return request.isStream();
  }

  @Override
  public boolean wantsUsage() {
    return request.wantsUsage();
  }

  @Override
  public @Nullable Integer maxOutputTokens() {
    return limit;
  }

  @Override
  public long outputs() {
    return request.outputs();
  }

  @Override
  public int tools() {
    return request.tools();
  }

  @Override
  public int images() {
    return request.images();
  }

  @Override
  public long imageBytes() {
    return request.imageBytes();
  }

  @Override
  public boolean isUnbounded() {
    return request.isUnbounded();
  }

  @Override
  public long worstInputTokens(int tokensPerImage) {
    return request.worstInputTokens(tokensPerImage);
  }

  @Override
  public ClientRequest completed(Map<String, String> parameters) {
    return this;
  }

  /** In the provider's format. */
  @Override
  public byte[] passed(Destination destination) {
    return destination.equals(expected)
        ? written
        : format.write(ask, destination, defaults, losses);
  }
}
