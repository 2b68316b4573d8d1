package dev.ledgerstone.records.request;

import dev.ledgerstone.records.request.Test.Search;
import dev.ledgerstone.records.request.Test.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads filters: of a parameter, where the value is all the rest, and of logic trees. */
public final class FilterParser {
  private static final int DEEPEST = 50;
  private static final String OPERATORS = "\"not\" or operator (eq, gt, ...)";

  private final Scanner in;
  private final boolean isInTree;
  private int depth;

  private FilterParser(Scanner in, boolean isInTree) {
    this.in = in;
    this.isInTree = isInTree;
  }

  /** A parameter whose name is a path and whose value is a test. */
  public static Logic.Filter filter(Path path, String text) {
    Scanner in = new Scanner("filter", text);
    FilterParser parser = new FilterParser(in, false);
    Logic.Filter filter = parser.test(path);
    in.end();
    return filter;
  }

  /** A parameter {@code and}, {@code or}, {@code not.and}, {@code not.or}. */
  public static Logic.Group group(boolean isNegated, boolean isOr, String text) {
    Scanner in = new Scanner("logic tree", text);
    List<Logic> parts = new FilterParser(in, true).parts();
    in.end();
    return new Logic.Group(isNegated, isOr, parts);
  }

  private List<Logic> parts() {
    if (++depth > DEEPEST) {
      throw in.fail("no more than " + DEEPEST + " levels");
    }
    List<Logic> parts = new ArrayList<>();
    in.skipSpaces();
    in.expect("(");
    do {
      in.skipSpaces();
      parts.add(part());
      in.skipSpaces();
    } while (in.take(","));
    in.expect(")");
    depth--;
    return parts;
  }

  private Logic part() {
    int begin = in.mark();
    boolean isNegated = in.take("not.");
    boolean isOr = in.sees("or");
    if (in.take("or") || in.take("and")) {
      in.skipSpaces();
      if (in.sees("(")) {
        return new Logic.Group(isNegated, isOr, parts());
      }
    }
    in.back(begin);
    Path path = Path.read(in);
    in.expect(".");
    return test(path);
  }

  private Logic.Filter test(Path path) {
    boolean isNegated = in.take("not.");
    int begin = in.mark();
    String word = in.takeWhile(it -> it >= 'a' && it <= 'z');
    Test test =
        switch (word) {
          case "in" -> dotted(begin, () -> new Test.In(list()));
          case "is" -> dotted(begin, () -> new Test.Is(state()));
          case "isdistinct" -> dotted(begin, () -> new Test.IsDistinct(value()));
          case "fts" -> search(begin, Search.FTS);
          case "plfts" -> search(begin, Search.PLFTS);
          case "phfts" -> search(begin, Search.PHFTS);
          case "wfts" -> search(begin, Search.WFTS);
          default -> comparison(begin, word);
        };
    return new Logic.Filter(path, isNegated, test);
  }

  private Test comparison(int begin, String word) {
    for (Operator operator : Operator.values()) {
      if (operator.text().equals(word)) {
        boolean isAll = operator.isQuantifiable() && in.take("(all)");
        boolean isAny = !isAll && operator.isQuantifiable() && in.take("(any)");
        return dotted(
            begin,
            () ->
                isAll || isAny
                    ? new Test.Quantified(operator, isAll, value())
                    : new Test.Compare(operator, value()));
      }
    }
    in.back(begin);
    throw in.fail(OPERATORS);
  }

  private Test search(int begin, Search search) {
    @Nullable String language = null;
    if (in.take("(")) {
      language = in.takeWhile(it -> it != ')');
      in.expect(")");
    }
    @Nullable String chosen = language;
    return dotted(begin, () -> new Test.FullText(search, chosen, value()));
  }

  private Test dotted(int begin, Supplier<Test> test) {
    if (!in.take(".")) {
      in.back(begin);
      throw in.fail(OPERATORS);
    }
    return test.get();
  }

  private State state() {
    int begin = in.mark();
    String word = in.takeWhile(it -> Character.isLetter(it) || it == '_').toUpperCase(Locale.ROOT);
    for (State state : State.values()) {
      if (state.name().equals(word)) {
        return state;
      }
    }
    in.back(begin);
    throw in.fail("isVal: (null, not_null, true, false, unknown)");
  }

  private List<String> list() {
    List<String> values = new ArrayList<>();
    in.expect("(");
    in.skipSpaces();
    if (in.take(")")) {
      return values;
    }
    do {
      in.skipSpaces();
      values.add(element());
    } while (in.take(","));
    in.expect(")");
    return values;
  }

  private String element() {
    return quotedOr(() -> in.takeWhile(it -> it != ',' && it != ')'));
  }

  /** A text in quotes if a delimiter follows them; else the quotes are part of the text. */
  private String quotedOr(Supplier<String> plain) {
    int begin = in.mark();
    if (in.peek() == '"') {
      try {
        String value = in.quoted();
        if (in.isAtEnd() || in.sees(",") || in.sees(")")) {
          return value;
        }
      } catch (dev.ledgerstone.problem.ProblemException _) {
        // A quote that is not closed is a letter like others.
      }
      in.back(begin);
    }
    return plain.get();
  }

  private String value() {
    return isInTree ? quotedOr(this::inTree) : in.rest();
  }

  /**
   * Up to the next delimiter; those within the braces of an array, or of JSON, are no delimiters.
   */
  private String inTree() {
    int begin = in.mark();
    StringBuilder value =
        new StringBuilder(in.takeWhile(it -> it != ',' && it != ')' && it != '{' && it != '}'));
    if (in.take("{")) {
      value.append('{').append(in.takeWhile(it -> it != '{' && it != '}'));
      if (in.take("}")) {
        return value.append('}').append(in.takeWhile(it -> it != ',' && it != ')')).toString();
      }
      in.back(begin);
      return in.takeWhile(it -> it != ',' && it != ')');
    }
    return value.append(in.takeWhile(it -> it != ',' && it != ')')).toString();
  }
}
