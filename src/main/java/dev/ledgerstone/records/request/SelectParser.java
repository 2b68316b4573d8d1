package dev.ledgerstone.records.request;

import dev.ledgerstone.records.request.SelectItem.Aggregate;
import dev.ledgerstone.records.request.SelectItem.Function;
import dev.ledgerstone.records.request.SelectItem.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code select}. */
public final class SelectParser {
  /** Deeper than any schema is embedded, and shallow enough for recursion. */
  private static final int DEEPEST = 20;

  private final Scanner in;
  private int depth;

  private SelectParser(Scanner in) {
    this.in = in;
  }

  /** An empty text selects nothing. */
  public static List<SelectItem> parse(String text) {
    Scanner in = new Scanner("select parameter", text);
    in.skipSpaces();
    if (in.isAtEnd()) {
      return List.of();
    }
    List<SelectItem> items = new SelectParser(in).items();
    in.end();
    return items;
  }

  private List<SelectItem> items() {
    List<SelectItem> items = new ArrayList<>();
    do {
      in.skipSpaces();
      items.add(item());
      in.skipSpaces();
    } while (in.take(","));
    return items;
  }

  private SelectItem item() {
    if (in.take("...")) {
      Target target = target(Names.read(in));
      return new SelectItem.Spread(target, within());
    }
    if (in.take("*")) {
      return new SelectItem.Star();
    }
    int begin = in.mark();
    String name = Names.read(in);
    String alias = null;
    if (in.sees(":") && !in.sees("::")) {
      in.expect(":");
      alias = name;
      begin = in.mark();
      name = Names.read(in);
    }
    if (name.equals("count") && in.take("()")) {
      return new SelectItem.CountRows(alias, cast());
    }
    if (in.sees("!") || in.sees("(")) {
      Target target = target(name);
      return new SelectItem.Embed(alias, target, within());
    }
    in.back(begin);
    return value(alias);
  }

  private SelectItem value(@Nullable String alias) {
    Path path = Path.read(in);
    String cast = cast();
    return new SelectItem.Value(alias, path, cast, in.take(".") ? aggregate() : null);
  }

  private Aggregate aggregate() {
    for (Function function : Function.values()) {
      if (in.take(function.text() + "()")) {
        return new Aggregate(function, cast());
      }
    }
    throw in.fail("sum(), avg(), count(), max() or min()");
  }

  private @Nullable String cast() {
    if (!in.take("::")) {
      return null;
    }
    String type =
        in.takeWhile(it -> Character.isLetterOrDigit(it) || it == '_' || it == ' ').strip();
    if (type.isEmpty()) {
      throw in.fail("the name of a type");
    }
    return type.toLowerCase(Locale.ROOT);
  }

  private Target target(String name) {
    String hint = null;
    boolean isInner = false;
    while (in.take("!")) {
      String word = Names.read(in);
      switch (word) {
        case "inner" -> isInner = true;
        case "left" -> isInner = false;
        default -> hint = word;
      }
    }
    return new Target(name, hint, isInner);
  }

  private List<SelectItem> within() {
    in.expect("(");
    if (++depth > DEEPEST) {
      throw in.fail("no more than " + DEEPEST + " levels");
    }
    in.skipSpaces();
    List<SelectItem> items = in.sees(")") ? List.of() : items();
    in.expect(")");
    depth--;
    return items;
  }
}
