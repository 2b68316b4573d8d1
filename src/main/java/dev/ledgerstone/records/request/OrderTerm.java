package dev.ledgerstone.records.request;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One term of {@code order}.
 *
 * @param relation the embedded resource whose column it is; null: the row's own
 */
public record OrderTerm(
    @Nullable String relation, Path path, boolean isDescending, @Nullable Boolean nullsFirst) {
  /** Whether nulls come before all else: unless it is said, when it descends. */
  public boolean areNullsFirst() {
    return nullsFirst == null ? isDescending : nullsFirst;
  }

  /** Reads all terms. */
  public static List<OrderTerm> parse(String text) {
    Scanner in = new Scanner("order", text);
    List<OrderTerm> terms = new ArrayList<>();
    do {
      in.skipSpaces();
      terms.add(read(in));
      in.skipSpaces();
    } while (in.take(","));
    in.end();
    return terms;
  }

  private static OrderTerm read(Scanner in) {
    Path path = Path.read(in);
    String relation = null;
    if (in.take("(")) {
      relation = path.column();
      path = Path.read(in);
      in.expect(")");
    }
    boolean isDescending = false;
    Boolean nullsFirst = null;
    boolean isDirected = false;
    while (in.take(".")) {
      if (!isDirected && nullsFirst == null && in.take("asc")) {
        isDirected = true;
      } else if (!isDirected && nullsFirst == null && in.take("desc")) {
        isDirected = true;
        isDescending = true;
      } else if (nullsFirst == null && in.take("nullsfirst")) {
        nullsFirst = true;
      } else if (nullsFirst == null && in.take("nullslast")) {
        nullsFirst = false;
      } else {
        throw in.fail("asc, desc, nullsfirst or nullslast");
      }
    }
    return new OrderTerm(relation, path, isDescending, nullsFirst);
  }

  @Override
  public String toString() {
    return (relation == null ? path.toString() : Names.print(relation) + "(" + path + ")")
        + (isDescending ? ".desc" : ".asc")
        + (nullsFirst == null ? "" : nullsFirst ? ".nullsfirst" : ".nullslast");
  }
}
