package dev.ledgerstone.cli;

import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.SettingsProblem;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine.ParameterException;

/** How failures are told on a terminal, and the exit code that each has. */
final class Failures {
  private Failures() {}

  /** Prints what ended a command; returns its exit code. */
  static int print(Exception failure, PrintWriter err, boolean withStack) {
    int code =
        switch (failure) {
          case ProblemException problem -> problem(problem.problem(), err);
          case UncheckedIOException io -> {
            err.println("error: " + io.getMessage());
            err.println("hint: check that the path is there and may be read and written");
            yield Main.PROBLEM;
          }
          default -> {
            err.println("error: unexpected: " + failure);
            if (!withStack) {
              err.println("hint: --debug, or LEDGERSTONE_DEBUG=1, shows the stack");
            }
            yield Main.UNEXPECTED;
          }
        };
    if (withStack) {
      failure.printStackTrace(err);
    }
    err.flush();
    return code;
  }

  private static int problem(Problem problem, PrintWriter err) {
    if (problem instanceof SettingsProblem.Faulty faulty) {
      faulty.faults().forEach(fault -> err.println("error: " + fault));
    } else {
      err.println("error: " + problem.detail());
    }
    err.println("hint: " + problem.hint());
    return Main.PROBLEM;
  }

  /** Tells of a command line that was not understood. */
  static int usage(ParameterException failure) {
    PrintWriter err = failure.getCommandLine().getErr();
    err.println("error: " + failure.getMessage());
    err.println("hint: " + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return Main.PROBLEM;
  }
}
