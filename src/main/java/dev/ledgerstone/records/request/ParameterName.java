package dev.ledgerstone.records.request;

import java.util.ArrayList;
import java.util.List;

/**
 * The name of a parameter: the embedded resources that lead to it, and a column or a word such as
 * {@code order}.
 *
 * @param isNegated whether {@code not} stands before {@code and}, {@code or}
 */
record ParameterName(List<String> path, Path field, boolean isNegated) {
  static ParameterName parse(String text) {
    Scanner in = new Scanner("tree path", text);
    List<String> names = new ArrayList<>();
    do {
      names.add(Names.read(in));
    } while (in.take("."));
    List<Path.Step> steps = Path.readSteps(in);
    in.end();
    String last = names.removeLast();
    boolean isNegated =
        (last.equals("and") || last.equals("or"))
            && !names.isEmpty()
            && names.getLast().equals("not");
    if (isNegated) {
      names.removeLast();
    }
    return new ParameterName(List.copyOf(names), new Path(last, steps), isNegated);
  }

  String last() {
    return field.steps().isEmpty() ? field.column() : "";
  }
}
