package dev.ledgerstone.records.request;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A column, or a place within the JSON of one: {@code data->items->0->>name}.
 *
 * @param steps into the JSON; empty: the column itself
 */
public record Path(String column, List<Step> steps) {
  /**
   * One step into a JSON value.
   *
   * @param asText {@code ->>}: the value as text, and not as JSON
   */
  public record Step(Operand operand, boolean asText) {
    @Override
    public String toString() {
      return (asText ? "->>" : "->") + operand;
    }
  }

  /** What a step goes to. */
  public sealed interface Operand {
    /** A member of an object. */
    record Key(String name) implements Operand {
      @Override
      public String toString() {
        return Names.printKey(name);
      }
    }

    /** An element of an array, from its end when negative. */
    record Index(int position) implements Operand {
      @Override
      public String toString() {
        return Integer.toString(position);
      }
    }
  }

  private static final Pattern INDEX = Pattern.compile("[+-]?\\d{1,9}");

  public Path {
    steps = List.copyOf(steps);
  }

  public static Path of(String column) {
    return new Path(column, List.of());
  }

  static Path read(Scanner in) {
    return new Path(Names.read(in), readSteps(in));
  }

  static List<Step> readSteps(Scanner in) {
    List<Step> steps = new ArrayList<>();
    while (in.sees("->")) {
      in.expect("->");
      boolean asText = in.take(">");
      steps.add(new Step(operand(in), asText));
    }
    return steps;
  }

  private static Operand operand(Scanner in) {
    if (in.peek() == '"') {
      return new Operand.Key(in.quoted());
    }
    StringBuilder key = new StringBuilder();
    if (in.peek() == '-' && !in.sees("->")) {
      in.expect("-");
      key.append('-');
    }
    key.append(in.takeWhile(it -> "(-:.,>)\"".indexOf(it) < 0));
    while (in.peek() == '-' && !in.sees("->")) {
      in.expect("-");
      key.append('-').append(in.takeWhile(it -> "(-:.,>)\"".indexOf(it) < 0));
    }
    if (key.isEmpty()) {
      throw in.fail("a key or an index of JSON");
    }
    String text = key.toString();
    return INDEX.matcher(text).matches()
        ? new Operand.Index(Integer.parseInt(text))
        : new Operand.Key(text);
  }

  /** Whether it gives text: of a column's own type otherwise, or JSON. */
  public boolean isText() {
    return !steps.isEmpty() && steps.getLast().asText();
  }

  /** The name of its value in an answer: the last key's, or the column's. */
  public String lastName() {
    for (int i = steps.size() - 1; i >= 0; i--) {
      if (steps.get(i).operand() instanceof Operand.Key(String name)) {
        return name;
      }
    }
    return column;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(Names.print(column));
    steps.forEach(text::append);
    return text.toString();
  }
}
