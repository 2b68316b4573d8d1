package dev.ledgerstone.settings;

import dev.ledgerstone.problem.Problem;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Failures of the configuration. */
public sealed interface SettingsProblem extends Problem {
  /** Everything that is wrong, in the order of the file. */
  record Faulty(List<Fault> faults) implements SettingsProblem {
    public Faulty {
      faults =
          faults.stream()
              .sorted(Comparator.comparingInt(Fault::line).thenComparingInt(Fault::column))
              .toList();
    }
  }

  @Override
  default int status() {
    return 400;
  }

  @Override
  default String code() {
    return "invalid_configuration";
  }

  @Override
  default String detail() {
    return switch (this) {
      case Faulty(List<Fault> faults) ->
          faults.stream().map(Fault::toString).collect(Collectors.joining("\n"));
    };
  }

  @Override
  default String hint() {
    return "mend these places and start again; nothing was applied";
  }
}
