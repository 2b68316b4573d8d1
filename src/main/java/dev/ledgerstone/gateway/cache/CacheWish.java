package dev.ledgerstone.gateway.cache;

import dev.ledgerstone.problem.RequestProblem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants of the cache.
 *
 * @param mode of the header {@code x-cache}
 * @param tags of {@code x-cache-tags}, in their order: by which the answer can be taken away
 */
public record CacheWish(Mode mode, List<String> tags) {
  private static final int MOST_TAGS = 20;
  private static final int LONGEST_TAG = 200;

  /** How a call uses the cache. */
  public enum Mode {
    /** An answer that is there is given. */
    USE,
    /** A new answer, which takes the old one's place. */
    REFRESH,
    /** As if there were no cache. */
    NO_STORE
  }

  public CacheWish {
    tags = List.copyOf(tags);
  }

  /** Reads the two headers; null: not sent. */
  public static CacheWish of(@Nullable String cache, @Nullable String tags) {
    return new CacheWish(mode(cache), tags(tags));
  }

  private static Mode mode(@Nullable String header) {
    String text = header == null ? "" : header.strip().toLowerCase(Locale.ROOT);
    return switch (text) {
      case "" -> Mode.USE;
      case "refresh" -> Mode.REFRESH;
      case "no-store" -> Mode.NO_STORE;
      default ->
          throw new RequestProblem.Invalid(
                  "x-cache", "x-cache asks for what is not known", "send no-store or refresh")
              .exception();
    };
  }

  private static List<String> tags(@Nullable String header) {
    if (header == null || header.isBlank()) {
      return List.of();
    }
    List<String> tags =
        Arrays.stream(header.split(",", -1))
            .map(String::strip)
            .filter(tag -> !tag.isEmpty())
            .distinct()
            .toList();
    if (tags.size() > MOST_TAGS || tags.stream().anyMatch(tag -> tag.length() > LONGEST_TAG)) {
      throw new RequestProblem.Invalid(
              "x-cache-tags",
              "there are too many tags, or one is too long",
              "send at most 20 tags of at most 200 characters")
          .exception();
    }
    return tags;
  }
}
