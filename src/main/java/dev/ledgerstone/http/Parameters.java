package dev.ledgerstone.http;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.common.uri.UriQuery;
import io.helidon.webserver.http.ServerRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Reads the parameters of a query, each with its type and bounds; one that cannot be used is {@link
 * RequestProblem.Invalid} under its name.
 *
 * <p>After the last one, {@link #nothingElse} refuses what was not asked for: a filter with a slip
 * in its name must not list everything.
 */
public final class Parameters {
  private static final int LONGEST = 500;
  private static final int LONGEST_SHOWN = 80;

  /** Beyond, a time has no text of fixed width, and ids no room for it. */
  private static final Instant LAST = Instant.parse("9999-01-01T00:00:00Z");

  private final ServerRequest request;
  private final UriQuery query;
  private final Set<String> asked = new HashSet<>();

  private Parameters(ServerRequest request) {
    this.request = request;
    this.query = request.query();
  }

  public static Parameters of(ServerRequest request) {
    return new Parameters(request);
  }

  /**
   * The id that a path names under {@code {id}}. What is no id names nothing: it is answered as a
   * row that is not there.
   */
  public static UUID pathId(ServerRequest request, String what) {
    return pathId(request, "id", what);
  }

  /** An id in another place of the path. */
  public static UUID pathId(ServerRequest request, String name, String what) {
    String text = request.path().pathParameters().get(name);
    return uuid(text).orElseThrow(() -> new RequestProblem.NotFound(what, shown(text)).exception());
  }

  /** The page that {@code limit} and {@code cursor} ask for. */
  public Lists.Page page() {
    asked.add("limit");
    asked.add("cursor");
    return Lists.page(request);
  }

  /** Any text; an empty one is refused, for it filters by nothing. */
  public Optional<String> text(String name) {
    asked.add(name);
    if (!query.contains(name)) {
      return Optional.empty();
    }
    List<String> values = query.all(name);
    if (values.size() > 1) {
      throw invalid(name, name + " stands twice in the query", "give it once");
    }
    String value = values.isEmpty() ? "" : values.getFirst();
    if (value.isEmpty() || value.length() > LONGEST) {
      throw invalid(
          name,
          name + " has " + value.length() + " characters",
          "give 1 to " + LONGEST + " characters, or leave it out");
    }
    return Optional.of(value);
  }

  public Optional<UUID> id(String name) {
    return text(name)
        .map(
            text ->
                uuid(text)
                    .orElseThrow(
                        () ->
                            invalid(
                                name,
                                name + " is no id",
                                "write it like 01890a5d-ac96-774b-bcce-b302099a8057")));
  }

  /** A time of RFC 3339, with its offset. */
  public Optional<Instant> instant(String name) {
    return text(name)
        .map(
            text -> {
              try {
                // In a query a plus sign that was not escaped stands for a space.
                Instant at = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
                if (!at.isBefore(Instant.EPOCH) && at.isBefore(LAST)) {
                  return at;
                }
                throw invalid(
                    name, name + " is out of range", "give a time from 1970 to the year 9999");
              } catch (DateTimeException _) {
                throw invalid(
                    name,
                    name + " is no time of RFC 3339",
                    "write it like 2026-01-31T12:00:00Z, a plus sign as %2B");
              }
            });
  }

  public OptionalLong integer(String name, long min, long max) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseLong(text.get());
      if (number >= min && number <= max) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException _) {
      // Told below, as a number out of range is.
    }
    throw invalid(
        name, name + " is out of range", "give a whole number from " + min + " to " + max);
  }

  public Optional<Boolean> bool(String name) {
    return text(name)
        .map(
            text ->
                switch (text) {
                  case "true" -> true;
                  case "false" -> false;
                  default ->
                      throw invalid(name, name + " is neither true nor false", "give one of them");
                });
  }

  /** One of an enum's names, in capitals or not. */
  public <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
    return text(name).map(text -> constant(name, text, type));
  }

  /** Several of an enum's names, separated by commas, each once; empty when it is absent. */
  public <E extends Enum<E>> List<E> choices(String name, Class<E> type) {
    Optional<String> text = text(name);
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.get().split(",", -1))
            .map(part -> constant(name, part.strip(), type))
            .distinct()
            .toList();
  }

  private static <E extends Enum<E>> E constant(String name, String text, Class<E> type) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    throw invalid(
        name,
        name + " is none of the values that are known",
        "use "
            + Arrays.stream(type.getEnumConstants())
                .map(Enum::name)
                .collect(Collectors.joining(", ")));
  }

  /** Refuses a parameter that was not asked for. */
  public void nothingElse() {
    for (String name : query.names()) {
      if (!asked.contains(name)) {
        throw invalid(
            shown(name),
            "there is no parameter " + shown(name),
            Spelling.nearest(name, asked)
                .map(it -> "did you mean " + it + "?")
                .orElse(
                    asked.isEmpty()
                        ? "leave it out"
                        : "leave it out; known are "
                            + String.join(", ", asked.stream().sorted().toList())));
      }
    }
  }

  private static Optional<UUID> uuid(String text) {
    // UUID.fromString takes shorter forms too.
    if (text.length() == 36) {
      try {
        return Optional.of(UUID.fromString(text));
      } catch (IllegalArgumentException _) {
        // As any other text.
      }
    }
    return Optional.empty();
  }

  private static String shown(String text) {
    return text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text;
  }

  private static ProblemException invalid(String name, String detail, String hint) {
    return new RequestProblem.Invalid(name, detail, hint).exception();
  }
}
