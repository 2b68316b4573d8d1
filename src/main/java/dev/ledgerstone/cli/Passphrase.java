package dev.ledgerstone.cli;

import dev.ledgerstone.problem.RequestProblem;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the passphrase of an archive comes from: a file, the environment, or a terminal. */
final class Passphrase {
  private static final String VARIABLE = "LEDGERSTONE_BACKUP_PASSPHRASE";
  private static final int SHORTEST = 12;

  private Passphrase() {}

  /** Of an archive that is there; null: none was given. */
  static @Nullable String given(@Nullable Path file, Map<String, String> environment) {
    if (file != null) {
      try {
        return Files.readString(file).strip();
      } catch (IOException e) {
        throw new UncheckedIOException("the passphrase's file cannot be read: " + file, e);
      }
    }
    String value = environment.getOrDefault(VARIABLE, "");
    return value.isEmpty() ? null : value;
  }

  /** For an archive that is to be made. */
  static String wanted(@Nullable Path file, Map<String, String> environment) {
    String given = given(file, environment);
    String passphrase = given == null ? typed() : given;
    if (passphrase.length() < SHORTEST) {
      throw invalid("the passphrase is shorter than " + SHORTEST + " characters");
    }
    return passphrase;
  }

  @SuppressWarnings("SystemConsoleNull") // it is null where input or output is no terminal
  private static String typed() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw invalid("there is no passphrase");
    }
    char[] typed = console.readPassword("Passphrase: ");
    char[] again = console.readPassword("Once more: ");
    if (typed == null || !Arrays.equals(typed, again)) {
      throw invalid("the two passphrases are not the same");
    }
    return new String(typed);
  }

  private static RuntimeException invalid(String detail) {
    return new RequestProblem.Invalid(
            "--encrypt", detail, "name a file with --passphrase-file, or set " + VARIABLE)
        .exception();
  }
}
