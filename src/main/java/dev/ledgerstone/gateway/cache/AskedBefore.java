package dev.ledgerstone.gateway.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.base.Sha256;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What requests ask, known again by their very bytes: who sends the same once more is not read once
 * more, which costs most of a hit (docs/performance.md). Bounded; holds digests and questions, no
 * bodies.
 */
public final class AskedBefore {
  private static final long MOST_BYTES = 16 << 20;
  private static final int USUAL_BYTES = 400;

  /**
   * All that an {@link Asked} is made of.
   *
   * @param parameters the service's own
   * @param body its SHA-256
   */
  private record Request(
      Asked.Place place,
      String format,
      Map<String, String> parameters,
      boolean wantsScope,
      ByteBuffer body) {}

  private final Cache<Request, Asked> known =
      Caffeine.newBuilder()
          .maximumWeight(MOST_BYTES)
          .weigher(
              (Request _, Asked asked) ->
                  USUAL_BYTES + (asked.question() == null ? 0 : 2 * asked.question().length()))
          .build();

  /**
   * What a request asks.
   *
   * @param format of the body
   * @param read says it of a request that was not seen before
   * @return null: its answer must not be kept
   */
  public @Nullable Asked of(
      Asked.Place place,
      String format,
      Map<String, String> parameters,
      boolean wantsScope,
      byte[] body,
      Supplier<@Nullable Asked> read) {
    Request request =
        new Request(place, format, parameters, wantsScope, ByteBuffer.wrap(Sha256.of(body)));
    Asked asked = known.getIfPresent(request);
    if (asked == null) {
      asked = read.get();
      if (asked != null) {
        known.put(request, asked);
      }
    }
    return asked;
  }
}
