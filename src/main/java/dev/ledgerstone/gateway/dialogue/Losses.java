package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What one side of a call said and the other cannot say.
 *
 * <p>What changes the answer's nature is refused; a wish is dropped, and the client is told its
 * name in {@code x-dropped}. For one call and one thread.
 */
public final class Losses {
  /** Under which a client is told. */
  public static final String HEADER = "x-dropped";

  /** A client that sends a thousand unknown fields is told of these. */
  private static final int MOST = 32;

  private static final int LONGEST_NAME = 64;

  private final Set<String> dropped = new LinkedHashSet<>();

  /** Notes a field that is left out, by the name by which its users know it. */
  public void drop(String field) {
    if (dropped.size() < MOST) {
      dropped.add(plain(field));
    }
  }

  public void drop(Collection<String> fields) {
    fields.stream().sorted().forEach(this::drop);
  }

  /** What somebody further up left out, as its own header tells. */
  public void dropped(String header) {
    for (String field : header.split(",", MOST)) {
      if (!field.isBlank()) {
        drop(field.strip());
      }
    }
  }

  /** Names of what was left out, in the order in which it was seen. */
  public Set<String> dropped() {
    return dropped;
  }

  /** The value of {@code x-dropped}; empty: nothing was. */
  public String header() {
    return dropped.isEmpty() ? "" : String.join(", ", dropped);
  }

  /**
   * The refusal of what cannot be left out.
   *
   * @param field in the client's words
   * @param why such as {@code Anthropic's format has no audio}
   */
  public static ProblemException refuse(String field, String why, String hint) {
    return new RequestProblem.Invalid(field, field + " cannot be carried over: " + why, hint)
        .exception();
  }

  /** A client's name in a header: letters that could end the line or the list are none of it. */
  private static String plain(String field) {
    String text = field.length() > LONGEST_NAME ? field.substring(0, LONGEST_NAME) : field;
    return text.replaceAll("[^A-Za-z0-9_.\\[\\]-]", "?");
  }
}
