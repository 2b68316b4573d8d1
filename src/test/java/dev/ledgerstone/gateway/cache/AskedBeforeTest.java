package dev.ledgerstone.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A request is read once, and never taken for another. */
class AskedBeforeTest {
  private static final Map<String, String> NONE = Map.of();

  private final AskedBefore before = new AskedBefore();
  private int reads;

  private static Asked.Place place(int tenant, int service, String model) {
    return new Asked.Place(
        new UUID(0, tenant),
        new UUID(1, service),
        new UUID(2, 1),
        model,
        Endpoint.CHAT_COMPLETIONS);
  }

  private @Nullable Asked ask(
      Asked.Place place,
      String format,
      Map<String, String> parameters,
      boolean scope,
      String body) {
    return before.of(
        place,
        format,
        parameters,
        scope,
        body.getBytes(UTF_8),
        () -> {
          reads++;
          return body.isEmpty() ? null : new Asked("key " + reads, null, null);
        });
  }

  @Test
  void theSameBytesAreReadOnce() {
    Asked first = ask(place(1, 1, "m"), "openai", NONE, false, "{}");
    assertThat(ask(place(1, 1, "m"), "openai", NONE, false, "{}")).isEqualTo(first);
    assertThat(reads).isEqualTo(1);
  }

  @Test
  void whateverDiffersIsReadByItself() {
    ask(place(1, 1, "m"), "openai", NONE, false, "{}");
    ask(place(2, 1, "m"), "openai", NONE, false, "{}");
    ask(place(1, 2, "m"), "openai", NONE, false, "{}");
    ask(place(1, 1, "n"), "openai", NONE, false, "{}");
    ask(place(1, 1, "m"), "anthropic", NONE, false, "{}");
    ask(place(1, 1, "m"), "openai", Map.of("seed", "1"), false, "{}");
    ask(place(1, 1, "m"), "openai", NONE, true, "{}");
    ask(place(1, 1, "m"), "openai", NONE, false, "{ }");
    assertThat(reads).isEqualTo(8);
  }

  @Test
  void whatMustNotBeKeptIsAskedAgain() {
    assertThat(ask(place(1, 1, "m"), "openai", NONE, false, "")).isNull();
    assertThat(ask(place(1, 1, "m"), "openai", NONE, false, "")).isNull();
    assertThat(reads).isEqualTo(2);
  }
}
